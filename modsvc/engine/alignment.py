"""Where each character of a normalised text came from in the text as it was written.

In: any string. Out: the same text that `modsvc.engine.normalise` makes, and for each of
its characters the part of the original it stands for. Slower than the normaliser by far,
so it is only for texts whose score is to be explained.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from modsvc.engine.normalise import PASSES, READINGS, STEPS, Form, Step, to_form
from modsvc.engine.readings import readings
from modsvc.engine.unmask import UNMASKING, Replacement
from modsvc.engine.words import Edit

Range = tuple[int, int]

# Hangul vowels and final consonants join the syllable before them.
_JOINING: Final = range(0x1160, 0x1200)


@dataclass(frozen=True, slots=True)
class Aligned:
    """`ranges[i]` is the half-open range of the original that `text[i]` stands for."""

    text: str
    ranges: tuple[Range, ...]

    def original(self, start: int, end: int) -> Range:
        """The range of the original behind `text[start:end]`, which must not be empty."""
        part = self.ranges[start:end]
        return min(first for first, _ in part), max(last for _, last in part)


def align(text: str) -> Aligned:
    """`text` normalised, with the origin of every character."""
    aligned = _unmasked(Aligned(text, tuple((at, at + 1) for at in range(len(text)))))
    for _ in range(READINGS):
        edits = readings(aligned.text)
        if not edits:
            break
        aligned = _unmasked(_edited(aligned, edits))
    return aligned


def _unmasked(aligned: Aligned) -> Aligned:
    for _ in range(PASSES):
        before, aligned = aligned, _apply(UNMASKING, _apply(STEPS, aligned))
        if aligned.text == before.text:
            break
    return aligned


def _apply(steps: Iterable[Step], aligned: Aligned) -> Aligned:
    for step in steps:
        aligned = _compose(aligned, step) if isinstance(step, str) else _substitute(aligned, *step)
    return aligned


def _substitute(aligned: Aligned, pattern: re.Pattern[str], replacement: Replacement) -> Aligned:
    edits = (
        (*match.span(), replacement if isinstance(replacement, str) else replacement(match))
        for match in pattern.finditer(aligned.text)
    )
    return _edited(aligned, edits)


def _edited(aligned: Aligned, edits: Iterable[Edit]) -> Aligned:
    """Every character of what is written anew stands for all that it is written for."""
    parts: list[str] = []
    ranges: list[Range] = []
    end = 0
    for start, stop, new in edits:
        parts += [aligned.text[end:start], new]
        ranges += aligned.ranges[end:start]
        ranges += [aligned.original(start, stop)] * len(new)
        end = stop
    return Aligned("".join(parts) + aligned.text[end:], (*ranges, *aligned.ranges[end:]))


def _compose(aligned: Aligned, form: Form) -> Aligned:
    """Cut where no character composes with the one before it, as finely as gives the same text."""
    whole = to_form(form, aligned.text)
    for cuts in (_letters(aligned.text), _words(aligned.text), [0]):
        parts: list[str] = []
        ranges: list[Range] = []
        for start, end in zip(cuts, [*cuts[1:], len(aligned.text)], strict=True):
            if start < end:
                parts.append(to_form(form, aligned.text[start:end]))
                ranges += [aligned.original(start, end)] * len(parts[-1])
        if "".join(parts) == whole:
            break
    return Aligned(whole, tuple(ranges))


def _letters(text: str) -> list[int]:
    """Places of the characters that do not belong to the one before them."""
    return [
        at
        for at, character in enumerate(text)
        if at == 0 or not (unicodedata.combining(character) or ord(character) in _JOINING)
    ] or [0]


def _words(text: str) -> list[int]:
    """Places of the characters that follow a space, and of the first."""
    return [at for at in range(len(text)) if at == 0 or text[at - 1] == " "] or [0]
