"""Throw generated requests at the service, and hold it to its own OpenAPI document.

In: seconds and a seed. Out: what schemathesis says of it; exit code 1 where an answer breaks a
promise. Each kind of key has its share of the time: one with all scopes, one with each scope
alone, and two of one community each. The suite runs a minute of it; by hand:

    python -m tests.fuzz.service --seconds 1800 [--seed 5] [--database-url postgresql://…]
"""

import argparse
import json
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple
from unittest import mock

import structlog
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy.orm import Session

from modsvc.app import create_app
from modsvc.store import api_keys
from modsvc.webhooks.deliver import DeliveryFailed
from tests.api.serving import make_settings, on_socket
from tests.tiny_artifact import build_tiny_artifact

SEED: Final = 5
_HERE: Final = Path(__file__).parent


class Holder(NamedTuple):
    """Who asks: a key's scopes and community, and their share of the time."""

    scopes: tuple[str, ...]
    community: str | None
    share: float


HOLDERS: Final = {
    "all": Holder(api_keys.SCOPES, None, 0.5),
    **{scope: Holder((scope,), None, 0.08) for scope in api_keys.SCOPES},
    "school": Holder(("score", "ingest"), "school", 0.18),
    # Never asks for itself: it is who the school's key is compared with.
    "forum": Holder(("score", "ingest"), "forum", 0.0),
}


@contextmanager
def serving(database_url: str | None = None) -> Iterator[tuple[FastAPI, str, Path]]:
    """The tiny model's service on a free port, its address, and an empty folder.

    Nothing is sent to the webhooks that are made up: their hosts may exist.
    """
    changes = {} if database_url is None else {"database_url": SecretStr(database_url)}
    with (
        tempfile.TemporaryDirectory() as folder,
        mock.patch("modsvc.webhooks.courier.deliver", side_effect=DeliveryFailed("not sent")),
    ):
        app = create_app(make_settings(build_tiny_artifact(Path(folder) / "tiny"), **changes))
        with on_socket(app) as url:
            yield app, url, Path(folder)


def make_keys(app: FastAPI, path: Path) -> None:
    """Make everybody's key, and write them into a file that schemathesis reads."""

    def add(session: Session) -> list[dict[str, Any]]:
        entries = []
        for name, holder in HOLDERS.items():
            made = api_keys.add(
                session, name, holder.scopes, actor="fuzz", community=holder.community
            )
            header = {"name": "Authorization", "value": f"Bearer {made.token}"}
            entries.append({"name": name, "fixedHeaders": [header]})
        return entries

    entries = app.state.service.writer.submit(add).result()
    path.write_text(json.dumps({"auth": entries}), encoding="utf-8")


def run(url: str, keys: Path, seconds: float, seed: int) -> dict[str, int]:
    """Ask the service at `url` as everybody, each with a share of the time; exit codes by name."""
    return {
        name: subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "--no-color"),
                *("--config-file", str(_HERE / "schemathesis.toml")),
                *("run", f"{url}/openapi.json", "--seed", str(seed)),
                *("--max-time", str(max(1, round(seconds * holder.share)))),
                *("--auth-wfc", str(keys), "--auth-wfc-user", name),
            ],
            cwd=_HERE.parent.parent,
            env={**os.environ, "MODSVC_FUZZ_KEYS": str(keys)},
            check=False,
        ).returncode
        for name, holder in HOLDERS.items()
        if holder.share
    }


def main() -> int:
    """Run from the command line; 0 when every promise held."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--database-url", help="default: SQLite in a temporary folder")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    logging.disable(logging.WARNING)
    with serving(options.database_url) as (app, url, folder):
        keys = folder / "keys.json"
        make_keys(app, keys)
        codes = run(url, keys, options.seconds, options.seed)
    print("; ".join(f"{name}: {'failed' if code else 'held'}" for name, code in codes.items()))
    return max(codes.values())


if __name__ == "__main__":
    sys.exit(main())
