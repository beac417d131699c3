"""An operator configures the service by environment and file."""

import os
import random
import secrets
import string
from pathlib import Path

import pytest
from pydantic import ValidationError

from modsvc.settings import CONFIG_FILE, PREFIX, load_settings
from modsvc.weak_secrets import weakness


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


@pytest.mark.parametrize(
    "weak",
    [
        "a" * 64,
        "abcabc" * 8,
        "correct horse battery staple correct horse battery staple",
        "0123456789abcdefghijklmnopqrstuv",
        "zyxwvutsrqponmlkjihgfedcba987654321",
        "changeme-please-before-production-1",
        "change_me_4f9d1c7be02a865d3c1f2b",
        "django-insecure-8f2k1x9q7w3e5r0t6y",
        "MySecretKey-8f2k1x9q7w3e5r0t6y4u1i",
        "your secret: 8f2k1x9q7w3e5r0t6y4u1i",
        "P@ssword-password-8f2k1x9q7w3e5r0t",
    ],
)
def test_a_secret_key_that_is_easily_guessed_is_refused_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, weak: str
) -> None:
    assert len(weak) >= 32
    monkeypatch.setenv("MODSVC_SECRET_KEY", weak)
    with pytest.raises(ValidationError, match="openssl rand -hex 32") as refused:
        load_settings()
    assert weak not in str(refused.value)


def test_a_secret_that_a_machine_made_is_not_weak() -> None:
    rng = random.Random(5)
    alphabets = (string.hexdigits[:16], string.ascii_letters + string.digits, "abcdefghij234567")
    for number in range(3000):
        made = "".join(rng.choices(alphabets[number % 3], k=32))
        assert weakness(made) is None
    for _ in range(100):
        assert weakness(secrets.token_urlsafe(32)) is None


def test_a_secret_key_that_is_too_short_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODSVC_SECRET_KEY", "xyzzy")
    with pytest.raises(ValidationError) as refused:
        load_settings()
    assert "xyzzy" not in str(refused.value)


@pytest.mark.parametrize(
    ("given", "origins"),
    [
        ("", ()),
        ("https://forum.example", ("https://forum.example",)),
        (
            "https://forum.example, http://localhost:3000",
            ("https://forum.example", "http://localhost:3000"),
        ),
        (
            "https://[::1]:8443 https://xn--e1afmkfd.example",
            ("https://[::1]:8443", "https://xn--e1afmkfd.example"),
        ),
    ],
)
def test_origins_are_listed_with_commas_or_spaces(
    monkeypatch: pytest.MonkeyPatch, given: str, origins: tuple[str, ...]
) -> None:
    monkeypatch.setenv("MODSVC_CORS_ORIGINS", given)
    assert load_settings().cors_origins == origins


def test_origins_may_be_a_list_in_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "modsvc.toml"
    path.write_text('cors_origins = ["https://forum.example"]\n', encoding="utf-8")
    monkeypatch.setenv(CONFIG_FILE, str(path))
    assert load_settings().cors_origins == ("https://forum.example",)


@pytest.mark.parametrize(
    "origin",
    ["*", "null", "forum.example", "https://forum.example/", "https://Forum.example", "https://"],
)
def test_what_no_browser_sends_as_an_origin_is_refused(
    monkeypatch: pytest.MonkeyPatch, origin: str
) -> None:
    monkeypatch.setenv("MODSVC_CORS_ORIGINS", origin)
    with pytest.raises(ValidationError, match="origin"):
        load_settings()


@pytest.mark.parametrize("name", ["MODSVC_LIMITS_URL", "MODSVC_CACHE_URL"])
@pytest.mark.parametrize("url", ["memcached://secret@host", "localhost:6379", "redis-host"])
def test_limits_and_scores_are_shared_by_redis_alone(
    name: str, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, url)
    with pytest.raises(ValidationError, match="redis://") as raised:
        load_settings()
    assert url not in str(raised.value)
    monkeypatch.setenv(name, "rediss://:xyzzy@host:6379/0")
    assert "xyzzy" not in str(load_settings())
