"""GBV counterspeech: hate against women written for a corpus, and answers to it."""

from collections.abc import Iterator

from training.catalogue import RawFiles
from training.readers import read_csv
from training.rows import Row, make_row

SCHEME = ("threats", "derogation", "prejudiced_discussion")
FORMS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "Derogation": (("derogation",), SCHEME),
    "Dehumanisation": (("derogation",), SCHEME),
    "Threatening": (("threats",), SCHEME),
    # Support of hate crimes may or may not threaten.
    "Support of Hate Crimes": (("prejudiced_discussion",), ("derogation", "prejudiced_discussion")),
    "Animosity": ((), ()),
}


def convert(raw: RawFiles) -> Iterator[Row]:
    """One row for each distinct text; a hateful text and all its answers share a group."""
    records = list(read_csv(raw.path("gbv_cs.tsv"), delimiter="\t"))
    groups = _groups(records)
    seen: set[str] = set()
    for record in records:
        text, answer = record["gbv_text"], record["counterspeech"]
        if text not in seen:
            positive, scheme = FORMS[record["gbv_form_majority"].strip("[]'")]
            yield make_row(
                text,
                language="en",
                split="none",
                misogyny=1,
                positive=positive,
                scheme=scheme,
                group=groups[text],
            )
        if answer not in seen:
            yield make_row(
                answer,
                language="en",
                split="none",
                misogyny=0,
                toxic_other=0,
                group=groups[text],
            )
        seen |= {text, answer}


def _groups(records: list[dict[str, str]]) -> dict[str, str]:
    """A key for each hateful text; texts that share an answer share the key."""
    groups: dict[str, str] = {}
    answered: dict[str, str] = {}
    for record in records:
        text, answer = record["gbv_text"], record["counterspeech"]
        key = groups.setdefault(text, f"gbv:{record['pair_id']}")
        other = answered.setdefault(answer, key)
        if other != key:
            groups = {name: other if old == key else old for name, old in groups.items()}
            answered = {name: other if old == key else old for name, old in answered.items()}
    return groups
