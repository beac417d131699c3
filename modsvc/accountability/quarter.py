"""A quarter of a year, UTC."""

import re
from datetime import UTC, datetime
from typing import Final, NamedTuple, Self

from modsvc.errors import AccountabilityError

_WRITTEN: Final = re.compile(r"(\d{4})Q([1-4])")


class Quarter(NamedTuple):
    """Such as 2026Q4; `start` is part of it, `end` is not."""

    year: int
    number: int

    @classmethod
    def parse(cls, written: str) -> Self:
        """Raises AccountabilityError when it is not written like 2026Q4."""
        match = _WRITTEN.fullmatch(written)
        if match is None or match[1] == "0000":
            raise AccountabilityError("Write a quarter as a year, Q and 1 to 4, such as 2026Q4.")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, moment: datetime) -> Self:
        """The quarter that a moment is in."""
        day = moment.astimezone(UTC)
        return cls(day.year, (day.month + 2) // 3)

    @property
    def before(self) -> Self:
        """The quarter before this one."""
        last = self.number == 1
        return type(self)(self.year - 1, 4) if last else type(self)(self.year, self.number - 1)

    @property
    def start(self) -> datetime:
        """Its first moment."""
        return datetime(self.year, 3 * self.number - 2, 1, tzinfo=UTC)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        year, month = divmod(3 * self.number, 12)
        return datetime(self.year + year, month + 1, 1, tzinfo=UTC)

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"
