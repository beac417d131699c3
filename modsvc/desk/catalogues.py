"""The desk's words in the languages of its people: gettext catalogues.

In: a language tag. Out: translations. The words in code and templates are the English ones; the
others come from `locale/*/LC_MESSAGES/desk.po`, which is read when first needed. A test finds words
that a catalogue lacks; `make messages` adds them to it.
"""

import functools
import io
from importlib import resources
from typing import Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

DOMAIN: Final = "desk"

#: The languages of the desk, each by its own name.
LOCALES: Final = {"en": "English", "ru": "Русский", "es": "Español"}


def N_(message: str) -> str:  # noqa: N802 (gettext's own name)
    """Mark words that are translated where they are shown."""
    return message


@functools.cache
def translations(locale: str) -> NullTranslations:
    """The catalogue of a language; English for one that the desk does not speak."""
    if locale not in LOCALES or locale == "en":
        return NullTranslations()
    path = resources.files("modsvc.desk").joinpath("locale", locale, "LC_MESSAGES", f"{DOMAIN}.po")
    catalogue = read_po(io.BytesIO(path.read_bytes()), locale=locale, domain=DOMAIN)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled, domain=DOMAIN)


def best(header: str) -> str:
    """The language of the desk that a browser's `Accept-Language` asks for first."""
    for part in header.split(","):
        tag = part.partition(";")[0].strip().lower().partition("-")[0]
        if tag in LOCALES:
            return tag
    return "en"
