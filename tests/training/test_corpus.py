"""The corpus: one row a text, agreed labels, no leak between splits."""

from pathlib import Path

import pytest

from modsvc.labels import CATEGORIES
from training import catalogue
from training import corpus as corpus_module
from training.catalogue import Source
from training.corpus import agreed, build_corpus, corpus_sha256, counts
from training.rows import Row, Split, make_row

POND = "the frogs in our village pond sing every evening from april until the first frost comes"


def source(name: str, tier: str = "open", **changes: object) -> Source:
    values: dict[str, object] = {
        "name": name,
        "tier": tier,
        "licence": "",
        "languages": ("en",),
        "platform": "",
        "citation": "",
        "notes": "",
        "resplit": False,
        "conflict": "null",
        "expected": {},
        "expected_by_language": {},
        "files": (),
    }
    return Source(**{**values, **changes})  # type: ignore[arg-type]


def row(text: str, split: Split = "train", misogyny: int | None = 0, **changes: object) -> Row:
    return make_row(text, language="en", split=split, misogyny=misogyny, **changes)  # type: ignore[arg-type]


@pytest.fixture
def build(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """A function from (source, rows) pairs to the corpus as {text: record}."""

    def run(*rows: tuple[Source, list[Row]]) -> dict[str, dict[str, object]]:
        by_name = {one.name: one for one, _ in rows}
        texts = {one.name: given for one, given in rows}
        monkeypatch.setattr(catalogue, "load_sources", lambda: by_name)
        monkeypatch.setattr(corpus_module, "rows_of", lambda one, _dir: iter(texts[one.name]))
        return {record["text"]: record for record in build_corpus("open", Path())}

    return run


def filler(split: Split) -> list[Row]:
    return [row(f"{split} sentence about {word}", split) for word in ("tea", "rain", "maps")]


def test_texts_are_seen_as_the_service_sees_them(build) -> None:  # type: ignore[no-untyped-def]
    found = build((source("a"), [row("[USER]  look at https://example.org, MENTION12")]))
    assert set(found) == {"@user look at [url] @user"}


def test_a_deleted_post_and_a_text_without_letters_are_left_out(build) -> None:  # type: ignore[no-untyped-def]
    assert set(build((source("a"), [row("[removed]"), row("123 👍"), row("words")]))) == {"words"}


def test_sources_that_disagree_leave_the_label_open_and_drop_the_row(build) -> None:  # type: ignore[no-untyped-def]
    found = build(
        (source("a"), [row("a disputed sentence", misogyny=1), row("kept")]),
        (source("b"), [row("a disputed sentence", misogyny=0)]),
    )
    assert "a disputed sentence" not in found or found["a disputed sentence"]["misogyny"] is None
    assert found["kept"]["misogyny"] == 0


def test_a_persons_label_outranks_a_weak_one(build) -> None:  # type: ignore[no-untyped-def]
    found = build(
        (source("a"), [row("a sentence", misogyny=1, weak=True)]),
        (source("b"), [row("a sentence", misogyny=0)]),
    )
    assert found["a sentence"]["misogyny"] == 0
    assert found["a sentence"]["weak"] is False


def test_a_source_may_declare_that_one_positive_row_wins(build) -> None:  # type: ignore[no-untyped-def]
    twice = [row("said twice", misogyny=0), row("said twice", misogyny=1)]
    assert build((source("a", conflict="positive"), twice))["said twice"]["misogyny"] == 1


def test_the_training_copy_of_a_test_text_is_removed(build) -> None:  # type: ignore[no-untyped-def]
    rows = [row(POND, "train"), row(POND.replace("frogs", "frog"), "test"), *filler("dev")]
    found = build((source("a"), [*rows, *filler("train")]))
    assert POND not in found
    assert found[POND.replace("frogs", "frog")]["split"] == "test"


def test_rows_of_one_thread_are_never_in_two_splits(build) -> None:  # type: ignore[no-untyped-def]
    rows = [row(f"reply {n} in a thread", "none", group=str(n % 40)) for n in range(400)]
    found = build((source("a"), rows))
    by_group: dict[object, set[object]] = {}
    for record in found.values():
        by_group.setdefault(record["group"], set()).add(record["split"])
    assert len(by_group) == 40
    assert all(len(splits) == 1 for splits in by_group.values())
    assert {split for splits in by_group.values() for split in splits} >= {"train", "dev"}


def test_parallel_sentences_share_a_group_across_languages(build) -> None:  # type: ignore[no-untyped-def]
    found = build(
        (source("neutral_x", "neutral"), [row("one sentence", "none", group="sib:7")]),
        (source("neutral_y", "neutral"), [row("une phrase", "none", group="sib:7")]),
    )
    assert found["one sentence"]["group"] == found["une phrase"]["group"]


def test_minimal_pairs_are_kept_and_plain_copies_are_not(build) -> None:  # type: ignore[no-untyped-def]
    copy, twin = POND.replace("sing", "sang"), POND.replace("evening", "morning")
    found = build((source("a"), [row(POND), row(copy), row(twin, misogyny=1)]))
    assert copy not in found
    assert found[twin]["misogyny"] == 1


def test_agreement_is_label_by_label() -> None:
    assert agreed([(1, None, 0), (1, 0, 1)]) == (1, 0, None)


def test_the_table_counts_rows_positives_and_nulls(monkeypatch: pytest.MonkeyPatch) -> None:
    one = source("a")
    rows = [row("yes", misogyny=1), row("no"), row("unknown", misogyny=None, toxic_other=1)]
    monkeypatch.setattr(catalogue, "load_sources", lambda: {"a": one})
    monkeypatch.setattr(corpus_module, "rows_of", lambda _one, _dir: iter(rows))
    built = build_corpus("open", Path())
    table = [record for record in counts(built) if record["label"] == "misogyny"]
    assert sum(int(str(record["rows"])) for record in table) == 3
    assert sum(int(str(record["positives"])) for record in table) == 1
    assert sum(int(str(record["nulls"])) for record in table) == 1
    assert {record["label"] for record in counts(built)} >= set(CATEGORIES)
    assert corpus_sha256(built) == corpus_sha256(build_corpus("open", Path()))


def test_a_reply_under_another_parent_is_another_text(monkeypatch: pytest.MonkeyPatch) -> None:
    one = source("a")
    given = [
        row("exactly, all of them", misogyny=1, group="g", parent="wives  should obey, said he"),
        row("exactly, all of them", misogyny=0, group="g", parent="the trains are late on sunday"),
    ]
    monkeypatch.setattr(catalogue, "load_sources", lambda: {"a": one})
    monkeypatch.setattr(corpus_module, "rows_of", lambda _one, _dir: iter(given))
    rows = list(build_corpus("open", Path()))
    assert [(record["parent"], record["misogyny"]) for record in rows] == [
        ("wives should obey, said he", 1),
        ("the trains are late on sunday", 0),
    ]
    assert len({record["split"] for record in rows}) == 1
