"""What a manifest has to look like: Kubernetes' own schemas, and those of the Prometheus operator.

In: manifests. Out: nothing, or AssertionError. The schemas are those that `kubernetes-validate`
ships, each version read once; they are strict: a key that is unknown is wrong.
"""

import functools
import json
from importlib import resources
from typing import Any

import jsonschema_rs
from cloudcoil.models.prometheus_operator import v1 as operator

#: The oldest that is still maintained somewhere, and the newest that there are schemas of.
VERSIONS = ("1.30", "1.37")

_OPERATOR = "monitoring.coreos.com/v1"


def check(manifest: dict[str, Any]) -> None:
    """Raise AssertionError unless a manifest is as its schemas have it."""
    kind, api = manifest["kind"], manifest["apiVersion"]
    if api == _OPERATOR:
        try:
            model = getattr(operator, kind).model_validate(manifest)
        except ValueError as error:
            raise AssertionError(str(error)) from error
        # What the operator does not know does not come back.
        assert model.model_dump(mode="json", by_alias=True, exclude_unset=True) == manifest
        return
    for version in VERSIONS:
        errors = [str(error) for error in _checker(version, kind, api).iter_errors(manifest)]
        assert not errors, f"{kind} {manifest['metadata']['name']}, Kubernetes {version}: {errors}"


@functools.cache
def _checker(version: str, kind: str, api: str) -> Any:
    group, _, number = api.rpartition("/")
    place = f"{group.partition('.')[0]}-{number}" if group else number
    schema = _read(version, f"{kind.lower()}-{place}.json")
    definitions = _read(version, "_definitions.json")["$defs"]
    return jsonschema_rs.validator_for({**schema, "$defs": definitions})


@functools.cache
def _read(version: str, name: str) -> Any:
    folder = resources.files("kubernetes_validate") / "kubernetes-json-schema"
    text = (folder / f"v{version}.0-local-strict" / name).read_text(encoding="utf-8")
    return json.loads(text.replace("/api/_definitions.json#", "#"))
