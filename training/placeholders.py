"""The placeholders that sources put for handles and links → those of the normaliser.

In: a text as published. Out: the same text with the source's own placeholders
replaced, ready for `modsvc.engine.normalise`, which does all further masking.
"""

import re

from modsvc.engine.normalise import EMAIL, PHONE, URL, USER

_RULES = (
    (
        re.compile(
            r"\[(?:USER|NAME|MENTION)\]|<(?:user|handle replaced|mention)>|\bMENTION\d+\b"
            r"|@(?:USER|anonymized_account|Utilizator\w*)\b|(?<![\w@])USER\b(?!\s+[a-z])"
        ),
        USER,
    ),
    (re.compile(r"\[(?:URL|LINK)\]|<url>|@url\b|(?<!\w)(?:URL|HTTPURL)\b"), URL),
    (re.compile(r"<email>|\[EMAIL\]"), EMAIL),
    (re.compile(r"<phone>|\[PHONE\]"), PHONE),
    (re.compile(r"<LF>"), "\n"),
    (re.compile(r"<(?:number|percent|money|time|date)>"), "0"),
)


def unify_placeholders(text: str) -> str:
    """`text` with every known placeholder in the normaliser's form."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text
