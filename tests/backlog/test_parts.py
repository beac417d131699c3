"""A part of a backlog is scored as the whole file would be, and is there once, whatever happens."""

from hashlib import sha256
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from modsvc.backlog.cuts import cut_input
from modsvc.backlog.formats import choose_formats
from modsvc.backlog.inputs import find_inputs
from modsvc.backlog.parcel import pack, unpack
from modsvc.backlog.parts import MANIFEST, Record, begin, finish, read_plan, undone, write_part
from modsvc.backlog.plan import Plan
from modsvc.backlog.readers import read_rows
from modsvc.backlog.rows import BadRow
from modsvc.cli.score_files import score_file
from modsvc.errors import EngineFailure, InputError, NotFound
from modsvc.pipeline import Pipeline
from modsvc.registry.storage import Storage
from modsvc.settings import Settings
from tests.backlog.rows import decided, write_inputs
from tests.tiny_artifact import reseal

ROWS = 50


@pytest.fixture(scope="module")
def settings(tiny_artifact: Path) -> Settings:
    return Settings(model_dir=tiny_artifact, threads=1)


@pytest.fixture(scope="module")
def pipeline(settings: Settings) -> Pipeline:
    return unpack(pack(settings, None)[0], threads=1)


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    return write_inputs(tmp_path / "comments", ROWS)


@pytest.fixture
def output(tmp_path: Path) -> Storage:
    return Storage(str(tmp_path / "decisions"))


def planned(inputs: Path, settings: Settings, rows: int = 9) -> Plan:
    found = find_inputs(str(inputs), "decisions", None)
    return Plan.of(found, [cut_input(one, rows) for one in found], pack(settings, None)[1])


def alone(pipeline: Pipeline, source: Path, target: Path) -> list[Any]:
    """What one machine makes of one file."""
    score_file(pipeline, source, target, choose_formats(source, target, None), None)
    return decided(target)


def test_the_parts_of_all_formats_are_what_one_machine_writes(
    inputs: Path, settings: Settings, pipeline: Pipeline, output: Storage, tmp_path: Path
) -> None:
    plan = planned(inputs, settings)
    begin(plan, output)
    records = [write_part(pipeline, part, output) for part in reversed(list(plan.parts()))]
    assert undone(plan, output) == []
    manifest = finish(plan, output, records)
    assert manifest.rows == plan.rows == 4 * ROWS + 6 + 8 + 2 + 1
    assert [file.name for file in plan.files] == [
        *("dt=2026-01-01/a.jsonl", "dt=2026-01-01/b.csv"),
        *("dt=2026-01-02/c.txt", "dt=2026-01-02/d.parquet"),
    ]
    errors = 0
    for file in plan.files:
        whole = tmp_path / f"whole.{file.written}"
        assert decided(tmp_path / "decisions" / file.name) == alone(
            pipeline, inputs / file.name, whole
        )
        with (inputs / file.name).open("rb") as stream:
            errors += sum(isinstance(row, BadRow) for row in read_rows(stream, file.read, None))
    assert manifest.errors == errors == 7


