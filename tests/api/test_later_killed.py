"""`kill -9` while texts wait for their decisions: all of them get one, and none gets two."""

import time
from collections import Counter
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from eval.bench.servers import HOST
from eval.load.service import Service
from modsvc.store.database import Database
from modsvc.store.tables import Content, Decision, Item, Waiting
from modsvc.store.verify import verify
from tests.tiny_artifact import TRIGGERS

TEXTS, AT_ONCE = 512, 128

#: So long that deciding takes longer than accepting.
LONG = " women" * 400


@pytest.mark.slow
def test_what_was_accepted_is_decided_on_after_a_kill(
    tiny_artifact: Path, bare_url: str, tmp_path: Path
) -> None:
    service = Service(tiny_artifact, tmp_path, bare_url, settings={"THREADS": 1})
    try:
        service.start()
        service.wait()
        database = Database.open(tmp_path, bare_url, service.environment["MODSVC_SECRET_KEY"])
        accepted = send(service.port)
        service.kill()
        assert count(database, Waiting) > 0
        assert count(database, Content) == len(accepted) == TEXTS

        service.start()
        service.wait()
        give_up = time.monotonic() + 300
        while count(database, Waiting) and time.monotonic() < give_up:
            service.check()
            time.sleep(0.1)
        assert service.stop() in (0, -15)

        with database.reading() as session:
            assert list(verify(session)) == []
            decided = Counter(session.scalars(select(Decision.content)))
            assert set(decided) == set(session.scalars(select(Content.id)))
            assert set(decided.values()) == {1}
            flagged = list(session.scalars(select(Decision.id).where(Decision.action != "allow")))
            assert len(flagged) == len(range(0, TEXTS, 10))
            assert Counter(flagged) == Counter(session.scalars(select(Item.decision)))
        database.close()
    finally:
        service.stop()


def send(port: int) -> list[str]:
    """Texts, each answered before it is decided on; their ids."""
    accepted = []
    word = TRIGGERS["misogyny"]
    with httpx.Client(base_url=f"http://{HOST}:{port}", timeout=60) as client:
        for first in range(0, TEXTS, AT_ONCE):
            items = [
                {"content_id": f"c{n}", "text": f"{word if n % 10 == 0 else 'hello'} {n}{LONG}"}
                for n in range(first, first + AT_ONCE)
            ]
            answer = client.post(
                "/v1/content", json={"items": items}, headers={"Prefer": "respond-async"}
            )
            assert answer.status_code == 202, answer.text
            accepted += [one["id"] for one in answer.json()["items"]]
            assert {one["status"] for one in answer.json()["items"]} == {"waiting"}
    return accepted


def count(database: Database, table: type[Content | Waiting]) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0
