"""GerMS-AT (GermEval 2024): comments of an Austrian newspaper forum, four to ten votes each."""

from collections.abc import Iterator

from training.catalogue import RawFiles
from training.readers import read_jsonl_gz
from training.rows import Label, Row, make_row

NOT_SEXIST = "0-Kein"


def convert(raw: RawFiles) -> Iterator[Row]:
    """Rows of the competition file; the development file only names the training part."""
    train_ids = {record["id"] for record in read_jsonl_gz(raw.path("development-train.jsonl.gz"))}
    for record in read_jsonl_gz(raw.path("competition-traindev.jsonl.gz")):
        yield make_row(
            record["text"],
            language="de-AT",
            split="train" if record["id"] in train_ids else "dev",
            misogyny=_majority([vote["label"] for vote in record["annotations"]]),
        )


def _majority(votes: list[str]) -> Label:
    sexist = sum(vote != NOT_SEXIST for vote in votes)
    if 2 * sexist == len(votes):
        return None
    return int(2 * sexist > len(votes))
