"""The desk speaks every language it offers, in full."""

import io
import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from modsvc.desk.catalogues import LOCALES, best, translations

DESK = Path(__file__).parents[2] / "modsvc" / "desk"
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
OPTIONS = {"**/templates/**.html": {"trimmed": "true", "newstyle_gettext": "true"}}
KEYWORDS = {"_": None, "gettext": None, "N_": None, "ngettext": (1, 2)}


def words() -> set[str | tuple[str, ...]]:
    found = extract_from_dir(DESK, METHODS, OPTIONS, keywords=KEYWORDS)
    return {message for _, _, message, _, _ in found}


@pytest.mark.parametrize("locale", sorted(set(LOCALES) - {"en"}))
def test_every_word_is_translated(locale: str) -> None:
    path = DESK / "locale" / locale / "LC_MESSAGES" / "desk.po"
    catalogue = read_po(io.BytesIO(path.read_bytes()), locale=locale)
    there = {message.id: message for message in catalogue if message.id}
    missing = [word for word in words() if word not in there]
    assert not missing, "run `make messages`, and translate what it adds"
    empty = [message.id for message in there.values() if not message.string or message.fuzzy]
    assert not empty
    for message in there.values():
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        told = message.string if isinstance(message.string, tuple) else (message.string,)
        holes = set(re.findall(r"%\(\w+\)s", ids[-1]))
        assert all(set(re.findall(r"%\(\w+\)s", text)) == holes for text in told), message.id


def test_the_browser_says_which_language() -> None:
    assert best("ru-RU,ru;q=0.9,en;q=0.8") == "ru"
    assert best("xx, es-GT;q=0.5") == "es"
    assert best("") == "en"
    assert translations("ru").gettext("Sign in") != "Sign in"
