"""Term lists: words that a policy looks for itself, whatever the model says of a text.

In: the `terms` of a policy and a text in the engine's normal form, in which disguises with one
reading are off already (`modsvc.engine.unmask`). Out: the terms that stand in it as whole
words. What a hit does is left to `modsvc.policy.decide`.

A word ends where no letter, mark, digit or joiner follows, in every script; in scripts that
are written without spaces a term is found anywhere. Two disguises are seen through here,
because only a list of words can tell what is meant: signs between the letters ("ha-te-word"),
and stars for some of them ("h*teword"). Letter case never counts. A pattern that ends in `*`
stands for every word that begins so.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from modsvc.errors import PolicyError
from modsvc.policy.document import TermEntry, TermKind
from modsvc.scripts import UNSPACED

#: Brings texts and patterns into one form; the pipeline gives the engine's.
Normalise = Callable[[str], str]

#: In the order of their reason codes `term_<kind>`.
TERM_KINDS: Final[tuple[TermKind, ...]] = ("block", "watch", "allow")

_JOINERS: Final = "\u200c\u200d"
_SIGNS: Final = re.compile(r"(?<=\w)[*_·•|+~-]+(?=\w)")
_STARRED: Final = re.compile(r"(?<![\w*#])\w[\w*#]*[*#][\w*#]*")
_STARS: Final = re.compile(r"[*#]+")


@dataclass(frozen=True, slots=True)
class Term:
    """One entry in the form in which it is looked for."""

    entry: TermEntry
    form: str
    open_end: bool


@dataclass(frozen=True, slots=True)
class TermList:
    """The terms of one community; two lists are equal when they say the same."""

    entries: tuple[TermEntry, ...] = ()
    _terms: tuple[Term, ...] = field(default=(), compare=False, repr=False)

    @classmethod
    def build(cls, entries: Iterable[TermEntry], normalise: Normalise) -> "TermList":
        """Raises PolicyError, which names the place, for a pattern that nothing can match."""
        entries = tuple(entries)
        terms = tuple(_term(place, entry, normalise) for place, entry in enumerate(entries))
        return cls(entries, terms)

    def __bool__(self) -> bool:
        """Whether there is anything to look for."""
        return bool(self.entries)

    def found(self, normal: str, language: str) -> tuple[TermEntry, ...]:
        """The entries that stand in a text of `language`, in the list's order.

        `normal` is the text in the form that the list was built with.
        """
        if not self._terms:
            return ()
        plain = _fold(normal)
        joined = _SIGNS.sub("", plain)
        starred = [mask for word in _STARRED.findall(plain) if (mask := _mask(word)) is not None]

        def is_masked(term: Term) -> bool:
            return any(mask.fullmatch(term.form) for mask in starred)

        # Nearly all terms are nowhere in a text, and a list may have thousands.
        anywhere = [
            term
            for term in self._terms
            if term.form in plain or term.form in joined or (starred and is_masked(term))
        ]
        return tuple(
            term.entry
            for term in anywhere
            if _speaks(term.entry.language, language)
            and (_stands(term, plain) or _stands(term, joined) or is_masked(term))
        )

    def kinds(self, normal: str, language: str) -> frozenset[TermKind]:
        """Which kinds of entries stand in a text; see `found`."""
        return frozenset(entry.kind for entry in self.found(normal, language))


def _term(place: int, entry: TermEntry, normalise: Normalise) -> Term:
    open_end = entry.pattern.endswith("*")
    form = _fold(normalise(entry.pattern.removesuffix("*")))
    if not form:
        raise PolicyError(f"terms.{place}.pattern has nothing that can be seen: write a word.")
    # Where texts have placeholders, a pattern would become one too and match them all.
    if "@" in form or "[" in form:
        raise PolicyError(
            f"terms.{place}.pattern is a handle, a link, an address or a number: these are "
            "taken out before terms are looked for, so name a word."
        )
    return Term(entry, form, open_end)


def _fold(normal: str) -> str:
    return unicodedata.normalize("NFC", normal.casefold())


def _speaks(wanted: str | None, language: str) -> bool:
    return wanted is None or wanted in (language, language.partition("-")[0])


def _stands(term: Term, text: str) -> bool:
    start = text.find(term.form)
    while start >= 0:
        end = start + len(term.form)
        if not _inside(text, start) and (term.open_end or not _inside(text, end)):
            return True
        start = text.find(term.form, start + 1)
    return False


def _inside(text: str, place: int) -> bool:
    """Whether a word goes on over the boundary before `place`."""
    if not 0 < place < len(text):
        return False
    before, after = text[place - 1], text[place]
    if UNSPACED.match(before) or UNSPACED.match(after):
        # A mark belongs to the letter before it even where words are not told apart.
        return unicodedata.category(after).startswith("M")
    return _of_word(before) and _of_word(after)


def _of_word(character: str) -> bool:
    return (
        character.isalnum()
        or character in _JOINERS
        or unicodedata.category(character).startswith("M")
    )


def _mask(word: str) -> re.Pattern[str] | None:
    """What a starred word may stand for; None where less than half of it can be read."""
    if 2 * sum(map(str.isalnum, word)) < len(word):
        return None
    parts = _STARS.split(word)
    stars = [rf"\w{{{len(run)}}}" for run in _STARS.findall(word)]
    pairs = zip(parts, [*stars, ""], strict=True)
    return re.compile("".join(re.escape(part) + star for part, star in pairs))
