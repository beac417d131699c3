"""An operator configures the service by environment and file."""

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from modsvc.settings import CONFIG_FILE, PREFIX, load_settings


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)


def test_by_default_only_this_machine_is_served() -> None:
    settings = load_settings()
    assert (settings.host, settings.port) == ("127.0.0.1", 8080)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("modsvc.toml", 'port = 9000\nmax_items = 5\nlog_level = "error"\n'),
        ("modsvc.env", "MODSVC_PORT=9000\nMODSVC_MAX_ITEMS=5\nMODSVC_LOG_LEVEL=error\n"),
    ],
)
def test_arguments_win_over_environment_over_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: str
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    monkeypatch.setenv(CONFIG_FILE, str(tmp_path / name))
    monkeypatch.setenv("MODSVC_MAX_ITEMS", "6")
    settings = load_settings(log_level="debug", host=None)
    assert (settings.port, settings.max_items, settings.log_level) == (9000, 6, "debug")
    assert settings.host == "127.0.0.1"


def test_a_misspelt_setting_in_the_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "modsvc.toml"
    path.write_text("prot = 9000\n", encoding="utf-8")
    monkeypatch.setenv(CONFIG_FILE, str(path))
    with pytest.raises(ValidationError, match="prot"):
        load_settings()


def test_a_file_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CONFIG_FILE, "nowhere.toml")
    with pytest.raises(FileNotFoundError, match=CONFIG_FILE):
        load_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "65536"), ("MAX_ITEMS", "0"), ("DEADLINE_S", "0"), ("LOG_LEVEL", "loud")],
)
def test_values_out_of_range_are_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(PREFIX + name, value)
    with pytest.raises(ValidationError, match=name.lower()):
        load_settings()
