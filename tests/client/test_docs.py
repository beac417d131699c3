"""Every example of docs/client.md runs as it stands there."""

import re
from pathlib import Path

import pytest

from modsvc.app import create_app
from modsvc.client.connection import (
    API_KEY,
    DEFAULT_ATTEMPT_S,
    DEFAULT_MAX_BODY_BYTES,
    DEFAULT_MAX_ITEMS,
    DEFAULT_TIMEOUT_S,
    DEFAULT_URL,
)
from modsvc.settings import Settings
from tests.api.serving import make_settings, on_socket

PAGE = (Path(__file__).parents[2] / "docs" / "client.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_every_example_runs(
    tiny_artifact: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(API_KEY, raising=False)
    assert len(EXAMPLES) > 5
    with on_socket(create_app(make_settings(tiny_artifact))) as url:
        for number, example in enumerate(EXAMPLES):
            code = compile(example.replace(DEFAULT_URL, url), f"example {number}", "exec")
            exec(code, {"__name__": "__main__"})
    shown = capsys.readouterr().out
    assert "413 urn:modsvc:problem:too-large" in shown
    assert "There is no such content" in shown


def test_the_limits_of_the_page_are_those_of_client_and_service() -> None:
    assert f"`attempt_timeout` ({DEFAULT_ATTEMPT_S:g} s" in PAGE
    assert f"`timeout` ({DEFAULT_TIMEOUT_S:g} s)" in PAGE
    fields = Settings.model_fields
    assert fields["max_items"].default == DEFAULT_MAX_ITEMS
    assert fields["max_body_bytes"].default == DEFAULT_MAX_BODY_BYTES
    assert fields["deadline_s"].default < DEFAULT_ATTEMPT_S
    assert f"http://{fields['host'].default}:{fields['port'].default}" == DEFAULT_URL
