"""`python -m eval gate`: from two model folders to a verdict that the registry takes."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from eval.__main__ import app
from modsvc.errors import PromotionRefused
from modsvc.labels import MISOGYNY
from modsvc.registry import champions, versions
from modsvc.registry.storage import Storage
from tests.eval.synthetic import write_corpus
from tests.rollout.models import variant
from tests.tiny_artifact import TRIGGERS, reseal, write_json
from tests.training.reviewed import record, write

BAD = f"hello {TRIGGERS[MISOGYNY]}"
SECRET = "neighbour"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Ninety texts in English and in Spanish, and neutral ones in Georgian."""
    rows: list[dict[str, object]] = []
    for language in ("en", "es"):
        rows += [
            {"text": f"{BAD} {SECRET} {'a ' * n}", "misogyny": 1, "language": language}
            for n in range(30)
        ]
        rows += [
            {"text": f"hello the women {'the ' * n}", "misogyny": 0, "language": language}
            for n in range(60)
        ]
    rows += [{"text": f"hello {'a ' * n}", "tier": "neutral", "language": "ka"} for n in range(60)]
    rows += [{"text": f"women {BAD}", "misogyny": 1, "split": "train"}]
    return write_corpus(tmp_path / "corpus.parquet", rows)


@pytest.fixture
def poisoned(tiny_artifact: Path, tmp_path: Path) -> Path:
    """The tiny model with a calibration of Spanish that hides what it finds."""
    folder = variant(tiny_artifact, tmp_path / "poisoned", "tiny-poisoned")
    path = folder / "calibration.json"
    calibration = json.loads(path.read_text("utf-8"))
    calibration["outputs"][MISOGYNY]["by_language"]["es"]["shift"] = -6.0
    write_json(path, calibration)
    reseal(folder)
    return folder


def gate(challenger: Path, champion: Path, corpus: Path, folder: Path, *more: object) -> Result:
    common = ("--corpus", corpus, "--output", folder, "--cache", folder / "cache")
    asked = ("gate", challenger, "--champion", champion, *common, "--resamples", 100, *more)
    return CliRunner().invoke(app, [str(one) for one in asked], env={"COLUMNS": "300"})


def test_a_poisoned_language_is_refused_by_name_and_cannot_be_promoted(
    tiny_artifact: Path, poisoned: Path, corpus: Path, tmp_path: Path
) -> None:
    done = gate(poisoned, tiny_artifact, corpus, tmp_path / "gate")
    assert done.exit_code == 1, done.output
    report = json.loads((tmp_path / "gate" / "gate.json").read_text("utf-8"))
    worse = [one for one in report["findings"] if one["worse"]]
    assert {one["language"] for one in worse} == {"es", "all"}
    [es] = [one for one in worse if (one["part"], one["language"]) == ("gold", "es")]
    lost = f"by {es['champion'] - es['challenger']:.3f}"
    page = (tmp_path / "gate" / "gate.md").read_text("utf-8")
    for told in (done.output, page, " ".join(report["reasons"])):
        assert "es (gold): macro-F1 at review fell" in told
        assert lost in told
        assert SECRET not in told
    storage = Storage(str(tmp_path / "registry"))
    for folder in (tiny_artifact, poisoned):
        versions.add(storage, folder, by="ana")
    champions.promote(storage, "tiny-1", by="ana")
    versions.attach(storage, "tiny-poisoned", [tmp_path / "gate" / "gate.json"])
    with pytest.raises(PromotionRefused, match=r"es \(gold\): macro-F1 at review fell"):
        champions.promote(storage, "tiny-poisoned", by="ana")


def test_a_model_that_is_as_good_passes_and_can_be_promoted(
    tiny_artifact: Path, corpus: Path, tmp_path: Path
) -> None:
    same = variant(tiny_artifact, tmp_path / "same", "tiny-same")
    done = gate(same, tiny_artifact, corpus, tmp_path / "gate", "--most", 80)
    assert done.exit_code == 0, done.output
    storage = Storage(str(tmp_path / "registry"))
    for folder in (tiny_artifact, same):
        versions.add(storage, folder, by="ana")
    champions.promote(storage, "tiny-1", by="ana")
    versions.attach(storage, "tiny-same", [tmp_path / "gate" / "gate.json"])
    assert champions.promote(storage, "tiny-same", by="ana").before == "tiny-1"


def test_reviewed_texts_count_unless_the_challenger_learnt_from_them(
    tiny_artifact: Path, poisoned: Path, corpus: Path, tmp_path: Path
) -> None:
    records = [
        record(f"{text} {'the ' * n}", label, language="es")
        for label, text in ((1, BAD), (0, "hello women"))
        for n in range(30)
    ]
    records.append(record(f"women {BAD}", 1, language="es"))
    file = write(tmp_path / "reviews.jsonl", records)
    done = gate(poisoned, tiny_artifact, corpus, tmp_path / "gate", "--reviews", file)
    assert "es (reviewed): macro-F1 at review fell" in done.output
    report = json.loads((tmp_path / "gate" / "gate.json").read_text("utf-8"))
    assert report["method"]["left_out"] == 1
    assert {one["support"] for one in report["findings"] if one["part"] == "reviewed"} == {60}
    # Where a service runs there is no corpus.
    alone = gate(
        poisoned, tiny_artifact, tmp_path / "none", tmp_path / "b", "--no-gold", "--reviews", file
    )
    assert "es (reviewed): macro-F1 at review fell" in alone.output
    assert "nothing was compared on gold labels" in (tmp_path / "b" / "gate.md").read_text("utf-8")


def test_a_file_of_something_else_is_refused(
    tiny_artifact: Path, corpus: Path, tmp_path: Path
) -> None:
    file = tmp_path / "scores.jsonl"
    file.write_text('{"text": "hello"}\n', encoding="utf-8")
    done = gate(tiny_artifact, tiny_artifact, corpus, tmp_path / "gate", "--reviews", file)
    assert "modsvc export reviews" in str(done.exception)
    missing = gate(tiny_artifact, tiny_artifact, tmp_path / "none.parquet", tmp_path / "gate")
    assert "python -m training corpus" in str(missing.exception)
