"""Whether anything that the service installs has a known vulnerability.

In: a requirements file of exact versions, and options for pip-audit. Out: 0 when every package was
looked up and none is known to be vulnerable; 1 with a list of those that are; 2 when not all could
be looked up, which pip-audit alone would pass over: an index without vulnerability data, such as a
mirror, knows of none.
"""

import json
import subprocess
import sys
from pathlib import Path


def main() -> int:
    """Run pip-audit and read its report."""
    requirements, *options = sys.argv[1:]
    command = ["pip_audit", "--requirement", requirements, "--no-deps", "--disable-pip"]
    quiet = ["--format", "json", "--progress-spinner", "off"]
    done = subprocess.run(
        [sys.executable, "-m", *command, *quiet, *options],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return unknown(done.stderr.strip().rpartition("\n")[2] or "no answer")
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    if skipped or not packages:
        named = ", ".join(skipped[:3]) or Path(requirements)
        more = f" and {len(skipped) - 3} more" if len(skipped) > 3 else ""
        return unknown(f"nothing is known there of {named}{more}")
    vulnerable = [package for package in packages if package["vulns"]]
    for package in vulnerable:
        for known in package["vulns"]:
            fixed = ", ".join(known["fix_versions"]) or "no version yet"
            print(f"{package['name']} {package['version']}: {known['id']}, fixed in {fixed}")
    if not vulnerable:
        print(f"None of {len(packages)} packages has a known vulnerability.")
    return 1 if vulnerable else 0


def unknown(reason: str) -> int:
    """Say that the question stays open."""
    print(
        f"audit: not all packages could be looked up ({reason}). Nothing is proven: run it where "
        "the public index with its vulnerability data can be reached, or another service of "
        "that kind: AUDIT_ARGS='--vulnerability-service osv'.",
        file=sys.stderr,
    )
    return 2


if __name__ == "__main__":
    sys.exit(main())
