"""What a caller prefers: the `Prefer` field of RFC 7240.

In: the field, as often as it was sent. Out: whether a preference without a value is in it. What is
not known is to be ignored, and so is what comes with one, such as `wait`.
"""

from collections.abc import Sequence
from typing import Final

#: Accept now, finish later (RFC 7240, section 4.1).
RESPOND_ASYNC: Final = "respond-async"

#: The field by which an answer says what was heeded (section 3).
APPLIED: Final = "Preference-Applied"


def prefers(fields: Sequence[str] | None, preference: str) -> bool:
    """Whether it is among them; names are alike in large and small letters."""
    return any(
        part.partition(";")[0].strip().lower() == preference
        for field in fields or ()
        for part in field.split(",")
    )
