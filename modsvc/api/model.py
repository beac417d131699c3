"""`/v1/admin/model`: which models are loaded, changing the one that answers, and the shadow.

In: names of model folders. Out: what is loaded now. Which folders may be named is left to
`modsvc.rollout.places`, everything that is done with them to its neighbours.
"""

from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request

from modsvc.api.deps import Service, service_of
from modsvc.api.openapi import problem_response
from modsvc.api.policy import CallerOfAdmin
from modsvc.api.schemas_model import ModelAnswer, ModelChange
from modsvc.rollout.places import folder_below
from modsvc.rollout.tenures import Tenure
from modsvc.store import shadows, wire
from modsvc.store.shadows import Tally

router = APIRouter(prefix="/v1/admin/model", tags=["model"])

_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    404: problem_response("There is no such model folder."),
    409: problem_response("Another change is under way or on probation, or nothing would change."),
    422: problem_response("The request is not valid, or the model failed a check."),
    503: problem_response("The change could not be put on record, so nothing was changed."),
}


@router.get("", summary="Which models are loaded")
def get_model(request: Request, caller: CallerOfAdmin) -> ModelAnswer:
    """What answers, what did before, and what scores in the shadow, in this process."""
    return _answer(service_of(request))


@router.post("", summary="Change the model, go back, or set the shadow", responses=_RESPONSES)
def post_model(request: Request, body: ModelChange, caller: CallerOfAdmin) -> ModelAnswer:
    """Answers when it is done. What fails changes nothing, and the answer says what failed."""
    service = service_of(request)
    root = service.settings.models_root
    if body.path is not None:
        service.swaps.swap(folder_below(root, body.path), actor=caller.actor)
    elif body.rollback:
        service.swaps.go_back(actor=caller.actor)
    elif body.shadow is None:
        service.shadow.stop(actor=caller.actor)
    else:
        asked = body.shadow
        share = service.settings.shadow_share if asked.share is None else asked.share
        service.shadow.start(folder_below(root, asked.path), share, actor=caller.actor)
    return _answer(service)


def _answer(service: Service) -> ModelAnswer:
    swaps = service.swaps
    failed, previous, until = swaps.failed, swaps.previous, swaps.probation_until
    return ModelAnswer.model_validate(
        {
            "active": _tenure(swaps.active),
            "previous": previous
            and {**_tenure(previous), "kept_until": None if until is None else wire.iso(until)},
            "shadow": _shadow(service),
            "failed": failed
            and {
                "folder": str(failed.folder),
                "at": wire.iso(failed.at),
                "by": failed.actor,
                "reason": failed.reason,
            },
        }
    )


def _shadow(service: Service) -> dict[str, Any] | None:
    at_work = service.shadow.at_work
    if at_work is None:
        return None
    with service.database.reading() as session:
        found = shadows.of_pair(session, service.swaps.active.version, at_work.tenure.version)
    return {
        **_tenure(at_work.tenure),
        "share": at_work.share,
        **at_work.numbers,
        "by_language": {language: _effect(tally) for language, tally in found.items()},
    }


def _tenure(tenure: Tenure) -> dict[str, str]:
    return {
        "version": tenure.version,
        "folder": str(tenure.folder),
        "since": wire.iso(tenure.since),
        "by": tenure.actor,
    }


def _effect(tally: Tally) -> dict[str, Any]:
    return {
        "texts": tally.texts,
        "same": tally.same,
        "more": tally.more,
        "fewer": tally.fewer,
        "other": tally.other,
        "mean_difference": round(tally.mean_difference or 0.0, 6),
        "histogram": tally.histogram,
    }
