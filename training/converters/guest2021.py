"""Guest et al. 2021: an expert-labelled hierarchy of misogyny on Reddit, one row per label."""

from collections.abc import Iterator
from itertools import groupby

from training.catalogue import RawFiles
from training.readers import read_csv
from training.rows import Row, Split, make_row

SCHEME = ("threats", "derogation", "objectification", "prejudiced_discussion")
SPLITS: dict[str, Split] = {"train": "train", "test": "test"}
LEVEL_2: dict[str, tuple[str, ...]] = {
    "Misogynistic_pejorative": ("derogation",),
    "Derogation": ("derogation",),
    "Misogynistic_personal_attack": ("derogation",),
}
LEVEL_3: dict[str, tuple[str, ...]] = {
    "Threatening_Physical_violence": ("threats",),
    "Threatening_Sexual_violence": ("threats",),
    "Threatening_Privacy": ("threats",),
    "Disrespectful_actions_Seduction_and_conquest": ("objectification",),
    "Disrespectful_actions_Controlling": ("stereotyping", "prejudiced_discussion"),
    "Disrespectful_actions_Manipulation": ("prejudiced_discussion",),
    "Disrespectful_actions_Other": ("prejudiced_discussion",),
}


def convert(raw: RawFiles) -> Iterator[Row]:
    """One row per entry: misogynous when any of its labels is, with the categories of those.

    The thread is no group: nearly every thread is in both published splits.
    """
    records = sorted(read_csv(raw.path("final_labels.csv")), key=lambda record: record["entry_id"])
    for _, entry in groupby(records, key=lambda record: record["entry_id"]):
        labels = list(entry)
        misogynistic = [label for label in labels if label["level_1"] == "Misogynistic"]
        attack = any(label["level_2"] == "Nonmisogynistic_personal_attack" for label in labels)
        yield make_row(
            _text(labels),
            language="en",
            split=SPLITS[labels[0]["split"]],
            misogyny=int(bool(misogynistic)),
            toxic_other=1 if attack else None,
            positive=[name for label in misogynistic for name in _categories(label)],
            scheme=SCHEME,
        )


def _categories(label: dict[str, str]) -> tuple[str, ...]:
    return LEVEL_2.get(label["level_2"], ()) + LEVEL_3.get(label["level_3"], ())


def _text(labels: list[dict[str, str]]) -> str:
    for label in labels:
        if label["body"].strip() not in ("", "NA"):
            # A few messages were cut at a comma, their end displaced into the next column.
            displaced = label["image"] not in ("", "NA", "Yes", "No")
            return f"{label['body']}, {label['image']}" if displaced else label["body"]
    return ""
