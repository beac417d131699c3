"""`doNotStore` is obeyed, whether it is sent or not: no dialect stores, logs or queues anything."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from modsvc.app import create_app
from modsvc.store.tables import Base
from tests.api.serving import make_settings, on_socket

SECRET = "hateword neighbour quixotic"
PARTS = [{"type": "text", "text": SECRET}]
ATTRIBUTES = {"TOXICITY": {}}

SENT: tuple[tuple[str, dict[str, Any]], ...] = (
    *(
        (
            "/v1alpha1/comments:analyze",
            {"comment": {"text": SECRET}, "requestedAttributes": ATTRIBUTES, **more},
        )
        for more in ({"doNotStore": True}, {"doNotStore": False}, {})
    ),
    (
        "/v1alpha1/comments:suggestscore",
        {
            "comment": {"text": SECRET},
            "attributeScores": {"TOXICITY": {"summaryScore": {"value": 1}}},
        },
    ),
    ("/v1/moderations", {"input": SECRET}),
    ("/v1/moderations", {"input": PARTS}),
    ("/predict", {"inputs": SECRET}),
    ("/classify", {"input": [SECRET]}),
)


def rows(app: FastAPI) -> dict[str, int]:
    with app.state.service.database.reading() as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }


def test_what_is_sent_leaves_no_row_no_byte_and_no_word_in_the_log(
    tiny_artifact: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    settings = make_settings(tiny_artifact)
    app = create_app(settings)
    before = rows(app)
    with on_socket(app) as url, httpx.Client(base_url=url, timeout=60) as client:
        for path, body in SENT:
            answer = client.post(path, params={"key": "modsvc_secretkey"}, json=body)
            assert answer.status_code == 200, answer.text
        after = rows(app)
    assert after == before
    files = [path for path in settings.data_dir.rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if b"quixotic" in path.read_bytes()]
    logged = "".join(capfd.readouterr())
    assert "request" in logged
    assert "quixotic" not in logged
    assert "secretkey" not in logged
