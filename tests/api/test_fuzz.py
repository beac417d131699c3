"""Two thousand generated bodies; `python -m tests.fuzz_api` sends as many as you like."""

from pathlib import Path

from modsvc.app import create_app
from tests.api.serving import make_settings
from tests.fuzz_api import check, run


async def test_generated_bodies_never_break_the_service(tiny_artifact: Path) -> None:
    statuses = await run(create_app(make_settings(tiny_artifact)), count=2000, seed=7)
    assert sum(statuses.values()) == 2000
    # The generator must reach every kind of answer, or it proves nothing.
    assert statuses[200] > 800
    assert min(statuses[400], statuses[413], statuses[422]) > 10


def test_the_check_itself_notices_a_wrong_answer() -> None:
    problem = {"content-type": "application/problem+json"}
    assert check(b"{}", 500, problem, b"{}")
    assert check(b"{}", 422, {"content-type": "application/json"}, b"{}")
    assert check(b'{"text":"a"}', 200, {}, b'{"results":[]}')
    assert check(
        b'{"text":"a"}', 200, {}, b'{"model_version":"1","policy_version":"1","results":[]}'
    )
