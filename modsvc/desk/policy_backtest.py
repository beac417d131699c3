"""Trying a policy out: what it would have made of what was decided already.

In: a version and a period. Out: a page with counts by language and change, and examples. Deciding
again is left to `modsvc.ingest.backtest`; nothing is changed by it.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from modsvc.api.deps import service_of
from modsvc.desk.guard import OVERSEES, RUNS
from modsvc.desk.pages import render
from modsvc.desk.period import whole_days
from modsvc.desk.policies import Version
from modsvc.desk.veil import Piece, pieces, places
from modsvc.ingest.backtest import DEFAULT_LIMIT, Effect, backtest
from modsvc.policy.decide import ACTIONS
from modsvc.review.sessions import Visitor
from modsvc.store import policies as rows
from modsvc.store.columns import utcnow
from modsvc.store.tables import Content, Decision

router = APIRouter(prefix="/policies")

#: The period that is proposed.
_DAYS: Final = 30

#: Every way in which an action can become another one, as `Effect.changes` calls it.
CHANGES: Final = tuple(
    f"{before} → {after}" for before in ACTIONS for after in ACTIONS if before != after
)


@router.get("/{version}/backtest")
def try_out(
    request: Request,
    visitor: Annotated[Visitor, Depends(OVERSEES)],
    version: Version,
    since: Annotated[date | None, Query()] = None,
    until: Annotated[date | None, Query()] = None,
) -> Response:
    """The form; with a period (both days included), what would be otherwise."""
    service, today = service_of(request), utcnow().date()
    shown: dict[str, Any] = {
        "since": since or today - timedelta(days=_DAYS),
        "until": until or today,
        "most": DEFAULT_LIMIT,
        "result": None,
        "may_change": visitor.account.role in RUNS.roles,
    }
    with service.database.reading() as session:
        shown["policy"] = rows.get(session, version)
        if since is not None:
            begin, end = whole_days(since, shown["until"])
            effects = backtest(
                session,
                service.policies.compiled(session, version),
                lambda name: service.policies.compiled(session, name),
                since=begin,
                until=end,
            )
            shown["result"] = _result(session, effects)
    return render(request, "policy_backtest.html", shown)


def _result(session: Session, effects: Mapping[str, Effect]) -> dict[str, Any]:
    """Effects by language, those with the most decisions first, and the examples' texts."""
    ordered = sorted(effects.items(), key=lambda pair: (-pair[1].decisions, pair[0]))
    happened = {change for effect in effects.values() for change in effect.changes}
    wanted = [example.content for effect in effects.values() for example in effect.examples]
    return {
        "effects": dict(ordered),
        "changes": [change for change in CHANGES if change in happened],
        "texts": _texts(session, wanted),
        "decisions": sum(effect.decisions for effect in effects.values()),
        "changed": sum(effect.changed for effect in effects.values()),
        "without_text": sum(effect.without_text for effect in effects.values()),
    }


def _texts(session: Session, contents: Sequence[str]) -> dict[str, list[Piece]]:
    """The texts of these contents that are not erased, with what weighs in them to be masked."""
    query = (
        select(Content.id, Content.text, Decision.spans)
        .join(Decision, Decision.content == Content.id)
        .where(Content.id.in_(contents), Content.text.is_not(None))
    )
    return {
        name: pieces(text or "", places(spans), places(spans))
        for name, text, spans in session.execute(query)
    }
