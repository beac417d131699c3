"""A real OpenID provider (npm's oidc-provider), and people who go there and back."""

import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from fastapi import FastAPI

NODE: Final = Path(__file__).parent / "node"

CLIENT: Final = "desk"
SECRET: Final = "c1f0a47be2956d83c1aa47bd2e569d38"


class Provider:
    """One that runs: whom it knows, and whether it lies."""

    def __init__(self, port: int) -> None:
        self.issuer = f"http://localhost:{port}"

    def knows(self, **people: dict[str, Any]) -> None:
        """The claims of each person, who signs in by the name without a password."""
        httpx.post(f"{self.issuer}/people", json=people, timeout=60).raise_for_status()

    def lies(self, **how: Any) -> None:
        """Alter the ID tokens from now on, as `node/provider.mjs` says; nothing ends it."""
        httpx.post(f"{self.issuer}/lie", json=how, timeout=60).raise_for_status()


@pytest.fixture(scope="session")
def node_provider(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the provider; skips loudly where it cannot be had."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("NOT TESTED: signing in by a provider needs node and npm")
    folder = tmp_path_factory.mktemp("openid")
    for name in ("package.json", "provider.mjs"):
        shutil.copy(NODE / name, folder)
    options = ("--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
    try:
        subprocess.run(
            ["npm", "install", *options], cwd=folder, check=True, capture_output=True, timeout=600
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        pytest.skip("NOT TESTED: the npm package oidc-provider cannot be installed")
    return folder


@contextmanager
def running(folder: Path, desk: str) -> Iterator[Provider]:
    """The provider with the desk at this address as its one client."""
    back = (f"{desk}/desk/oidc/callback", f"{desk}/desk/sign-in")
    command = ["node", "provider.mjs", CLIENT, SECRET, *back]
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield Provider(int(process.stdout.readline()))
        finally:
            process.kill()


def settings_for(provider: Provider, desk: str) -> dict[str, Any]:
    """What an operator sets."""
    return {
        "public_url": desk,
        "oidc_issuer": provider.issuer,
        "oidc_client_id": CLIENT,
        "oidc_client_secret": SECRET,
    }


class Browser:
    """Somebody who goes to the provider and back; cookies are kept as by a browser."""

    def __init__(self, client: httpx.AsyncClient, desk: str) -> None:
        self.client, self.desk = client, desk
        self.page = httpx.Response(200)

    async def open(self, url: str) -> httpx.Response:
        """A page of the desk by its path, or any by its address."""
        self.page = await self.client.get(
            url if url.startswith("http") else f"{self.desk}/desk{url}"
        )
        return self.page

    async def to_provider(self) -> None:
        """Begin; the provider asks who it is."""
        await self.open("/oidc/start")

    async def back_from(self, login: str) -> httpx.Response:
        """Say who it is and agree; what the desk answers to that."""
        while not str(self.page.url).startswith(self.desk):
            url, fields = _form(self.page)
            if "login" in fields:
                fields |= {"login": login, "password": "any"}
            self.page = await self.client.post(url, data=fields, follow_redirects=False)
            while (next_ := self.page.next_request) is not None:
                if str(next_.url).startswith(self.desk):
                    self.callback = str(next_.url)
                self.page = await self.client.send(next_, follow_redirects=False)
        return self.page

    async def sign_in(self, login: str) -> httpx.Response:
        """There and back."""
        await self.to_provider()
        return await self.back_from(login)

    async def is_in(self) -> bool:
        """Whether the desk knows who this is."""
        return (await self.open("/profile")).url.path == "/desk/profile"


@asynccontextmanager
async def browsing(app: FastAPI, desk: str) -> AsyncIterator[Browser]:
    """A browser of its own, which reaches the desk in process and the provider over a socket."""
    async with httpx.AsyncClient(
        mounts={desk: httpx.ASGITransport(app)}, follow_redirects=True, timeout=60
    ) as client:
        yield Browser(client, desk)


def _form(page: httpx.Response) -> tuple[str, dict[str, str]]:
    found = re.search(r'<form[^>]*action="([^"]+)"', page.text)
    assert found, f"no form at {page.url}: {page.status_code} {page.text[:300]}"
    fields = {}
    for tag in re.findall(r"<input[^>]*>", page.text):
        given = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if "name" in given:
            fields[given["name"]] = given.get("value", "")
    return str(page.url.join(found[1].replace("&amp;", "&"))), fields
