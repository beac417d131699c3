"""`modsvc score --engine ray`: a backlog of files, on as many machines as a Ray cluster has.

In: settings, where the texts are, where the decisions go, and how the cluster is to be used. Out:
files of decisions, part by part, and the number of rows and of error rows. It may be run again
after whatever happened: what is committed is not done again, and what is not is.
"""

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

from modsvc import errors
from modsvc.backlog.cuts import cut_input
from modsvc.backlog.formats import Format
from modsvc.backlog.inputs import Input, absolute, find_inputs
from modsvc.backlog.parcel import Parcel, pack
from modsvc.backlog.parts import begin, finish, read_plan, read_record, undone
from modsvc.backlog.plan import Decided, Part, Plan
from modsvc.backlog.progress import progress
from modsvc.backlog.scoring import Totals
from modsvc.errors import InputError, NotFound
from modsvc.registry.storage import Storage
from modsvc.settings import Settings

#: Starts a cluster on this machine alone, for the time of the run.
LOCAL: Final = "local"

#: Ray keeps a little about each block; more parts than this share one.
_BLOCKS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Cluster:
    """Which cluster, and how it is used.

    `actors` of `cores` threads each score at the same time, as many as there are cores for None; a
    part has at most `rows` rows.
    """

    address: str | None
    actors: int | None
    cores: int
    rows: int


def score_backlog(
    settings: Settings,
    source: str,
    target: str,
    fmt: Format | None,
    language: str | None,
    cluster: Cluster,
) -> Totals:
    """Score every row below `source` into files below `target`.

    Raises InputError, ArtifactError, PolicyError, EngineFailure or RegistryError; what is committed
    until then stays.
    """
    parcel, decided = pack(settings, language)
    inputs = find_inputs(source, target, fmt)
    if f"{absolute(target)}/".startswith(f"{absolute(source)}/"):
        raise InputError("--output is in --input, whose files it would be: name another folder.")
    output = Storage(absolute(target))
    plan = _begun(output, inputs, decided)
    todo = [] if plan is None else undone(plan, output)
    if plan is None or todo:
        with _connected(cluster):
            if plan is None:
                plan = _planned(inputs, decided, output, cluster.rows)
                todo = list(plan.parts())
            with progress(plan.rows, plan.rows - sum(part.piece.rows for part in todo)) as advance:
                for rows in _scored(parcel, todo, output.url, cluster):
                    advance(rows)
    manifest = finish(plan, output, [read_record(output, part) for part in plan.parts()])
    return Totals(manifest.rows, manifest.errors)


def _begun(output: Storage, inputs: Sequence[Input], decided: Decided) -> Plan | None:
    """The plan of a run before this one."""
    with suppress(NotFound):
        return read_plan(output, inputs, decided)
    return None


def _planned(inputs: Sequence[Input], decided: Decided, output: Storage, rows: int) -> Plan:
    """A new plan, which the output begins with."""
    import ray

    task = ray.remote(cut_input)
    with _explained():
        pieces = ray.get([task.remote(file, rows) for file in inputs])
    plan = Plan.of(inputs, pieces, decided)
    begin(plan, output)
    return plan


def _scored(parcel: Parcel, parts: Sequence[Part], output: str, cluster: Cluster) -> Iterator[int]:
    """Have the parts, at least one, scored; the rows of each as it is committed."""
    import ray.data

    from modsvc.backlog.worker import PART, Scorer

    nodes: list[dict[str, Any]] = ray.nodes()  # type: ignore[no-untyped-call]
    there = sum(node["Resources"].get("CPU", 0) // cluster.cores for node in nodes)
    most = min(cluster.actors or max(1, int(there)), len(parts))
    items = [{"part": PART.dump_json(part).decode()} for part in parts]
    scored = ray.data.from_items(items, override_num_blocks=min(len(items), _BLOCKS)).map_batches(
        Scorer,
        batch_size=1,
        num_cpus=cluster.cores,
        # All at once: Ray adds to fewer only where it sees work pile up. One that is left will do.
        compute=ray.data.ActorPoolStrategy(min_size=1, max_size=most, initial_size=most),
        fn_constructor_args=(ray.put(parcel), output, cluster.cores),
    )
    with _explained():
        for part in scored.iter_rows():
            if part["failure"]:
                kind, _, message = part["failure"].partition(": ")
                raise getattr(errors, kind)(message)
            yield int(part["rows"])


@contextmanager
def _connected(cluster: Cluster) -> Iterator[None]:
    # Nothing leaves the machines but what is asked for: Ray would tell its makers of its use.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise InputError(
            "--engine ray needs Ray: install it with `pip install 'modsvc[ray]'`."
        ) from error
    address = cluster.address or os.environ.get("RAY_ADDRESS") or LOCAL
    dashboard = False if address == LOCAL else None
    try:
        ray.init(
            address,
            include_dashboard=dashboard,
            log_to_driver=False,
            logging_level=logging.ERROR,
        )
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise InputError(
            f"There is no Ray cluster at {address} ({type(error).__name__}): start one with `ray "
            "start --head`, or leave --address out."
        ) from error
    ray.data.DataContext.get_current().enable_progress_bars = False
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    try:
        yield
    finally:
        ray.shutdown()


@contextmanager
def _explained() -> Iterator[None]:
    import ray.exceptions

    try:
        yield
    except ray.exceptions.RayError as error:
        # What a task of ours raised is in it.
        cause = getattr(error, "cause", None)
        if isinstance(cause, errors.ModsvcError):
            raise cause from error
        raise errors.EngineFailure(
            f"Ray gave up ({type(error).__name__}): see its logs, then run the same command again; "
            "what is committed is not scored again."
        ) from error
