"""A minute of generated requests from everybody: the service keeps what its document promises."""

import re

import pytest

from tests.fuzz.service import HOLDERS, SEED, make_keys, run, serving

pytestmark = pytest.mark.slow

#: Of SQLite, which most have, the minute; the rest is for what PostgreSQL takes otherwise.
SECONDS = {"sqlite": 60, "postgresql": 15}


def test_generated_requests_are_answered_as_the_document_says(
    bare_url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    seconds = SECONDS[bare_url.partition(":")[0].partition("+")[0]]
    with serving(bare_url) as (app, url, folder):
        make_keys(app, folder / "keys.json")
        codes = run(url, folder / "keys.json", seconds, SEED)
    told = capfd.readouterr().out
    assert set(codes) == {name for name, holder in HOLDERS.items() if holder.share}
    assert not any(codes.values()), told
    assert sum(map(int, re.findall(r"(\d+) generated", told))) > 50, told
