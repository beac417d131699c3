"""What a person asks of the queue, as a form or an address says it.

In: fields of a form or of a query, empty ones for anything. Out: `modsvc.review.queue.Filters`, and
the same fields again for the next address. An item's page carries them along as one field, so that
whoever works on a part of the queue comes back to it.
"""

from datetime import timedelta
from typing import Annotated, Literal
from urllib.parse import parse_qsl, urlencode

from pydantic import BaseModel, Field, ValidationError

from modsvc.api.schemas_content import PLAIN
from modsvc.desk.fields import EMPTY_IS_NONE
from modsvc.labels import CATEGORIES
from modsvc.review.queue import Filters
from modsvc.review.words import Shown

Hours = Annotated[float | None, EMPTY_IS_NONE, Field(ge=0, le=24 * 365, allow_inf_nan=False)]
Probability = Annotated[float | None, EMPTY_IS_NONE, Field(ge=0, le=1, allow_inf_nan=False)]


class Wanted(BaseModel):
    """Fields as they are sent; times in hours."""

    language: Annotated[str, Field(max_length=35, pattern=PLAIN)] = ""
    category: Literal[("", *CATEGORIES)] = ""  # type: ignore[valid-type]
    community: Annotated[str, Field(max_length=255, pattern=PLAIN)] = ""
    kind: Literal[""] | Shown = ""
    older: Hours = None
    newer: Hours = None
    low: Probability = None
    high: Probability = None

    @property
    def filters(self) -> Filters:
        """What the queue is asked."""
        return Filters(
            language=self.language or None,
            category=self.category or None,
            community=self.community or None,
            kind=self.kind or None,
            older_than=_hours(self.older),
            newer_than=_hours(self.newer),
            min_probability=self.low,
            max_probability=self.high,
        )

    @property
    def fields(self) -> dict[str, str]:
        """What was asked for, field by field, as it goes into an address or a form."""
        given = {name: getattr(self, name) for name in Wanted.model_fields}
        return {
            name: f"{value:g}" if isinstance(value, float) else value
            for name, value in given.items()
            if value not in ("", None)
        }

    @property
    def back(self) -> str:
        """All fields as one."""
        return urlencode(self.fields)

    @classmethod
    def of_back(cls, text: str) -> "Wanted":
        """What `back` said; anything where that makes no sense."""
        try:
            return cls.model_validate(dict(parse_qsl(text)))
        except ValidationError:
            return cls()


def _hours(value: float | None) -> timedelta | None:
    return None if value is None else timedelta(hours=value)
