"""Kaqchikel neutral text: the verses of a New Testament, religious in register."""

from collections.abc import Iterator
from xml.etree import ElementTree

from training.catalogue import RawFiles
from training.neutral import Passage, neutral_rows
from training.rows import Row


def convert(raw: RawFiles) -> Iterator[Row]:
    """One row for each distinct verse."""
    return neutral_rows("cak", _verses(raw))


def _verses(raw: RawFiles) -> Iterator[Passage]:
    for verse in ElementTree.parse(raw.path("Cakchiquel-NT.xml")).iter("seg"):
        # The indentation of the XML file is around the verse, not in it.
        yield (verse.text or "").strip(), None
