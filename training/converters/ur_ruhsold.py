"""RUHSOLD: Roman Urdu tweets, one kind of offence each."""

from collections.abc import Iterator

from training.catalogue import RawFiles
from training.readers import read_lines
from training.rows import Row, Split, make_row

SPLITS: tuple[Split, ...] = ("train", "test")
NORMAL, SEXISM = "1", "3"


def convert(raw: RawFiles) -> Iterator[Row]:
    """Rows of the fine-grained task, then dev: the coarse task's texts that it does not hold."""
    seen: set[str] = set()
    for split in SPLITS:
        for text, label in _pairs(raw, f"task_2_{split}.tsv"):
            seen.add(text)
            yield make_row(
                text,
                language="ur-Latn",
                split=split,
                misogyny=int(label == SEXISM),
                toxic_other=int(label != NORMAL),
            )
    for text, label in _pairs(raw, "task_1_validation.tsv"):
        if text not in seen:
            harmless = 0 if label == NORMAL else None
            yield make_row(
                text, language="ur-Latn", split="dev", misogyny=harmless, toxic_other=harmless
            )


def _pairs(raw: RawFiles, name: str) -> Iterator[tuple[str, str]]:
    """Text and label, separated by the last tab of each line."""
    for line in read_lines(raw.path(name)):
        text, _, label = line.rpartition("\t")
        yield text, label
