"""An operator applies the manifests: what they name is there, and what they run is held tight."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from typer.main import get_command

from modsvc.api.security import PUBLIC
from modsvc.cli.main import app
from modsvc.cli.stopping import REST_S
from modsvc.settings import PREFIX, Settings
from tests.deploy.manifests import BUILDS, KUBERNETES, ROOT, Manifest, built, of_kind, pods, written
from tests.deploy.schemas import check
from tests.test_alerts import exposed

DEPLOYING = (ROOT / "docs" / "deploying.md").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


@pytest.mark.parametrize("manifest", [one for _, one in written()], ids=[n for n, _ in written()])
def test_every_file_is_as_its_schema_has_it(manifest: Manifest) -> None:
    check(manifest)


@pytest.mark.parametrize("folder", BUILDS)
def test_what_is_built_is_as_its_schema_has_it(folder: str) -> None:
    for manifest in built(folder):
        check(manifest)


def test_a_key_that_is_not_one_is_noticed() -> None:
    [(_, service)] = [one for one in written() if one[1]["kind"] == "Service"]
    wrong = {**service, "spec": {**service["spec"], "portz": []}}
    with pytest.raises(AssertionError, match="portz"):
        check(wrong)
    [(_, monitor)] = [one for one in written() if one[1]["kind"] == "ServiceMonitor"]
    wrong = {**monitor, "spec": {**monitor["spec"], "endpointz": []}}
    with pytest.raises(AssertionError):
        check(wrong)


@pytest.mark.parametrize("folder", BUILDS)
def test_every_variable_is_a_setting_and_takes_its_value(folder: str) -> None:
    manifests = built(folder)
    maps = {one["metadata"]["name"]: one["data"] for one in of_kind(manifests, "ConfigMap")}
    seen = 0
    for pod in pods(manifests):
        for container in pod["spec"]["containers"]:
            given = variables(container, maps)
            seen += len(given)
            names = {name.removeprefix(PREFIX).lower() for name in given}
            assert names <= set(Settings.model_fields)
            plain = {
                name.removeprefix(PREFIX).lower(): value
                for name, value in given.items()
                if isinstance(value, str)
            }
            Settings(**plain)
    assert seen


def variables(container: Manifest, maps: Mapping[str, Any]) -> dict[str, Any]:
    """By name: a value, or the reference to a secret."""
    found: dict[str, Any] = {}
    for source in container.get("envFrom", []):
        found |= maps[source["configMapRef"]["name"]]
    for one in container.get("env", []):
        found[one["name"]] = one.get("value") or one["valueFrom"]
    return found


@pytest.mark.parametrize("folder", BUILDS)
def test_secrets_are_named_alone_and_documented(folder: str) -> None:
    manifests = built(folder)
    assert not of_kind(manifests, "Secret")
    for pod in pods(manifests):
        for container in pod["spec"]["containers"]:
            for one in container.get("env", []):
                reference = one["valueFrom"]["secretKeyRef"]
                assert f"--from-literal={reference['key']}=" in DEPLOYING
        for volume in pod["spec"]["volumes"]:
            if "secret" in volume:
                assert f"secret generic {volume['secret']['secretName']}" in DEPLOYING
    for one in of_kind(manifests, "ConfigMap"):
        assert not re.search(r"password|secret|://", str(one["data"]).lower())


@pytest.mark.parametrize("folder", BUILDS)
def test_every_container_is_held_as_tight_as_the_image_allows(folder: str) -> None:
    [uid] = re.findall(r"useradd --uid (\d+)", DOCKERFILE)
    for pod in pods(built(folder)):
        spec = pod["spec"]
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["runAsUser"] == int(uid)
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert spec["automountServiceAccountToken"] is False
        for container in spec["containers"]:
            held = container["securityContext"]
            assert held["readOnlyRootFilesystem"] is True
            assert held["allowPrivilegeEscalation"] is False
            assert held["capabilities"] == {"drop": ["ALL"]}
            assert {"requests", "limits"} <= set(container["resources"])
            writable = {one["mountPath"] for one in container["volumeMounts"]}
            assert {"/data", "/tmp"} <= writable


@pytest.mark.parametrize("folder", BUILDS)
def test_every_pod_runs_a_command_that_there_is_and_is_asked_at_a_path_that_is_served(
    folder: str,
) -> None:
    commands = get_command(app)
    for pod in pods(built(folder)):
        for container in pod["spec"]["containers"]:
            name, *words = container["args"]
            assert name == "modsvc"
            command: Any = commands
            for word in words:
                command = command.commands[word]
            ports = {port["name"] for port in container.get("ports", [])}
            for kind in ("startupProbe", "livenessProbe", "readinessProbe"):
                if kind in container:
                    asked = container[kind]["httpGet"]
                    assert asked["path"] in PUBLIC
                    assert asked["port"] in ports


@pytest.mark.parametrize("folder", ["base", "overlays/production", "overlays/streams"])
def test_a_pod_has_the_time_to_end_that_the_service_takes(folder: str) -> None:
    manifests = built(folder)
    maps = {one["metadata"]["name"]: one["data"] for one in of_kind(manifests, "ConfigMap")}
    for pod in pods(manifests):
        [container] = pod["spec"]["containers"]
        grace = int(variables(container, maps)["MODSVC_GRACE_S"])
        waits = container.get("lifecycle", {}).get("preStop", {}).get("exec", {}).get("command")
        before = int(waits[1]) if waits else 0
        assert pod["spec"]["terminationGracePeriodSeconds"] >= grace + REST_S + before


@pytest.mark.parametrize("folder", BUILDS)
def test_what_selects_finds_something(folder: str) -> None:
    manifests = built(folder)
    labels = [pod["metadata"]["labels"] for pod in pods(manifests)]
    services = [one["metadata"]["labels"] for one in of_kind(manifests, "Service")]
    for one in manifests:
        spec = one.get("spec", {})
        if one["kind"] == "Service":
            assert any(spec["selector"].items() <= found.items() for found in labels)
        if one["kind"] in ("Deployment", "PodDisruptionBudget", "PodMonitor"):
            wanted = spec["selector"]["matchLabels"]
            assert any(wanted.items() <= found.items() for found in labels)
        if one["kind"] == "ServiceMonitor":
            wanted = spec["selector"]["matchLabels"]
            assert any(wanted.items() <= found.items() for found in services)
        if one["kind"] == "NetworkPolicy":
            wanted = spec["podSelector"]["matchLabels"]
            assert any(wanted.items() <= found.items() for found in labels)
        if one["kind"] == "HorizontalPodAutoscaler":
            names = {target["metadata"]["name"] for target in of_kind(manifests, "Deployment")}
            assert spec["scaleTargetRef"]["name"] in names


def test_autoscalers_ask_for_metrics_that_are_exported_and_made_known() -> None:
    rules = yaml.safe_load((KUBERNETES / "prometheus-adapter.yaml").read_text(encoding="utf-8"))
    known = {
        kind: {rule["name"]["as"]: rule for rule in rules["rules"][kind]}
        for kind in ("custom", "external")
    }
    asked = 0
    for one in of_kind(built("overlays/streams"), "HorizontalPodAutoscaler"):
        for metric in one["spec"]["metrics"]:
            kind = metric["type"].lower()
            name = metric[kind]["metric"]["name"]
            rule = known["custom" if kind == "pods" else "external"][name]
            assert name in exposed()
            assert rule["metricsQuery"].count(name) == 1
            asked += 1
    assert asked == 2
    assert not [
        one
        for one in of_kind(built("overlays/production"), "Deployment")
        if "replicas" in one["spec"]
    ]
