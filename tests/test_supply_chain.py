"""What the service is made of: an audit that does not pass what it could not look up, and images
that run without rights."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.client.fake import answer, faking

ROOT = Path(__file__).parent.parent
KNOWN = {
    "vulns": [
        {
            "id": "PYSEC-2024-60",
            "summary": "A slow decoder.",
            "affected": [
                {
                    "package": {"name": "idna", "ecosystem": "PyPI"},
                    "ranges": [{"type": "ECOSYSTEM", "events": [{"fixed": "3.7"}]}],
                    "versions": ["3.6"],
                }
            ],
        }
    ]
}


def audit(folder: Path, url: str, version: str = "3.6") -> subprocess.CompletedProcess[str]:
    path = folder / "requirements.txt"
    path.write_text(f"idna=={version}\n", encoding="ascii")
    osv = ["--vulnerability-service", "osv", "--osv-url", url, "--timeout", "5"]
    cache = ["--cache-dir", str(folder / "cache")]
    return subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "audit.py"), str(path), *osv, *cache],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_vulnerable_package_is_named_with_its_remedy(tmp_path: Path) -> None:
    with faking(answer(200, json.dumps(KNOWN).encode())) as fake:
        done = audit(tmp_path, f"{fake.url}/v1/query")
    assert (done.returncode, done.stdout) == (1, "idna 3.6: PYSEC-2024-60, fixed in 3.7\n")


def test_an_audit_that_found_nothing_says_of_how_much(tmp_path: Path) -> None:
    with faking(answer(200, b"{}")) as fake:
        done = audit(tmp_path, f"{fake.url}/v1/query")
    assert (done.returncode, "1 packages" in done.stdout) == (0, True)


def test_an_audit_that_could_not_ask_does_not_pass(tmp_path: Path) -> None:
    done = audit(tmp_path, "http://127.0.0.1:9/v1/query")
    assert (done.returncode, "Nothing is proven" in done.stderr) == (2, True)
    assert "Traceback" not in done.stderr


def test_the_image_runs_as_nobody_in_particular() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    final = lines[max(n for n, line in enumerate(lines) if line.startswith("FROM ")) :]
    [user] = [line.split()[1] for line in final if line.startswith("USER ")]
    assert int(user) > 999
    # Whatever needs rights comes before, and the run line at the top keeps the root read-only.
    assert final.index(f"USER {user}") > max(
        n for n, line in enumerate(final) if line.startswith("RUN ")
    )
    head = "\n".join(line for line in lines if line.startswith("#"))
    assert "--read-only" in head
    assert "--cap-drop ALL" in head


@pytest.mark.parametrize("name", ["client", "dev"])
def test_what_the_client_needs_is_asked_for_once(name: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    [wanted] = extras["client"]
    assert re.match(r"httpx>=", wanted)
    assert wanted in extras[name]
