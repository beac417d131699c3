"""The manifests of `deploy/kubernetes`: as files, and as kustomize builds them.

Building needs `kubectl` (or `kustomize`); without one what needs the built form is skipped loudly.
"""

import functools
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent.parent
KUBERNETES = ROOT / "deploy" / "kubernetes"
BUILDS = ("base", "migrate", "overlays/production", "overlays/streams")

Manifest = dict[str, Any]


def written() -> list[tuple[str, Manifest]]:
    """Every resource of every file, with the file's name; not the kustomizations."""
    found = []
    for path in sorted(KUBERNETES.rglob("*/*.yaml")):
        for document in yaml.safe_load_all(path.read_text(encoding="utf-8")):
            if document["kind"] != "Kustomization":
                found.append((str(path.relative_to(KUBERNETES)), document))
    return found


@functools.cache
def built(folder: str) -> tuple[Manifest, ...]:
    """What `kubectl apply -k` would send."""
    for command in (["kubectl", "kustomize"], ["kustomize", "build"]):
        if shutil.which(command[0]):
            done = subprocess.run(
                [*command, str(KUBERNETES / folder)], capture_output=True, text=True, check=True
            )
            return tuple(yaml.safe_load_all(done.stdout))
    pytest.skip("NEITHER KUBECTL NOR KUSTOMIZE IS THERE: built manifests were not tested")


def of_kind(manifests: tuple[Manifest, ...], kind: str) -> list[Manifest]:
    """Those of one kind."""
    return [one for one in manifests if one["kind"] == kind]


def pods(manifests: tuple[Manifest, ...]) -> Iterator[Manifest]:
    """The pods that are made: templates of deployments and jobs."""
    for one in manifests:
        if "template" in one.get("spec", {}):
            yield one["spec"]["template"]
