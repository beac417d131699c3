"""`/v1/admin/policies`: draft, compare, back-test, activate and roll back policies.

In: documents and versions. Out: versions, differences and effects. What a version means is
left to `modsvc.policy`, how it comes into force to `modsvc.ingest.policies`.
"""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from modsvc.api.deps import service_of
from modsvc.api.openapi import problem_response
from modsvc.api.schemas_admin import (
    BacktestAnswer,
    BacktestRequest,
    PolicyDiff,
    PolicyDraft,
    PolicyFull,
    PolicyList,
    PolicySummary,
)
from modsvc.api.schemas_content import PLAIN
from modsvc.api.security import Caller, Needs
from modsvc.errors import StoreError
from modsvc.ingest.backtest import Effect, backtest
from modsvc.ingest.policies import changes
from modsvc.store import policies as rows
from modsvc.store import wire
from modsvc.store.tables import PolicyVersion

router = APIRouter(prefix="/v1/admin/policies", tags=["policies"])

CallerOfAdmin = Annotated[Caller, Depends(Needs("admin"))]
Version = Annotated[
    str,
    Path(max_length=255, pattern=PLAIN, description="As `GET /v1/admin/policies` says."),
]

_ABSENT: Final[dict[int | str, dict[str, Any]]] = {
    404: problem_response("There is no such version."),
    422: problem_response("The request is not valid, or the policy is not."),
}
_CONFLICT: Final[dict[int | str, dict[str, Any]]] = {
    **_ABSENT,
    409: problem_response("It is active already, or there is none to go back to."),
}
_DRAFTED: Final[dict[int | str, dict[str, Any]]] = {
    200: {"model": PolicySummary, "description": "A kept version says the same: it is that one."},
    422: problem_response("The request is not valid, or the policy is not."),
}


@router.get("", summary="All policy versions")
def list_policies(request: Request, caller: CallerOfAdmin) -> PolicyList:
    """The newest first; one of them is active."""
    with service_of(request).database.reading() as session:
        found = rows.newest_first(session)
    return PolicyList.model_validate({"policies": [_summary(row) for row in found]})


@router.post("", status_code=201, summary="Draft a policy", responses=_DRAFTED)
def draft_policy(
    request: Request, response: Response, body: PolicyDraft, caller: CallerOfAdmin
) -> PolicySummary:
    """Check a document and keep it. One that says the same as a kept one is that one (200)."""
    service = service_of(request)
    kept = service.writer.submit(
        lambda session: service.policies.draft(
            session, body.document, author=caller.actor, note=body.note
        )
    ).result()
    if not kept.created:
        response.status_code = 200
    return PolicySummary.model_validate(_summary(kept.policy))


@router.post("/rollback", summary="Go back to the policy before", responses=_CONFLICT)
def roll_back_policy(request: Request, caller: CallerOfAdmin) -> PolicySummary:
    """Let the version hold that held before the active one; twice goes back by two."""
    service = service_of(request)
    version = service.writer.submit(
        lambda session: service.policies.roll_back(session, actor=caller.actor)
    ).result()
    service.policies.refresh()
    return _read(request, version)


@router.get("/{version}", summary="One policy version, with its document", responses=_ABSENT)
def get_policy(request: Request, version: Version, caller: CallerOfAdmin) -> PolicyFull:
    """As it was written."""
    with service_of(request).database.reading() as session:
        row = rows.get(session, version)
        return PolicyFull.model_validate({**_summary(row), "document": row.document})


@router.get("/{version}/diff", summary="What a version says otherwise", responses=_ABSENT)
def diff_policy(
    request: Request,
    version: Version,
    caller: CallerOfAdmin,
    against: Annotated[
        str | None,
        Query(
            max_length=255, pattern=PLAIN, description="Another version; without, the active one."
        ),
    ] = None,
) -> PolicyDiff:
    """Every difference, by its place in the document."""
    with service_of(request).database.reading() as session:
        before = against or rows.active_version(session)
        if before is None:
            raise StoreError("No policy is active: name the version to compare with.")
        found = [
            {"at": change.at, "before": change.before, "after": change.after}
            for change in changes(session, before, version)
        ]
    return PolicyDiff.model_validate({"before": before, "after": version, "changes": found})


@router.post("/{version}/backtest", summary="What a version would have decided", responses=_ABSENT)
def backtest_policy(
    request: Request, version: Version, body: BacktestRequest, caller: CallerOfAdmin
) -> BacktestAnswer:
    """Judge stored decisions again; nothing is changed by it."""
    service = service_of(request)
    with service.database.reading() as session:
        effects = backtest(
            session,
            service.policies.compiled(session, version),
            lambda name: service.policies.compiled(session, name),
            since=body.since,
            limit=body.limit,
        )
    return BacktestAnswer.model_validate(
        {
            "version": version,
            "decisions": sum(effect.decisions for effect in effects.values()),
            "changed": sum(effect.changed for effect in effects.values()),
            "by_language": {name: _effect(effects[name]) for name in sorted(effects)},
        }
    )


@router.post("/{version}/activate", summary="Let a policy hold", responses=_CONFLICT)
def activate_policy(request: Request, version: Version, caller: CallerOfAdmin) -> PolicySummary:
    """From the next decision on, in every process of this service within seconds."""
    service = service_of(request)
    service.writer.submit(
        lambda session: service.policies.activate(session, version, actor=caller.actor)
    ).result()
    service.policies.refresh()
    return _read(request, version)


def _read(request: Request, version: str) -> PolicySummary:
    with service_of(request).database.reading() as session:
        return PolicySummary.model_validate(_summary(rows.get(session, version)))


def _summary(row: PolicyVersion) -> dict[str, Any]:
    return {
        "version": row.version,
        "state": row.state,
        "author": row.author,
        "note": row.note,
        "sha256": row.sha256,
        "created_at": wire.iso(row.created_at),
        "activated_at": None if row.activated_at is None else wire.iso(row.activated_at),
    }


def _effect(effect: Effect) -> dict[str, Any]:
    return {
        "decisions": effect.decisions,
        "changed": effect.changed,
        "without_text": effect.without_text,
        "changes": dict(effect.changes.most_common()),
        "examples": [
            {
                "id": example.content_id,
                "community": example.community,
                "version": example.version,
                "before": example.before,
                "after": example.after,
            }
            for example in effect.examples
        ],
    }
