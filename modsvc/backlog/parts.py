"""The output: its plan, its parts, each written once, and the manifest of all.

In: a plan, its parts, the pipeline, and where the output goes. Out: files, and a `Record` of each.
A part counts from when its record is there; its file and its record are each written whole or not
at all and never over one that is there, so that it may be done twice, also at the same time, and is
there once.
"""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from io import BytesIO
from typing import Final

from pydantic import BaseModel, ConfigDict

from modsvc.backlog.inputs import Input, opened
from modsvc.backlog.plan import Decided, Part, Plan
from modsvc.backlog.readers import read_rows
from modsvc.backlog.scoring import Totals, score_rows
from modsvc.backlog.writers import open_writer
from modsvc.errors import InputError, NotFound
from modsvc.pipeline import Pipeline
from modsvc.registry.storage import Storage

PLAN: Final = "_plan.json"
RECORDS: Final = "_records"
#: Written when every part is there: what waits for the output waits for this.
MANIFEST: Final = "_manifest.json"


class Record(BaseModel):
    """A part that is written. `errors` of its `rows` were malformed."""

    model_config = ConfigDict(frozen=True)

    name: str
    rows: int
    errors: int
    bytes: int
    sha256: str


class Manifest(BaseModel):
    """All of a finished output."""

    model_config = ConfigDict(frozen=True)

    rows: int
    errors: int
    parts: tuple[Record, ...]


def read_plan(output: Storage, inputs: Sequence[Input], decided: Decided) -> Plan:
    """The plan that the output was begun with.

    Raises NotFound where there is none, and InputError where it is not of these inputs, this model
    and this policy.
    """
    plan = Plan.model_validate_json(output.read(PLAN))
    plan.check(inputs, decided)
    return plan


def begin(plan: Plan, output: Storage) -> None:
    """Write the plan. Raises InputError unless the output is empty."""
    try:
        if output.names(""):
            raise FileExistsError
        output.create(PLAN, plan.model_dump_json().encode())
    except FileExistsError:
        raise InputError(
            f"{output.url} has files that no plan tells of, or another run began there just now: "
            "name an empty --output."
        ) from None


def write_part(pipeline: Pipeline, part: Part, output: Storage) -> Record:
    """Score a part and commit it, unless it is.

    Raises InputError where the input is not what was planned, and EngineFailure.
    """
    with suppress(NotFound):
        return read_record(output, part)
    data, totals = _scored(pipeline, part)
    if totals.rows != part.piece.rows:
        raise InputError(f"{part.url} changed while it was scored: begin in another --output.")
    try:
        output.create(part.name, data)
    except FileExistsError:
        # Another process ended before its record, or is about to write it. Its file stays, which
        # another kind of machine may have written in other bytes.
        data = output.read(part.name)
    record = Record(
        name=part.name,
        rows=totals.rows,
        errors=totals.errors,
        bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
    )
    with suppress(FileExistsError):
        output.create(_place(part), record.model_dump_json().encode())
    return record


def _scored(pipeline: Pipeline, part: Part) -> tuple[bytes, Totals]:
    data = BytesIO()
    with opened(part.url, part.token) as stream, open_writer(data, part.written) as write:
        rows = read_rows(stream, part.read, part.language, part.piece)
        *_, totals = Totals(0, 0), *score_rows(pipeline, rows, write)
    return data.getvalue(), totals


def read_record(output: Storage, part: Part) -> Record:
    """What was written of a part. Raises NotFound where it is not done."""
    return Record.model_validate_json(output.read(_place(part)))


def undone(plan: Plan, output: Storage) -> list[Part]:
    """The parts that no run has committed, in order."""
    done = {
        f"{file.name}/{name.removesuffix('.json')}"
        for file in plan.files
        for name in output.names(f"{RECORDS}/{file.name}")
    }
    return [part for part in plan.parts() if part.name not in done]


def finish(plan: Plan, output: Storage, records: Sequence[Record]) -> Manifest:
    """Write the manifest of all parts, unless it is there. Raises InputError where rows lack."""
    manifest = Manifest(
        rows=sum(one.rows for one in records),
        errors=sum(one.errors for one in records),
        parts=tuple(records),
    )
    if manifest.rows != plan.rows:
        raise InputError(
            f"{plan.rows} rows were planned and {manifest.rows} written: run it again."
        )
    with suppress(FileExistsError):
        output.create(MANIFEST, manifest.model_dump_json(indent=1).encode())
    return manifest


def _place(part: Part) -> str:
    return f"{RECORDS}/{part.name}.json"
