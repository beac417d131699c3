"""Nothing takes longer than in proportion to the length of a text.

In: a few characters. Out: nothing, or the AssertionError of a part that took more than in
proportion for 20,000 characters made of them by repetition: of the whole, and of its middle, as
slow expressions are found. Time is that of this thread's processor, so that others do not count.
What looks slow must look so once more at four times the length: a text may begin to need another
pass of the normaliser at some length, but not at each.
"""

import json
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

from modsvc.api.dialects.perspective.sentences import sentences
from modsvc.api.schemas import parse_body
from modsvc.engine.alignment import align
from modsvc.engine.artifact import TOKENIZER_FILE
from modsvc.engine.language import LanguageDetector
from modsvc.engine.normalise import normalise
from modsvc.engine.tokenise import Tokeniser

LENGTH: Final = 20_000
#: Four times the text may take four times as long, and not sixteen times.
_TIMES: Final = 4
_MOST_TIMES: Final = 9.0
#: Quicker than this nothing is too slow, and clocks and caches would be measured.
_NOTICED_S: Final = 0.15


class Linear:
    """All that reads a text in a request, for one model's tokenizer."""

    def __init__(self, model: Path) -> None:
        tokeniser = Tokeniser(model / TOKENIZER_FILE, max_tokens=128)
        detector = LanguageDetector()
        self.work: dict[str, Callable[[str], object]] = {
            "normalise": normalise,
            "align": align,
            "windows": lambda text: tokeniser.windows([normalise(text)]),
            "detect": detector.detect,
            "sentences": lambda text: sentences(text, 128),
            "body": lambda text: parse_body(json.dumps({"text": text}).encode()),
        }

    def __call__(self, text: str) -> None:
        """Raises AssertionError, and names the part."""
        for pump in pumps(text):
            for name, work in self.work.items():
                took = _seconds(work, pump(LENGTH))
                if took <= max(_NOTICED_S, _MOST_TIMES * _seconds(work, pump(LENGTH // _TIMES))):
                    continue
                longer = _seconds(work, pump(LENGTH * _TIMES))
                assert longer < _MOST_TIMES * took, f"{name}: {took:.2f} s, then {longer:.2f} s"


def pumps(text: str) -> Iterator[Callable[[int], str]]:
    """Makers of texts of a length: all of it repeated, and its middle third between the rest."""
    if not text:
        return
    third = len(text) // 3
    for first, middle, last in (
        ("", text, ""),
        (text[:third], text[third : 2 * third], text[2 * third :]),
    ):
        if middle:
            yield partial(_pumped, first, middle, last)


def _pumped(first: str, middle: str, last: str, length: int) -> str:
    needed = max(length - len(first) - len(last), 0)
    return first + (middle * (needed // len(middle) + 1))[:needed] + last


def _seconds(work: Callable[[str], object], text: str) -> float:
    begun = time.thread_time()
    work(text)
    return time.thread_time() - begun
