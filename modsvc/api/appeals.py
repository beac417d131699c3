"""`/v1/appeals`: somebody objects to what holds for a text, and learns what came of it.

In: an appellant's words, or an appeal's id. Out: the appeal and its outcome. Who looks again, and
what follows, is left to `modsvc.review`; telling it without being asked to the webhooks.
"""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path
from sqlalchemy.orm import Session
from starlette.requests import Request

from modsvc.api.content import ABSENT, CallerOfIngest
from modsvc.api.deps import service_of
from modsvc.api.openapi import problem_response
from modsvc.api.schemas_appeals import AppealAnswer, AppealDraft
from modsvc.api.schemas_content import PLAIN
from modsvc.errors import NotFound
from modsvc.review import appeals
from modsvc.review.outcome import text_of
from modsvc.store import contents, wire

router = APIRouter(prefix="/v1/appeals", tags=["appeals"])

_UNKNOWN: Final = "There is no such appeal."

_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    403: problem_response("Nothing is decided yet, an appeal waits already, or the text is gone."),
    404: problem_response(ABSENT),
    422: problem_response("The body is of another shape."),
}


@router.post("", status_code=201, summary="Appeal against what holds", responses=_RESPONSES)
async def post_appeal(request: Request, body: AppealDraft, caller: CallerOfIngest) -> AppealAnswer:
    """Have somebody who has not seen the text look at it, with the appellant's words."""
    community = caller.community_or(body.community)

    def start(session: Session) -> dict[str, Any]:
        content = contents.get(session, community, body.content_id)
        if content is None:
            raise NotFound(ABSENT)
        made = appeals.start(
            session, content.id, body.words, actor=caller.actor, contact=body.contact
        )
        return wire.appeal_json(made, content)

    return AppealAnswer.model_validate(await service_of(request).writer.run(start))


@router.get(
    "/{appeal}",
    summary="An appeal and its outcome",
    responses={404: problem_response(_UNKNOWN), 422: problem_response("A parameter is wrong.")},
)
def get_appeal(
    request: Request,
    appeal: Annotated[str, Path(max_length=36, pattern=PLAIN)],
    caller: CallerOfIngest,
) -> AppealAnswer:
    """Without the appellant's words."""
    with service_of(request).database.reading() as session:
        found = appeals.get(session, appeal)
        content = text_of(session, found.content)
    if caller.community not in (None, content.community):
        raise NotFound(_UNKNOWN)
    return AppealAnswer.model_validate(wire.appeal_json(found, content))
