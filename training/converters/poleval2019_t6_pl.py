"""PolEval 2019 task 6: Polish tweets, harmless or harmful; the target is not given."""

import html
from collections.abc import Iterator

from training.catalogue import RawFiles
from training.readers import read_lines
from training.rows import Row, Split, make_row

#: Tweets were cut out of JSON, their escapes left in.
ESCAPES = {r"\u0026": "&", r"\n": "\n", r"\r": "\r", r"\"": '"'}
FILES: dict[str, Split] = {"training_set_clean_only": "train", "test_set_only": "test"}


def convert(raw: RawFiles) -> Iterator[Row]:
    """Rows of two pairs of files, a line of text beside a line with its tag."""
    for stem, split in FILES.items():
        texts = read_lines(raw.path(f"{stem}_text.txt"))
        tags = read_lines(raw.path(f"{stem}_tags.txt"))
        for text, tag in zip(texts, tags, strict=True):
            label = 0 if tag.strip() == "0" else None
            yield make_row(
                _decode(text), language="pl", split=split, misogyny=label, toxic_other=label
            )


def _decode(text: str) -> str:
    for escape, character in ESCAPES.items():
        text = text.replace(escape, character)
    return html.unescape(text)
