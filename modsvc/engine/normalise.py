"""Text → the one form that both training and serving see.

In: any string, lone surrogates included. Out: NFKC text without invisible
characters, with handles, links, addresses and phone numbers replaced by
placeholders, long runs of one character shortened, white space folded,
disguised words as they are read (`modsvc.engine.unmask`), Cyrillic texts in Latin
letters as what they are (`modsvc.engine.readings`), and texts without their diacritics
with them (`modsvc.engine.diacritics`).
Idempotent: `normalise(normalise(x)) == normalise(x)`. Letters, case, digits and
emoji are kept otherwise.

Any change here changes every score: raise `NORMALISER_VERSION`, which the
artefact's manifest must equal.
"""

import re
import unicodedata
from collections.abc import Iterable
from itertools import groupby
from typing import Final, Literal

from modsvc.engine.readings import readings
from modsvc.engine.unmask import UNMASKING, Replacement
from modsvc.engine.words import rewritten

#: Of `as_written`, which makes the corpus that a model learns from.
NORMALISER_VERSION: Final = 2

#: Of `as_read`, which a model is trained on; what was trained on another one goes on serving.
READER_VERSION: Final = 2

USER: Final = "@user"
URL: Final = "[url]"
EMAIL: Final = "[email]"
PHONE: Final = "[phone]"

#: A run longer than this is shortened to it: "sooooo" and "sooooooooo" are one word.
MAX_RUN: Final = 3

# ZWNJ and ZWJ carry meaning between letters of Persian, Urdu and Indic scripts
# and inside emoji, so they are kept there and dropped elsewhere (see _INVISIBLE).
_JOINABLE = (
    r"\u0600-\u06FF\u0750-\u077F\u0900-\u0DFF\u1000-\u109F\u2600-\u27BF\uFE0F\U0001F000-\U0001FAFF"
)
_INVISIBLE = re.compile(
    r"[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u0084\u0086-\u009F\u00AD\u034F\u061C"
    r"\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200B\u200E\u200F\u202A-\u202E\u2060-\u206F"
    r"\u3164\uFEFF\uFFA0\uFFF9-\uFFFB\U000E0000-\U000E007F]"
    rf"|(?<![{_JOINABLE}])[\u200C\u200D]|[\u200C\u200D](?![{_JOINABLE}])"
)
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_URL = re.compile(r"(?:https?://|www\.)[^\s<>\"'\]\[]+", re.IGNORECASE)
_USER = re.compile(r"(?<![\w@/])@[\w.]*\w(?:-\w+)*|(?<![\w/])/?u/[A-Za-z0-9_-]{3,20}\b")
# Not around a placeholder: mentions within mentions would come off one by one, pass by pass.
_VK_MENTION = re.compile(
    rf"\[(?:id|club|public)\d+(?::[^|\]]{{0,64}})?\|(?:(?!{USER}\b)[^\]\[]){{1,128}}\]"
)
# Nine digits or more, so that years, prices and "1.5 million" stay as they are.
_PHONE = re.compile(r"(?<![\w.,])\+?\d(?:[ ().-]{0,2}\d){8,14}(?![\w])")
_RUN = re.compile(rf"([^\d\s])\1{{{MAX_RUN},}}")
_SPACE = re.compile(r"\s+")
_EDGE = re.compile(r"^\s|\s$")
# Whatever may be a mark: of the letters only the two half-width ones of Japanese are.
_MARKS = re.compile(r"(?:[^\w\s\x00-\x7F]|[\uFF9E\uFF9F]){32,}")
_FELT: Final = 512

Form = Literal["NFKC", "NFC"]
_DECOMPOSED: Final[dict[Form, Literal["NFKD", "NFD"]]] = {"NFKC": "NFKD", "NFC": "NFD"}

#: A pattern and what replaces it, or a Unicode normalisation form to bring the text into.
Step = tuple[re.Pattern[str], Replacement] | Form

#: In order. `modsvc.engine.alignment` takes the same steps.
STEPS: Final[tuple[Step, ...]] = (
    (_SURROGATE, "\ufffd"),
    "NFKC",
    (_INVISIBLE, ""),
    (_VK_MENTION, USER),
    (_EMAIL, EMAIL),
    (_URL, URL),
    (_USER, USER),
    (_PHONE, PHONE),
    (_RUN, lambda run: run[1] * MAX_RUN),
    "NFC",
    (_SPACE, " "),
    (_EDGE, ""),
)

#: A word may come out from under several disguises, each seen once the one before is off, and an
#: address once a run in it is shortened.
PASSES: Final = 4

#: What was read in other letters may then get its marks.
READINGS: Final = 2


def normalise(text: str) -> str:
    """The normalised form of `text`; the empty string when nothing visible is left."""
    return forms(text)[-1]


def forms(text: str) -> tuple[str, ...]:
    """`text` normalised in the letters it is written in, and as it is read where that differs."""
    written = as_written(text)
    read = as_read(written)
    return (written,) if read == written else (written, read)


def as_read(written: str) -> str:
    """What people read in a text that `as_written` brought into its form."""
    for _ in range(READINGS):
        edits = readings(written)
        if not edits:
            break
        written = as_written(rewritten(written, edits))
    return written


def as_written(text: str) -> str:
    """The normalised form of `text` in the letters it is written in."""
    for _ in range(PASSES):
        read = _apply(UNMASKING, _apply(STEPS, text))
        if read == text:
            break
        text = read
    return text


def to_form(form: Form, text: str) -> str:
    """`unicodedata.normalize`, in time that grows with the text.

    That one sorts the marks above and below a letter one by one, in time that grows with the
    square of how many there are: two seconds for 20,000. Long runs are sorted before it sees them.
    """
    # In a short text no run is long enough to be felt, and most texts are.
    if len(text) < _FELT or text.isascii():
        return unicodedata.normalize(form, text)

    def sort(run: re.Match[str]) -> str:
        marks = "".join(unicodedata.normalize(_DECOMPOSED[form], mark) for mark in run[0])
        groups = groupby(marks, key=lambda mark: unicodedata.combining(mark) > 0)
        return "".join(
            "".join(sorted(group, key=unicodedata.combining) if above else group)
            for above, group in groups
        )

    return unicodedata.normalize(form, _MARKS.sub(sort, text))


def _apply(steps: Iterable[Step], text: str) -> str:
    for step in steps:
        if isinstance(step, str):
            text = to_form(step, text)
        else:
            pattern, replacement = step
            text = pattern.sub(replacement, text)
    return text


def has_letters(text: str) -> bool:
    """Whether there is anything to judge: digits, marks and emoji alone are not."""
    return any(character.isalpha() for character in text)
