"""Which version answers, and how that came about.

In: versions and decisions of people. Out: a history of `Promotion`s that is only ever added to.
The champion is what its last line says, so pointer and history cannot disagree: a change is one
new file, `promotions/<number>.json`, and of two people who decide at the same time the second is
told. Making the comparison that a promotion needs is left to `python -m eval gate`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from modsvc.errors import Conflict, InputError, PromotionRefused
from modsvc.registry import versions
from modsvc.registry.records import (
    CHAMPION,
    PREVIOUS,
    Promotion,
    Verdict,
    Version,
    parsed,
    verdict_in,
)
from modsvc.registry.storage import Storage

_FOLDER: Final = "promotions"


def history(storage: Storage) -> list[Promotion]:
    """Every promotion and rollback, the oldest first."""
    paths = [f"{_FOLDER}/{name}" for name in storage.names(_FOLDER)]
    return [parsed(Promotion, storage.read(path), path) for path in paths]


def line_of(past: list[Promotion]) -> list[str]:
    """The champions that a rollback would go back through; the present one is the last."""
    line: list[str] = []
    for one in past:
        if one.action == "promote":
            line.append(one.version)
        else:
            line.pop()
    return line


def resolve(storage: Storage, name: str) -> Version:
    """A version by its name, or by `champion` or `previous`. Raises NotFound, Conflict."""
    if name not in (CHAMPION, PREVIOUS):
        return versions.get(storage, name)
    line = line_of(history(storage))
    place = 1 if name == CHAMPION else 2
    if len(line) < place:
        raise Conflict(f"There is no {name} yet: promote a version with `modsvc models promote`.")
    return versions.get(storage, line[-place])


def verdicts(
    reports: Mapping[str, bytes], challenger: Version, champion: Version
) -> dict[str, Verdict]:
    """What gates said of just these two, by the names of their reports among the challenger's."""
    found = {name: verdict_in(data) for name, data in reports.items()}
    sides = (challenger.manifest_sha256, champion.manifest_sha256)
    return {
        name: one
        for name, one in found.items()
        if one is not None
        and (one.challenger.manifest_sha256, one.champion.manifest_sha256) == sides
    }


def promote(
    storage: Storage, version: str, *, by: str, reason: str = "", force: bool = False
) -> Promotion:
    """Let a version answer from now on.

    Raises PromotionRefused without a gate that it passed against the present champion, unless it
    is the first one, or with `force`, which needs a reason (InputError); Conflict where it answers
    already or somebody else was quicker.
    """
    challenger = versions.get(storage, version)
    past = history(storage)
    line = line_of(past)
    if line and line[-1] == challenger.version:
        raise Conflict(f"{challenger.version} is the champion already.")
    if force and not reason.strip():
        raise InputError("To promote in spite of the gate say why, with --reason: it is kept.")
    gate = None
    if line and not force:
        gate = _passed(storage, challenger, versions.get(storage, line[-1]))
    return _decided(
        storage,
        past,
        Promotion(
            number=len(past) + 1,
            action="promote",
            version=challenger.version,
            before=line[-1] if line else None,
            at=datetime.now(UTC),
            by=by,
            reason=reason,
            gate=gate,
            forced=force,
        ),
    )


def rollback(storage: Storage, *, by: str, reason: str) -> Promotion:
    """Let the champion before answer again. Raises Conflict where there was none."""
    past = history(storage)
    line = line_of(past)
    if len(line) < 2:
        raise Conflict("There is no champion to go back to: see `modsvc models history`.")
    return _decided(
        storage,
        past,
        Promotion(
            number=len(past) + 1,
            action="rollback",
            version=line[-2],
            before=line[-1],
            at=datetime.now(UTC),
            by=by,
            reason=reason,
        ),
    )


def _passed(storage: Storage, challenger: Version, champion: Version) -> str:
    """The name of the report that allows the promotion. Raises PromotionRefused."""
    found = verdicts(versions.reports(storage, challenger.version), challenger, champion)
    for name, one in found.items():
        if one.passed:
            return name
    if found:
        why = [reason for one in found.values() for reason in one.reasons]
        raise PromotionRefused(
            f"{challenger.version} did not pass the gate against {champion.version}: "
            f"{'; '.join(why)}. To promote it all the same, --force with --reason."
        )
    raise PromotionRefused(
        f"{challenger.version} has no gate report against the champion {champion.version}: run "
        f"`python -m eval gate`, then `modsvc models attach {challenger.version} gate.json`."
    )


def _decided(storage: Storage, past: list[Promotion], one: Promotion) -> Promotion:
    path = f"{_FOLDER}/{one.number:08d}.json"
    try:
        storage.create(path, one.model_dump_json(indent=1).encode())
    except FileExistsError:
        raise Conflict(
            "Somebody else has decided meanwhile, and nothing was changed: see "
            "`modsvc models history`, then decide again."
        ) from None
    return one
