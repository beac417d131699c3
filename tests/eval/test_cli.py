"""The command line, from a corpus and a model folder to the files a person opens."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from eval.__main__ import app, main
from tests.eval.synthetic import write_corpus
from tests.tiny_artifact import TRIGGERS

runner = CliRunner()
SECRET = "hello wonderful neighbour"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    bad = f"hello {TRIGGERS['misogyny']}"
    rows = [
        {"text": f"{bad} {'a ' * i}", "misogyny": 1, "language": language}
        for language in ("en", "es")
        for i in range(30)
    ]
    rows += [
        {"text": f"hello the women {'the ' * i}", "misogyny": 0, "language": language}
        for language in ("en", "es")
        for i in range(60)
    ]
    rows += [{"text": SECRET, "misogyny": 1}, {"text": "hello", "tier": "neutral"}]
    return write_corpus(tmp_path / "corpus.parquet", rows)


def run(*arguments: object) -> str:
    result = runner.invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result.output


def test_help_waits_for_no_library() -> None:
    code = (
        "import sys; import eval.__main__;"
        "print({'numpy', 'pyarrow', 'onnxruntime', 'sqlalchemy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_run_writes_a_report_a_dashboard_and_predictions_without_any_text(
    corpus: Path, tiny_artifact: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    common = ("--corpus", corpus, "--cache", tmp_path / "cache", "--resamples", 50)
    output = run("run", "--model", tiny_artifact, *common, "--output", out)
    report = json.loads((out / "report.json").read_text("utf-8"))
    assert report["split"] == "dev"
    assert report["by_language"]["en"]["metrics"]["auroc"]["value"] > 0.9
    assert report["rows"] == {"measured": 181, "neutral": 1}
    assert report["functional"]["suites"].keys() >= {"en", "es", "ru", "uz", "ka"}
    for name in ("report.json", "dashboard.html", "predictions.parquet"):
        assert b"neighbour" not in (out / name).read_bytes()
        assert name in output


def test_examples_are_masked_and_only_shown_when_asked_for(
    corpus: Path, tiny_artifact: Path, tmp_path: Path
) -> None:
    common = ("--corpus", corpus, "--cache", tmp_path / "cache", "--resamples", 20)
    for flag, shown in (("--examples", True), ("--no-examples", False)):
        run("run", "--model", tiny_artifact, *common, "--output", tmp_path / flag, flag)
        page = (tmp_path / flag / "dashboard.html").read_text("utf-8")
        assert ("h▇▇▇▇ w▇▇▇▇▇▇▇ n▇▇▇▇▇▇▇" in page) == shown
        assert SECRET not in page


def test_compare_takes_models_reports_and_prediction_files(
    corpus: Path, tiny_artifact: Path, tmp_path: Path
) -> None:
    common = ("--corpus", corpus, "--cache", tmp_path / "cache", "--resamples", 20)
    out = tmp_path / "report"
    run("run", "--model", tiny_artifact, *common, "--output", out)
    output = tmp_path / "difference.json"
    run("compare", tiny_artifact, out, *common, "--output", output)
    run("compare", out, out / "predictions.parquet", *common)
    document = json.loads(output.read_text("utf-8"))
    assert document["slices"][0]["metrics"]["auroc"]["difference"] == 0


def test_functional_prints_the_matrix_and_masks_failures(tiny_artifact: Path) -> None:
    output = run("functional", "--model", tiny_artifact, "--failures")
    assert "counter_speech_quote" in output
    assert "en-threats-1" in output
    assert "break her jaw" not in output


def test_foreseen_errors_are_one_line_and_exit_code_2(
    tiny_artifact: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    missing = tmp_path / "none.parquet"
    arguments = ["run", "--model", str(tiny_artifact), "--corpus", str(missing)]
    monkeypatch.setattr("sys.argv", ["eval", *arguments])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 2
    assert "python -m training corpus" in capsys.readouterr().err.replace("\n", " ")