def test_a_part_that_is_done_twice_is_there_once(
    inputs: Path,
    settings: Settings,
    pipeline: Pipeline,
    output: Storage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plan = planned(inputs, settings)
    first, second, *_ = plan.parts()
    assert write_part(pipeline, first, output) == write_part(pipeline, first, output)

    # A process that ends after the file and before the record: that does not count.
    with monkeypatch.context() as patch:
        patch.setattr(Record, "model_dump_json", _killed)
        with pytest.raises(KeyboardInterrupt):
            write_part(pipeline, second, output)
    assert second in undone(plan, output)
    write_part(pipeline, second, output)
    assert second not in undone(plan, output)
    place = output.names(first.name.rpartition("/")[0])
    assert place == [one.name.rpartition("/")[2] for one in (first, second)]


def test_the_record_is_of_the_file_that_is_there(
    inputs: Path, settings: Settings, pipeline: Pipeline, output: Storage
) -> None:
    part = next(planned(inputs, settings).parts())
    # By another kind of machine, whose last digits differ.
    output.create(part.name, b"as good as the other\n")
    record = write_part(pipeline, part, output)
    assert output.read(part.name) == b"as good as the other\n"
    assert (record.bytes, record.sha256) == (21, sha256(b"as good as the other\n").hexdigest())


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_failing_model_leaves_nothing(
    inputs: Path,
    settings: Settings,
    pipeline: Pipeline,
    output: Storage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise EngineFailure("the model failed: run `modsvc verify`")

    plan = planned(inputs, settings)
    monkeypatch.setattr(Pipeline, "decide_batch", fail)
    part = next(plan.parts())
    with pytest.raises(EngineFailure):
        write_part(pipeline, part, output)
    assert output.names("") == []


def test_rows_that_come_while_it_is_scored_are_noticed(
    inputs: Path, settings: Settings, pipeline: Pipeline, output: Storage
) -> None:
    plan = planned(inputs, settings)
    changed = next(plan.parts())
    with (inputs / plan.files[0].name).open("ab") as stream:
        stream.write(b'\n{"text": "late"}')
    with pytest.raises(InputError, match="changed while"):
        write_part(pipeline, changed, output)


def test_a_run_goes_on_only_where_its_results_fit(
    inputs: Path, settings: Settings, output: Storage, tiny_artifact: Path, tmp_path: Path
) -> None:
    plan = planned(inputs, settings)
    found = find_inputs(str(inputs), "decisions", None)
    with pytest.raises(NotFound):
        read_plan(output, found, plan.decided)
    begin(plan, output)
    assert read_plan(output, found, plan.decided) == plan
    with pytest.raises(InputError, match="empty --output"):
        begin(plan, output)

    other = copytree(tiny_artifact, tmp_path / "other")
    reseal(other, model_version="tiny-2")
    changed = pack(Settings(model_dir=other), None)[1]
    with pytest.raises(InputError, match="model_version"):
        read_plan(output, found, changed)
    with pytest.raises(InputError, match="language"):
        read_plan(output, found, pack(settings, "es")[1])
    (inputs / "new.jsonl").write_text('{"text": "a"}', encoding="utf-8")
    with pytest.raises(InputError, match=r"new\.jsonl"):
        read_plan(output, find_inputs(str(inputs), "decisions", None), plan.decided)


def test_a_manifest_is_not_written_while_rows_lack(
    inputs: Path, settings: Settings, pipeline: Pipeline, output: Storage
) -> None:
    plan = planned(inputs, settings)
    with pytest.raises(InputError, match="run it again"):
        finish(plan, output, [write_part(pipeline, next(plan.parts()), output)])
    assert MANIFEST not in output.names("")


def test_the_policy_travels_and_secrets_do_not(tiny_artifact: Path, tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text(
        "schema_version: 1\nversion: mild\n"
        "thresholds:\n  misogyny:\n    '*': {review: 0.99, withhold: null}\n",
        encoding="utf-8",
    )
    secret = "0f9e8d7c6b5a49382716fedcba987654"
    settings = Settings(
        model_dir=tiny_artifact,
        policy_file=policy,
        secret_key=secret,
        database_url=f"postgresql://u:{secret}@h/d",
    )
    parcel, told = pack(settings, None)
    assert told.policy_version.startswith("mild+")
    assert secret not in repr(parcel)
    policy.unlink()
    assert unpack(parcel, 1).policy.version == told.policy_version


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("nowhere", "no file"),
        ("empty", "no file"),
        ("nosuch://a/b", "nosuch"),
        ("no-*.csv", "no file"),
    ],
)
def test_inputs_that_are_not_there_are_told(tmp_path: Path, given: str, said: str) -> None:
    (tmp_path / "empty").mkdir()
    place = given if "://" in given else str(tmp_path / given)
    with pytest.raises(InputError, match=said):
        find_inputs(place, "out", None)


def test_a_pattern_and_a_single_file_are_inputs_too(inputs: Path) -> None:
    def names(source: str, target: str = "out") -> list[str]:
        return [f"{one.name} {one.written}" for one in find_inputs(source, target, None)]

    assert names(f"{inputs}/dt=*/*.csv", "out.parquet") == ["dt=2026-01-01/b.csv parquet"]
    assert names(f"{inputs}/dt=2026-01-02/c.txt") == ["c.txt jsonl"]
