"""Which time a page is about: some days until now, or from one date to another.

In: the query of a page. Out: a `Period`, for the pages that overlook the work of all.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Final, NamedTuple
from urllib.parse import urlencode

from fastapi import Query

from modsvc.desk.fields import EMPTY_IS_NONE
from modsvc.errors import InputError
from modsvc.store.columns import utcnow

#: What can be chosen with one click.
CHOICES: Final = (1, 7, 30, 90)

_MAX_DAYS: Final = 366


class Period(NamedTuple):
    """`since` is part of it, `until` is not; `days` is None where dates were given."""

    since: datetime
    until: datetime
    days: int | None
    first: date | None
    last: date | None

    def query(self, **more: str) -> str:
        """The query that asks for the same time again, and for `more` that is not empty."""
        if self.first is None or self.last is None:
            asked = {"days": str(self.days)}
        else:
            asked = {"first": self.first.isoformat(), "last": self.last.isoformat()}
        return urlencode({**asked, **{name: value for name, value in more.items() if value}})


#: A date of a form, which may be left empty.
Day = Annotated[date | None, EMPTY_IS_NONE, Query()]


def period(
    days: Annotated[int, Query(ge=1, le=_MAX_DAYS)] = 7, first: Day = None, last: Day = None
) -> Period:
    """The last so many days, or all days (UTC) from `first` to `last`, both included.

    Raises InputError for dates that are no stretch of time, or a longer one than a year.
    """
    now = utcnow()
    if first is None and last is None:
        return Period(now - timedelta(days=days), now, days, None, None)
    if first is None:
        raise InputError("Give the first day, too.")
    last = min(last or now.date(), now.date())
    if (last - first).days >= _MAX_DAYS:
        raise InputError(f"Choose at most {_MAX_DAYS} days.")
    return Period(*whole_days(first, last), None, first, last)


def whole_days(first: date, last: date) -> tuple[datetime, datetime]:
    """From the begin of the first day to the end of the last one, in UTC.

    Raises InputError where the last one is before the first one, or beyond all calendars.
    """
    if not first <= last < date.max:
        raise InputError("Give a first day that is not after the last one.")
    begin, end = (datetime.combine(day, time(), UTC) for day in (first, last))
    return begin, end + timedelta(days=1)
