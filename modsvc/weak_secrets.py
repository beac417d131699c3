"""Secrets that somebody could guess.

In: a secret that an operator chose. Out: why it is weak, or None. It finds what people type and
copy, not all that can be guessed: a secret belongs made by a machine.
"""

import itertools
import re
from typing import Final

#: Machines make 32 hexadecimal digits, or as many decimal ones, with fewer once in 50,000 times.
_MIN_DISTINCT: Final = 7

#: Share of steps to the same or the next character, as in "abcd" or "4321", that is no accident.
_STEPS: Final = 0.75

#: What stands in examples until somebody puts a secret there.
_PLACEHOLDERS: Final = (
    *("changeme", "changethis", "replaceme", "replacethis", "placeholder", "example", "loremipsum"),
    *("secretkey", "mysecret", "yoursecret", "supersecret", "topsecret", "insecure", "notsecure"),
    *("password", "passphrase", "letmein", "qwerty", "deadbeef", "correcthorse", "modsvc"),
)


def weakness(secret: str) -> str | None:
    """Why this secret is weak, in words that do not show it; None when nothing was found."""
    if len(set(secret)) < _MIN_DISTINCT:
        return f"it has fewer than {_MIN_DISTINCT} different characters"
    if any(secret[period:] == secret[:-period] for period in range(1, len(secret) // 2 + 1)):
        return "it repeats itself"
    steps = [abs(ord(one) - ord(next_)) <= 1 for one, next_ in itertools.pairwise(secret)]
    if sum(steps) >= _STEPS * len(steps):
        return "it is a row of neighbours such as abcd or 4321"
    letters = re.sub(r"[\W_]", "", secret.casefold())
    if any(word in letters for word in _PLACEHOLDERS):
        return "it has a word that stands in examples"
    return None
