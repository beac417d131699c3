"""What the documents promise is what the code does: settings, endpoints, metrics, examples."""

import json
import re
from pathlib import Path

import pytest
from fastapi.routing import APIRoute

from modsvc.api.errors import HTTP_KINDS, INTERNAL, KINDS, MALFORMED, NOT_READY
from modsvc.api.schemas import Problem, ScoreResponse, TextSpan, parse_body
from modsvc.api.schemas_admin import BacktestAnswer
from modsvc.api.schemas_appeals import AppealAnswer, AppealDraft
from modsvc.api.schemas_content import ContentAnswer, ContentState, parse_content
from modsvc.api.schemas_model import ModelAnswer
from modsvc.app import create_app
from modsvc.labels import MISOGYNY
from modsvc.settings import CONFIG_FILE, PREFIX, Settings
from modsvc.telemetry import Metrics
from tests.api.serving import make_settings, routes_of
from tests.policy.strategies import load_policy

DOCS = Path(__file__).parent.parent / "docs"
API = (DOCS / "api.md").read_text(encoding="utf-8")
SETTINGS = (DOCS / "settings.md").read_text(encoding="utf-8")


def example(name: str) -> str:
    [found] = re.findall(rf"<!-- {name} -->\n```json\n(.*?)```", API, re.DOTALL)
    return str(found)


def test_every_setting_is_documented_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `(MODSVC_\w+)` \| (\S+) \|", SETTINGS, re.MULTILINE))
    expected = {
        PREFIX + name.upper(): "none" if field.default is None else f"`{field.default}`"
        for name, field in Settings.model_fields.items()
    }
    assert rows == expected
    assert CONFIG_FILE in SETTINGS


@pytest.mark.parametrize(
    "name", ["schema_version", "version", "thresholds", "terms", "communities"]
)
def test_every_key_of_the_policy_is_documented(name: str) -> None:
    assert f"| `{name}` |" in SETTINGS


def test_the_policy_of_the_document_is_valid(tmp_path: Path) -> None:
    [written] = re.findall(r"```yaml\n(.*?)```", SETTINGS, re.DOTALL)
    path = tmp_path / "policy.yaml"
    path.write_text(written, encoding="utf-8")
    policy = load_policy(path, {MISOGYNY: {"pooled": {"review": 0.4, "withhold": None}}})
    assert policy.on_engine_failure == "review"
    point = policy.rules_for("school").point(MISOGYNY, "es")
    assert point is not None
    assert point.review == 0.3


def test_the_span_of_the_document_is_one() -> None:
    span = TextSpan.model_validate_json(example("span"))
    assert json.loads(span.model_dump_json()) == json.loads(example("span"))


def test_every_endpoint_is_documented(tiny_artifact: Path) -> None:
    app = create_app(make_settings(tiny_artifact))
    served = {
        f"{method.upper()} {path}"
        for path, operations in app.openapi()["paths"].items()
        for method in operations
    }
    assert set(re.findall(r"^## ([A-Z]+ /\S+)$", API, re.MULTILINE)) == served
    routes = [route for route in routes_of(app) if isinstance(route, APIRoute)]
    assert len(routes) == len(served)
    assert not [route.path for route in routes if not route.summary]


def test_every_problem_is_documented() -> None:
    kinds = {kind for _, kind in KINDS} | {*HTTP_KINDS.values(), MALFORMED, INTERNAL, NOT_READY}
    rows = re.findall(r"^\| (\d{3}) \| (.+?) \|", API, re.MULTILINE)
    documented = {
        (int(status), slug) for status, slugs in rows for slug in re.findall(r"`(.+?)`", slugs)
    }
    assert documented == {(kind.status, kind.slug) for kind in kinds}


def test_every_metric_is_documented() -> None:
    for family in Metrics().registry.collect():
        if family.name.startswith("modsvc_"):
            name = f"{family.name}_total" if family.type == "counter" else family.name
            assert f"| `{name}` |" in API


def test_the_examples_have_the_shape_that_is_served() -> None:
    assert len(parse_body(example("request").encode())) == 2
    assert len(parse_content(example("content-request").encode())) == 2
    AppealDraft.model_validate_json(example("appeal-request"))
    shapes = (
        ("response", ScoreResponse),
        ("problem", Problem),
        ("content-response", ContentAnswer),
        ("content-waiting", ContentAnswer),
        ("content-state", ContentState),
        ("backtest", BacktestAnswer),
        ("model", ModelAnswer),
        ("appeal", AppealAnswer),
    )
    for name, model in shapes:
        written = json.loads(example(name))
        assert json.loads(model.model_validate(written).model_dump_json()) == written


def test_what_the_threat_model_names_is_there() -> None:
    told = (DOCS / "threat-model.md").read_text(encoding="utf-8")
    files = set(re.findall(r"`((?:modsvc|tests)/[\w./-]+|Dockerfile)`", told))
    assert len(files) > 40
    assert not [name for name in sorted(files) if not (DOCS.parent / name).exists()]
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    assert set(re.findall(r"`(MODSVC_\w+)`", told)) <= known
    heads = {
        re.sub(r"[^\w -]", "", head).lower().replace(" ", "-")
        for head in re.findall(r"^## (.+)$", told, re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([\w-]+)\)", told)) <= heads
