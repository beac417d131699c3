"""The client for ordinary programs.

In: texts, contents and their ids. Out: results, or an error of `modsvc.client.errors`. What is
asked and when it is asked again is in `calls` and `retry`; here it is sent and waited for.
"""

import ssl
import time
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


class Client:
    """Calls one service, over connections that it keeps; threads may share it.

    Use it as a context manager, or `close` it.
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
        """Without `api_key`, `MODSVC_API_KEY` is sent, if there is one.

        `timeout` is for one request with all of its attempts and waits, `attempt_timeout` for one
        attempt, in seconds. `max_items` and `max_body_bytes` are the service's own limits.
        Raises ValueError for what cannot be meant.
        """
        self._calls = connection.make_calls(timeout, attempt_timeout, max_items, max_body_bytes)
        self._http = httpx.Client(**connection.arguments(base_url, api_key, verify))

    # A str is a sequence of str, too: the first signature that fits is meant.
    @overload
    def score(self, texts: str | Text) -> Score: ...  # type: ignore[overload-overlap]

    @overload
    def score(self, texts: Sequence[str | Text]) -> list[Score]: ...

    def score(self, texts: str | Text | Sequence[str | Text]) -> Score | list[Score]:
        """Score one text, or many; nothing is stored. Scope `score`."""
        if isinstance(texts, str | Text):
            return self._run(self._calls.score([texts]))[0]
        return self._run(self._calls.score(texts))

    @overload
    def ingest(
        self, contents: Content, *, idempotency_key: str | None = None, wait: bool = True
    ) -> Kept: ...

    @overload
    def ingest(
        self, contents: Sequence[Content], *, idempotency_key: str | None = None, wait: bool = True
    ) -> list[Kept]: ...

    def ingest(
        self,
        contents: Content | Sequence[Content],
        *,
        idempotency_key: str | None = None,
        wait: bool = True,
    ) -> Kept | list[Kept]:
        """Have one content, or many, judged and kept. Scope `ingest`.

        The key is made anew for each call and kept for its attempts; give one of your own to have
        it outlive your program. Without `wait` it returns as soon as the contents are kept, and the
        decisions follow: by webhook, and by `state`.
        """
        if isinstance(contents, Content):
            return self._run(self._calls.ingest([contents], idempotency_key, wait))[0]
        return self._run(self._calls.ingest(contents, idempotency_key, wait))

    def state(self, content_id: str, community: str | None = None) -> State:
        """What was decided about a content and what holds now. Raises NotFound. Scope `ingest`."""
        return self._run(self._calls.state(content_id, community))

    def appeal(
        self,
        content_id: str,
        words: str,
        *,
        community: str | None = None,
        contact: str | None = None,
    ) -> Appeal:
        """Object to what holds for a content; somebody who has not seen it looks again.

        `contact` is for your own use and never told again. Raises NotFound; Forbidden where
        nothing is decided yet, the text is gone, or an appeal waits already, which after an attempt
        that was interrupted may be this one. Scope `ingest`.
        """
        objection = Objection(content_id, words, community, contact)
        return self._run(self._calls.appeal(objection))

    def appeal_state(self, appeal: str) -> Appeal:
        """How an appeal stands, by its id. Raises NotFound. Scope `ingest`."""
        return self._run(self._calls.appeal_state(appeal))

    def erase(self, content_id: str, community: str | None = None) -> None:
        """Erase the words of a content, in all versions. Raises NotFound. Scope `ingest`."""
        self._run(self._calls.erase(content_id, community))

    def erase_author(self, author_id: str, community: str | None = None) -> int:
        """Erase all that an author wrote; how many texts still had their words. Scope `ingest`.

        After an attempt that was interrupted the number is that of the last one alone.
        """
        return self._run(self._calls.erase_author(author_id, community))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        self._http.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        self._http.__exit__(kind, error, trace)

    def _run(self, call: Call[T]) -> T:
        reply: Answer | Failure | None = None
        while True:
            try:
                attempt = next(call) if reply is None else call.send(reply)
            except StopIteration as done:
                result: T = done.value
                return result
            reply = self._send(attempt)

    def _send(self, attempt: Attempt) -> Answer | Failure:
        time.sleep(attempt.wait_s)
        give_up = time.monotonic() + attempt.timeout_s
        body = bytearray()
        try:
            with self._http.stream(**connection.sending(attempt)) as response:
                # httpx limits the wait for each part, not for all of them; the head alone, which
                # no honest server sends in parts, can still take longer.
                for part in response.iter_bytes():
                    body += part
                    if time.monotonic() > give_up:
                        raise TimeoutError("the answer came too slowly")
        except (httpx.HTTPError, TimeoutError) as error:
            return connection.failure(error)
        return connection.answer(response, bytes(body))
