"""How a team works: the numbers that a deployment may choose.

In: a deployment's settings. Out: one frozen `Practice`, given to whatever depends on it.
"""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice:
    """Shares are in [0, 1], `severe_from` is a severity in [0, 1].

    An item is its claimer's for `lease`; a resolution can be undone for `undo`. Of resolved
    items `second_share` is reviewed blindly by somebody else; of claimed ones `golden_share`
    have known answers. After every `break_after` severe items a break is suggested.
    """

    lease: timedelta = timedelta(minutes=10)
    undo: timedelta = timedelta(seconds=60)
    second_share: float = 0.05
    golden_share: float = 0.02
    break_after: int = 10
    severe_from: float = 0.7

    def __post_init__(self) -> None:
        """Raise ValueError for numbers that mean nothing."""
        for name in ("second_share", "golden_share", "severe_from"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must be between 0 and 1")
        if self.break_after < 1:
            raise ValueError("break_after must be at least 1")
        if self.lease <= timedelta(0) or self.undo < timedelta(0):
            raise ValueError("lease and undo must be lengths of time")
