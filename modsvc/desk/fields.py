"""What people type into one field, read as the values it stands for.

In: the field's text. Out: the values. Whether they are right is left to whom they go to.
"""

from typing import Final

from pydantic import BeforeValidator

from modsvc.errors import InputError

#: Of a field that may be left empty: browsers send it all the same.
EMPTY_IS_NONE: Final = BeforeValidator(lambda value: None if value == "" else value)


def tags(languages: str) -> list[str]:
    """Language tags that are parted by commas, spaces or both."""
    return languages.replace(",", " ").split()


def check_sure(sure: bool) -> None:
    """Raise InputError unless the box was ticked that says so."""
    if not sure:
        raise InputError("Go back, tick the box that says you are sure, and send the form again.")
