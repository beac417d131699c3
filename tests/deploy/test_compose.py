"""An operator starts the service, PostgreSQL and Redis on one box."""

import json
import subprocess
import sys
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml

from modsvc.settings import CONFIG_FILE, PREFIX, Settings
from tests.deploy.manifests import ROOT

COMPOSE = ROOT / "deploy" / "compose.yaml"
DEPLOYING = (ROOT / "docs" / "deploying.md").read_text(encoding="utf-8")


def composed() -> dict[str, Any]:
    """The file, with what it merges."""
    read: dict[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    return read


def schema() -> Any:
    """The Compose specification's, as a library ships it."""
    folder = resources.files("check_jsonschema") / "builtin_schemas" / "vendor"
    return json.loads((folder / "compose-spec.json").read_text(encoding="utf-8"))


def test_the_file_is_as_its_specification_has_it() -> None:
    checker = jsonschema_rs.validator_for(schema())
    checker.validate(composed())
    wrong = composed()
    wrong["services"]["modsvc"]["comand"] = ["modsvc"]
    assert not checker.is_valid(wrong)


def test_every_variable_is_a_setting_and_takes_its_value() -> None:
    for name in ("modsvc", "worker"):
        given = dict(composed()["services"][name]["environment"])
        assert given.pop(CONFIG_FILE) == "/run/secrets/modsvc"
        Settings(**{key.removeprefix(PREFIX).lower(): value for key, value in given.items()})


def test_every_secret_is_made_by_the_document_and_given_to_whom_it_is_for() -> None:
    compose = composed()
    for name, secret in compose["secrets"].items():
        assert secret["file"].removeprefix("./") in DEPLOYING
        assert any(name in one.get("secrets", []) for one in compose["services"].values())
    for service in compose["services"].values():
        assert set(service.get("secrets", [])) <= set(compose["secrets"])


def test_the_service_is_held_as_tight_as_the_image_allows() -> None:
    for name in ("modsvc", "worker"):
        service = composed()["services"][name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
    # Nothing but the service answers, and that to this machine alone.
    ports = [port for one in composed()["services"].values() for port in one.get("ports", [])]
    assert ports == ["127.0.0.1:8080:8080"]


def test_the_secrets_of_the_document_are_settings(tmp_path: Path) -> None:
    [block] = [
        part for part in DEPLOYING.split("```") if "postgres-password" in part and "umask" in part
    ]
    # All but giving the file away, which takes root.
    script = "\n".join(line for line in block.splitlines()[1:] if not line.startswith("sudo"))
    subprocess.run(["bash", "-euc", script], cwd=tmp_path, check=True, capture_output=True)
    written = tmp_path / "deploy" / "secrets" / "modsvc.env"
    assert written.stat().st_mode & 0o077 == 0
    code = "from modsvc.settings import load_settings; print(load_settings().database_url is None)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={CONFIG_FILE: str(written), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "False\n"
