"""The client for programs on asyncio.

In and out: those of `modsvc.client.synchronous`, to be awaited.
"""

import asyncio
import ssl
from collections.abc import Sequence
from types import TracebackType
from typing import Self, TypeVar, overload

import httpx

from modsvc.client import connection
from modsvc.client.calls import Call
from modsvc.client.inputs import Content, Objection, Text
from modsvc.client.results import Appeal, Kept, Score, State
from modsvc.client.retry import Answer, Attempt, Failure

T = TypeVar("T")


class AsyncClient:
    """Calls one service, over connections that it keeps; tasks of one event loop may share it.

    Use it as a context manager, or `aclose` it.
    """

    def __init__(
        self,
        base_url: str = connection.DEFAULT_URL,
        api_key: str | None = None,
        *,
        timeout: float = connection.DEFAULT_TIMEOUT_S,
        attempt_timeout: float = connection.DEFAULT_ATTEMPT_S,
        max_items: int = connection.DEFAULT_MAX_ITEMS,
        max_body_bytes: int = connection.DEFAULT_MAX_BODY_BYTES,
        verify: ssl.SSLContext | bool = True,
    ) -> None:
        """See `Client`."""
        self._calls = connection.make_calls(timeout, attempt_timeout, max_items, max_body_bytes)
        self._http = httpx.AsyncClient(**connection.arguments(base_url, api_key, verify))

    # A str is a sequence of str, too: the first signature that fits is meant.
    @overload
    async def score(self, texts: str | Text) -> Score: ...  # type: ignore[overload-overlap]

    @overload
    async def score(self, texts: Sequence[str | Text]) -> list[Score]: ...

    async def score(self, texts: str | Text | Sequence[str | Text]) -> Score | list[Score]:
        """Score one text, or many; nothing is stored. Scope `score`."""
        if isinstance(texts, str | Text):
            return (await self._run(self._calls.score([texts])))[0]
        return await self._run(self._calls.score(texts))

    @overload
    async def ingest(
        self, contents: Content, *, idempotency_key: str | None = None, wait: bool = True
    ) -> Kept: ...

    @overload
    async def ingest(
        self, contents: Sequence[Content], *, idempotency_key: str | None = None, wait: bool = True
    ) -> list[Kept]: ...

    async def ingest(
        self,
        contents: Content | Sequence[Content],
        *,
        idempotency_key: str | None = None,
        wait: bool = True,
    ) -> Kept | list[Kept]:
        """Have one content, or many, judged and kept; see `Client.ingest`. Scope `ingest`."""
        if isinstance(contents, Content):
            return (await self._run(self._calls.ingest([contents], idempotency_key, wait)))[0]
        return await self._run(self._calls.ingest(contents, idempotency_key, wait))

    async def state(self, content_id: str, community: str | None = None) -> State:
        """What was decided about a content and what holds now. Raises NotFound. Scope `ingest`."""
        return await self._run(self._calls.state(content_id, community))

    async def appeal(
        self,
        content_id: str,
        words: str,
        *,
        community: str | None = None,
        contact: str | None = None,
    ) -> Appeal:
        """Object to what holds for a content; see `Client.appeal`. Scope `ingest`."""
        objection = Objection(content_id, words, community, contact)
        return await self._run(self._calls.appeal(objection))

    async def appeal_state(self, appeal: str) -> Appeal:
        """How an appeal stands, by its id. Raises NotFound. Scope `ingest`."""
        return await self._run(self._calls.appeal_state(appeal))

    async def erase(self, content_id: str, community: str | None = None) -> None:
        """Erase the words of a content, in all versions. Raises NotFound. Scope `ingest`."""
        await self._run(self._calls.erase(content_id, community))

    async def erase_author(self, author_id: str, community: str | None = None) -> int:
        """Erase all that an author wrote; see `Client.erase_author`. Scope `ingest`."""
        return await self._run(self._calls.erase_author(author_id, community))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        await self._http.__aexit__(kind, error, trace)

    async def _run(self, call: Call[T]) -> T:
        reply: Answer | Failure | None = None
        while True:
            try:
                attempt = next(call) if reply is None else call.send(reply)
            except StopIteration as done:
                result: T = done.value
                return result
            reply = await self._send(attempt)

    async def _send(self, attempt: Attempt) -> Answer | Failure:
        await asyncio.sleep(attempt.wait_s)
        try:
            async with (
                asyncio.timeout(attempt.timeout_s),
                self._http.stream(**connection.sending(attempt)) as response,
            ):
                body = await response.aread()
        except (httpx.HTTPError, TimeoutError) as error:
            return connection.failure(error)
        return connection.answer(response, body)
