"""`/v1/authors`: forgetting all that somebody wrote.

In: an author's id, as the platform sent it. Out: how many texts were erased. The id itself is
stored nowhere; its keyed hash finds the texts (`modsvc.store.contents`).
"""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.convertors import PathConvertor, register_url_convertor
from starlette.requests import Request

from modsvc.api.content import CallerOfIngest, CommunityName
from modsvc.api.deps import service_of
from modsvc.api.openapi import problem_response
from modsvc.api.schemas_content import Erased
from modsvc.store import erasure


class _Anything(PathConvertor):
    """Of a path, the rest with line breaks too: who was let in under such a name is let go."""

    regex = "(?s:.*)"


register_url_convertor("anything", _Anything())

router = APIRouter(tags=["content"])


@router.delete(
    "/v1/authors/{author_id:anything}",
    summary="Erase the words of all texts of an author",
    responses={422: problem_response("A parameter is wrong.")},
)
async def delete_author(
    request: Request,
    author_id: Annotated[str, Path(min_length=1, max_length=255, description="Yours.")],
    caller: CallerOfIngest,
    community: CommunityName = None,
) -> Erased:
    """In one community; without one in all that the key is good for. See the erasure of a text."""
    service = service_of(request)
    where = (
        None if community is None and caller.community is None else caller.community_or(community)
    )
    erased = await service.writer.run(
        lambda session: erasure.erase_author(
            session, author_id, actor=caller.actor, community=where
        )
    )
    if erased:
        await asyncio.to_thread(service.database.scrub)
    return Erased(erased=erased)
