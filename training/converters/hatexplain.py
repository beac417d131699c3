"""HateXplain: tweets and Gab posts judged by three annotators, put together from copies.

The original repository gives only ids. Dev and test come with every vote; train is
rebuilt from two partial copies by rules, so its labels are weak.
"""

import json
import re
from collections.abc import Iterator

from eval.rationales import majority
from training.catalogue import RawFiles
from training.readers import read_csv
from training.rows import Row, Split, make_row

TOXIC = ("hatespeech", "offensive")
MIN_VOTES = 2
MBIB_NORMAL, MBIB_TOXIC = "0", ("1", "2")


def convert(raw: RawFiles) -> Iterator[Row]:
    """Dev and test from the votes, then both parts of train."""
    yield from _judged(raw, "df_val_processed.csv", "dev")
    yield from _judged(raw, "df_test_processed.csv", "test")
    train = set(json.loads(raw.path("post_id_divisions.json").read_text("utf-8"))["train"])
    disputed = [
        record
        for record in read_csv(raw.path("disagreement_samples.csv"))
        if record["post_id"] in train
    ]
    yield from map(_disputed_row, disputed)
    yield from _unanimous(raw, train - {record["post_id"] for record in disputed})


def _judged(raw: RawFiles, name: str, split: Split) -> Iterator[Row]:
    """Toxic by two votes of three, and Women named by two annotators."""
    for record in read_csv(raw.path(name)):
        toxic, women = majority(record)
        yield make_row(
            record["masked_sentence"],
            language="en",
            split=split,
            misogyny=int(toxic and women),
            toxic_other=int(toxic),
        )


def _disputed_row(record: dict[str, str]) -> Row:
    """A post that annotators disagreed on; its targets are the union over all of them."""
    toxic = sum(record[f"label_{n}"] in TOXIC for n in (1, 2, 3)) >= MIN_VOTES
    women = "Women" in record["target_groups"].split(",")
    return make_row(
        record["text"],
        language="en",
        split="train",
        misogyny=int(toxic and women),
        toxic_other=int(toxic),
        weak=True,
    )


def _unanimous(raw: RawFiles, ids: set[str]) -> Iterator[Row]:
    """The other train posts; toxic ones that may be about gender are left out."""
    gender = {
        _key(record["text"]): record["label_gender"]
        for record in read_csv(raw.path("92_HateXplain/preprocessed.csv"))
    }
    for record in read_csv(raw.path("092-HateXplain.csv")):
        if record[""] not in ids:
            continue
        toxic = record["category"] in MBIB_TOXIC
        elsewhere = toxic and gender.get(_key(record["text"])) == "0"
        if record["category"] == MBIB_NORMAL or elsewhere:
            yield make_row(
                record["text"],
                language="en",
                split="train",
                misogyny=0,
                toxic_other=int(toxic),
                weak=True,
            )


def _key(text: str) -> str:
    """What both copies, cleaned in different ways, keep of a text: its ASCII letters and digits."""
    return re.sub("[^a-z0-9]", "", text.lower())
