"""HTTP/1.1 over one connection that stays open; a full client library costs more than it measures.

In: a request. Out: its answer, whatever its status; Lost where the connection broke. Redirects,
cookies and trying again are left to those who ask.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

#: For so many seconds an answer is waited for.
TIMEOUT_S: Final = 60.0


class Lost(Exception):
    """The connection broke: what was asked may have been done, or not."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; the names of headers are in small letters."""

    status: int
    headers: dict[str, str]
    body: bytes


class Connection:
    """One connection, opened when it is needed, and again when the other side closed it."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes = b""
    ) -> Answer:
        """Send a request and read the answer. Raises Lost."""
        head = {"Host": f"{self._host}:{self._port}", "Content-Length": str(len(body)), **headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        request = f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode("latin-1") + body
        try:
            async with asyncio.timeout(TIMEOUT_S):
                reader, writer = await self._open()
                writer.write(request)
                return await self._answer(reader)
        except (OSError, EOFError, TimeoutError) as error:
            self.close()
            raise Lost(type(error).__name__) from error
        except BaseException:
            # Half an answer may be left in it.
            self.close()
            raise

    def close(self) -> None:
        """Let the connection go."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams is not None and self._streams[0].at_eof():
            self.close()
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port)
        return self._streams

    async def _answer(self, reader: asyncio.StreamReader) -> Answer:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status, *lines = head.split("\r\n")
        headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        length = int(headers.get("content-length", 0))
        body = await reader.readexactly(length) if length else b""
        if headers.get("connection", "").lower() == "close":
            self.close()
        return Answer(int(status.split(" ")[1]), headers, body)
