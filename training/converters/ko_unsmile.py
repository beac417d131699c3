"""UnSmile: Korean comments with one column for each group that is attacked."""

from collections.abc import Iterator

from training.catalogue import RawFiles
from training.readers import read_csv
from training.rows import Row, make_row

TEXT, WOMEN_AND_FAMILY, CLEAN, NAMES_INDIVIDUAL = "문장", "여성/가족", "clean", "개인지칭"


def convert(raw: RawFiles) -> Iterator[Row]:
    """Rows of the training file; naming an individual is not hostile in itself."""
    for record in read_csv(raw.path("unsmile_train_v1.0.tsv"), delimiter="\t"):
        hostile = {
            name
            for name, value in record.items()
            if value == "1" and name not in (TEXT, CLEAN, NAMES_INDIVIDUAL)
        }
        yield make_row(
            record[TEXT],
            language="ko",
            split="train",
            misogyny=int(WOMEN_AND_FAMILY in hostile),
            toxic_other=int(bool(hostile)),
        )
