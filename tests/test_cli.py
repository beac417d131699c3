"""An analyst scores files on the command line; an operator verifies a model."""

import csv
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from modsvc.backlog import scoring
from modsvc.cli.main import app
from modsvc.engine.engine import Engine
from modsvc.errors import EngineFailure
from modsvc.labels import CATEGORIES

COLUMNS = [
    *("id", "probability", "flagged", "action", "categories", "toxic_other"),
    *("language", "supported", "truncated"),
]
FLAT = [
    *("id", "probability", "flagged", "action"),
    *(f"category_{name}" for name in CATEGORIES),
    *("toxic_other", "language", "supported", "truncated", "line", "error"),
]


def modsvc(*arguments: object, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], input=stdin)


def jsonl(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_json_lines_pass_through_in_order_with_their_ids(tiny_artifact: Path) -> None:
    rows = [
        {"id": 7, "text": "hello hateword", "other": [1]},
        {"id": "x", "text": "hello women", "language": "es"},
        {"text": ""},
    ]
    stdin = "\n".join(json.dumps(row) for row in rows).encode()
    done = modsvc("score", "--model", tiny_artifact, stdin=stdin)
    assert done.exit_code == 0, done.stderr
    results = jsonl(done.stdout)
    assert [list(result) for result in results] == [COLUMNS] * 3
    assert [result["id"] for result in results] == [7, "x", None]
    assert [result["action"] for result in results] == ["withhold", "allow", "allow"]
    assert [result["language"] for result in results][1:] == ["es", "und"]
    assert done.stderr == ""


def test_a_malformed_row_becomes_an_error_row_and_the_rest_goes_on(tiny_artifact: Path) -> None:
    lines = [
        b'\xef\xbb\xbf{"text": "hello hateword"}',
        b"{not json",
        b"",
        b'{"text": 5}',
        b'["text"]',
        b'{"text": "a", "id": [1]}',
        b'{"text": "a", "language": "!"}',
        b'{"text": "a", "language": 3}',
        b'{"text": "\xff"}',
        b"[" * 100_000,
        b'{"text": "hello \\ud83d hateword"}\r',
    ]
    done = modsvc("score", "--model", tiny_artifact, stdin=b"\n".join(lines))
    assert done.exit_code == 1
    results = jsonl(done.stdout)
    assert [result.get("line") for result in results] == [None, 2, 4, 5, 6, 7, 8, 9, 10, None]
    assert all(set(result) == {"line", "error"} for result in results[1:-1])
    assert results[0]["flagged"]
    assert results[-1]["flagged"]
    assert "8 of 10 rows" in done.stderr


def test_a_csv_file_becomes_a_csv_file_with_flat_categories(
    tiny_artifact: Path, tmp_path: Path
) -> None:
    source = tmp_path / "in.csv"
    source.write_text(
        'id,text,language\n1,"hello\nhateword",\n2,hello women,es\n3,too,many,cells\n4,"a\n',
        encoding="utf-8-sig",
    )
    target = tmp_path / "out.csv"
    done = modsvc("score", "-i", source, "-o", target, "--model", tiny_artifact)
    assert done.exit_code == 1
    with target.open(encoding="utf-8", newline="") as stream:
        results = list(csv.DictReader(stream))
    assert list(results[0]) == FLAT
    assert [result["id"] for result in results] == ["1", "2", "", ""]
    assert [result["flagged"] for result in results] == ["True", "False", "", ""]
    assert [result["line"] for result in results] == ["", "", "5", "6"]
    assert "4 columns" in results[2]["error"]
    assert results[1]["language"] == "es"
    assert set(tmp_path.iterdir()) == {source, target}


def test_a_text_file_is_scored_line_by_line_in_the_language_given(
    tiny_artifact: Path, tmp_path: Path
) -> None:
    source = tmp_path / "in.txt"
    source.write_bytes("hello hateword\r\n\nhello\u2028women".encode())
    done = modsvc("score", "-i", source, "--language", "es", "--model", tiny_artifact)
    assert done.exit_code == 0, done.stderr
    results = jsonl(done.stdout)
    assert [result["language"] for result in results] == ["es", "und", "es"]


def test_parquet_in_and_out(tiny_artifact: Path, tmp_path: Path) -> None:
    texts = ["hello hateword", None, "hello women"]
    table = pa.table({"id": [1, 2, 3], "text": texts, "likes": [0, 0, 0]})
    pq.write_table(table, tmp_path / "in.parquet")
    target = tmp_path / "out.parquet"
    done = modsvc("score", "-i", tmp_path / "in.parquet", "-o", target, "--model", tiny_artifact)
    assert done.exit_code == 1
    results = pq.read_table(target)
    assert results.column_names == FLAT
    assert results["id"].to_pylist() == ["1", None, "3"]
    assert results["flagged"].to_pylist() == [True, None, False]
    assert results["line"].to_pylist() == [None, 2, None]


def test_the_extension_of_the_output_chooses_its_format(
    tiny_artifact: Path, tmp_path: Path
) -> None:
    (tmp_path / "in.txt").write_text("hello hateword\n", encoding="utf-8")
    target = tmp_path / "out.csv"
    modsvc("score", "-i", tmp_path / "in.txt", "-o", target, "--model", tiny_artifact)
    assert target.read_text(encoding="utf-8").startswith("id,probability,flagged")


def test_a_file_longer_than_a_chunk_keeps_its_order(
    tiny_artifact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scoring, "CHUNK", 4)
    words = ["hateword" if n % 3 == 0 else "women" for n in range(11)]
    stdin = "".join(f'{{"id": {n}, "text": "a {word}"}}\n' for n, word in enumerate(words))
    results = jsonl(modsvc("score", "--model", tiny_artifact, stdin=stdin.encode()).stdout)
    assert [result["id"] for result in results] == list(range(11))
    assert [result["flagged"] for result in results] == [word == "hateword" for word in words]


def test_a_failing_model_leaves_what_was_there(
    tiny_artifact: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Engine, contents: object) -> None:
        raise EngineFailure("the model failed: run `modsvc verify`")

    monkeypatch.setattr(Engine, "score", fail)
    target = tmp_path / "out.jsonl"
    target.write_text("before", encoding="utf-8")
    done = modsvc("score", "-o", target, "--model", tiny_artifact, stdin=b'{"text": "a"}')
    assert done.exit_code == 1
    assert "modsvc verify" in done.stderr
    assert target.read_text(encoding="utf-8") == "before"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["score", "--format", "xml"], "xml"),
        (["score", "--format", "parquet"], "standard input"),
        (["score", "--input", "texts.dat"], "--format"),
        (["score", "--engine", "ray", "--output", "decisions"], "--input and --output"),
        (["score", "--engine", "spark"], "spark"),
        (["score", "--language", "?"], "BCP-47"),
        (["serve", "--port", "99999"], "MODSVC_PORT"),
        (["moderate"], "moderate"),
    ],
)
def test_wrong_usage_exits_with_2_and_says_why(arguments: list[str], said: str) -> None:
    done = modsvc(*arguments)
    assert done.exit_code == 2
    assert said in done.stderr


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("missing.csv", None, "Cannot read"),
        ("in.csv", b"id,comment\n1,a\n", '"text"'),
        ("in.csv", b'"id"x,text\n1,a\n', "first line"),
        ("in.parquet", b"PK", "not a Parquet file"),
    ],
)
def test_a_file_that_cannot_be_read_exits_with_1_and_says_why(
    tiny_artifact: Path, tmp_path: Path, name: str, content: bytes | None, said: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    done = modsvc("score", "-i", tmp_path / name, "--model", tiny_artifact)
    assert done.exit_code == 1
    assert said in done.stderr


def test_parquet_without_its_extra_says_what_to_install(
    tiny_artifact: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    (tmp_path / "in.parquet").write_bytes(b"PAR1")
    done = modsvc("score", "-i", tmp_path / "in.parquet", "--model", tiny_artifact)
    assert done.exit_code == 1
    assert "modsvc[parquet]" in done.stderr


def test_ray_without_its_extra_says_what_to_install(
    tiny_artifact: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    (tmp_path / "in.txt").write_text("hello", encoding="utf-8")
    places = ("-i", tmp_path / "in.txt", "-o", tmp_path / "out")
    done = modsvc("score", "--engine", "ray", *places, "--model", tiny_artifact)
    assert done.exit_code == 1
    assert "modsvc[ray]" in done.stderr


def test_verify_accepts_a_whole_model_and_refuses_an_altered_one(
    tiny_artifact: Path, tmp_path: Path
) -> None:
    done = modsvc("verify", "--model", tiny_artifact)
    assert done.exit_code == 0, done.stderr
    assert "tiny-1" in done.stdout
    altered = shutil.copytree(tiny_artifact, tmp_path / "altered")
    with (altered / "model.onnx").open("ab") as stream:
        stream.write(b"\0")
    done = modsvc("verify", "--model", altered)
    assert done.exit_code == 1
    assert "model.onnx" in done.stderr


def test_info_shows_languages_and_settings_and_still_does_without_a_model(
    tiny_artifact: Path, tmp_path: Path
) -> None:
    done = modsvc("info", "--model", tiny_artifact)
    assert done.exit_code == 0
    for shown in ("tiny-1", "max_queue", "kk", "default-1+"):
        assert shown in done.stdout
    done = modsvc("info", "--model", tmp_path)
    assert done.exit_code == 1
    assert "max_queue" in done.stdout
    assert "manifest.json" in done.stderr
