"""A desk with a past: texts that came in, and what people said of them, without their clicks."""

from datetime import timedelta

from fastapi import FastAPI

from modsvc.api.deps import Service
from modsvc.review import accounts
from modsvc.store import contents, decisions
from modsvc.store.columns import new_id, utcnow
from modsvc.store.contents import Draft
from modsvc.store.tables import Account
from tests.review.desk import Desk
from tests.store.rows import decision


def desk_of(app: FastAPI, **ago: float) -> Desk:
    """The desk of the application, so long ago."""
    service: Service = app.state.service
    return Desk(service.database, now=utcnow() - timedelta(**ago))


def account(desk: Desk, name: str) -> Account:
    """Somebody who is there already."""
    with desk.database.reading() as session:
        return accounts.named(session, name)


def allow(desk: Desk, language: str, *probabilities: float) -> None:
    """Texts that the policy let through."""
    with desk.database.transaction() as session:
        for probability in probabilities:
            draft = Draft(content_id=new_id(), text="Hello")
            content = contents.put(session, draft, actor="key").content
            session.flush()
            fields = {"language": language, "probability": probability, "decided_at": desk.now}
            decisions.record(session, decision(content.id, action="allow", **fields))
