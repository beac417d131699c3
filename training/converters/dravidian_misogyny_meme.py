"""DravidianLangTech misogyny memes: the text of Tamil and Malayalam memes."""

from collections.abc import Iterator

from training.catalogue import RawFiles
from training.readers import read_csv
from training.rows import Row, Split, make_row
from training.script import with_script

LANGUAGES = {"Tamil": "ta", "Malayalam": "ml"}
FILES: dict[str, Split] = {"train.csv": "train", "dev.csv": "dev", "test_with_labels.csv": "test"}


def convert(raw: RawFiles) -> Iterator[Row]:
    """Rows of six files; the label belongs to image and text together."""
    for folder, language in LANGUAGES.items():
        for name, split in FILES.items():
            for record in read_csv(raw.path(f"{folder}/{name}")):
                text = record["transcriptions"]
                yield make_row(
                    text,
                    language=with_script(text, language),
                    split=split,
                    misogyny=int(record["labels"]),
                )
