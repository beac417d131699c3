"""Kyrgyz neutral text: translated sentences, the UD KTMU treebank, and 24.kg news."""

import html
import re
from collections.abc import Iterator

from training.catalogue import RawFiles
from training.neutral import Passage, neutral_rows, ntrex, sib, treebank
from training.readers import read_csv
from training.rows import Row

TAG = re.compile(r"<[^>]+>")
MIN_CHARACTERS, MAX_CHARACTERS = 40, 600


def convert(raw: RawFiles) -> Iterator[Row]:
    """SIB-200, NTREX-128, the treebank and the news, one row for each distinct text."""
    return neutral_rows(
        "ky",
        sib(raw, "kir_Cyrl"),
        ntrex(raw, "kir"),
        treebank(raw, "ky_ktmu", "train", "test"),
        _news(raw),
    )


def _news(raw: RawFiles) -> Iterator[Passage]:
    """Paragraphs of 40 to 600 characters, grouped by article."""
    for name in ("qad-train_1000.csv", "qad-test_0500.csv"):
        for article in read_csv(raw.path(name)):
            for line in re.split(r"[\r\n]+", html.unescape(TAG.sub(" ", article["text"]))):
                paragraph = " ".join(line.split())
                if MIN_CHARACTERS <= len(paragraph) <= MAX_CHARACTERS:
                    yield paragraph, f"24kg:{article['id']}"
