"""What the client can ask for, apart from how bytes travel.

In: inputs and limits. Out: generators of attempts that return results, or raise one of
`modsvc.client.errors`; `synchronous` and `asynchronous` run them. Lists are cut into requests that
the service takes, and a request that it finds too large is halved.
"""

import json
import uuid
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlencode

from modsvc.client.errors import Problem, UnexpectedAnswer, refusal
from modsvc.client.inputs import Content, Objection, Text
from modsvc.client.results import Appeal, Json, Kept, Score, State
from modsvc.client.retry import Answer, Attempt, Failure, Limits, Request, exchange, retry_after

T = TypeVar("T")
Call = Generator[Attempt, Answer | Failure, T]

_TOO_LARGE: Final = 413
_FRAME: Final = len(b'{"items":[]}')


@dataclass(frozen=True, slots=True)
class Calls:
    """Every operation; `max_items` and `max_body_bytes` are the service's own limits."""

    limits: Limits
    max_items: int
    max_body_bytes: int

    def score(self, texts: Sequence[str | Text]) -> Call[list[Score]]:
        """One score for each text, in their order."""
        pieces = [(Text(text) if isinstance(text, str) else text).wire() for text in texts]
        return self._in_parts("/v1/score", pieces, None, _scores)

    def ingest(self, contents: Sequence[Content], key: str | None, wait: bool) -> Call[list[Kept]]:
        """What was kept of each content, in their order; with their decisions if they `wait`."""
        pieces = [content.wire() for content in contents]
        prefer = None if wait else "respond-async"
        return self._in_parts("/v1/content", pieces, key or uuid.uuid4().hex, _kept, prefer)

    def state(self, content_id: str, community: str | None) -> Call[State]:
        """What holds for a content."""
        answer = yield from self._send(Request("GET", _content(content_id, community)))
        return _read(answer, State.of)

    def appeal(self, objection: Objection) -> Call[Appeal]:
        """Have somebody else look again."""
        answer = yield from self._send(Request("POST", "/v1/appeals", objection.wire()))
        return _read(answer, Appeal.of)

    def appeal_state(self, appeal: str) -> Call[Appeal]:
        """How an appeal stands."""
        answer = yield from self._send(Request("GET", f"/v1/appeals/{_segment(appeal)}"))
        return _read(answer, Appeal.of)

    def erase(self, content_id: str, community: str | None) -> Call[None]:
        """Forget the words of a content."""
        yield from self._send(Request("DELETE", _content(content_id, community)))

    def erase_author(self, author_id: str, community: str | None) -> Call[int]:
        """Forget the words of all that an author wrote."""
        path = f"/v1/authors/{_segment(author_id)}{_query(community)}"
        answer = yield from self._send(Request("DELETE", path))
        return _read(answer, lambda raw: int(raw["erased"]))

    def _in_parts(
        self,
        path: str,
        pieces: Sequence[bytes],
        key: str | None,
        read: Callable[[Json], list[T]],
        prefer: str | None = None,
    ) -> Call[list[T]]:
        results: list[T] = []
        waiting = list(self._parts(pieces))[::-1]
        while waiting:
            first, end = waiting.pop()
            body = b'{"items":[' + b",".join(pieces[first:end]) + b"]}"
            # Cut in the same way a list has the same keys again; whole, it has the caller's.
            whole = (first, end) == (0, len(pieces))
            part_key = key if whole or key is None else f"{key}:{first}-{end}"
            request = Request("POST", path, body, part_key, prefer)
            answer = yield from exchange(request, self.limits)
            if answer.status == _TOO_LARGE and end - first > 1:
                middle = (first + end) // 2
                waiting += [(middle, end), (first, middle)]
                continue
            found = _read(_accepted(answer), read)
            if len(found) != end - first:
                raise UnexpectedAnswer(f"{len(found)} results for {end - first} items.")
            results += found
        return results

    def _parts(self, pieces: Sequence[bytes]) -> Iterator[tuple[int, int]]:
        """Ranges of pieces, each as large as the limits allow, but never empty."""
        first, size = 0, _FRAME
        for place, piece in enumerate(pieces):
            size += len(piece) + 1
            full = place - first >= self.max_items or size > self.max_body_bytes
            if full and place > first:
                yield first, place
                first, size = place, _FRAME + len(piece) + 1
        if pieces:
            yield first, len(pieces)

    def _send(self, request: Request) -> Call[Answer]:
        answer = yield from exchange(request, self.limits)
        return _accepted(answer)


def _accepted(answer: Answer) -> Answer:
    """The answer. Raises Refused for a problem, or UnexpectedAnswer for a redirect."""
    if 200 <= answer.status < 300:
        return answer
    if answer.status < 400:
        raise UnexpectedAnswer(f"HTTP {answer.status}: redirects are not followed.")
    try:
        body = json.loads(answer.body)
    except (ValueError, RecursionError):
        body = {}
    known = body if isinstance(body, dict) else {}
    request_id = answer.headers.get("x-request-id")
    raise refusal(Problem.of(answer.status, known, request_id, retry_after(answer.headers)))


def _read(answer: Answer, read: Callable[[Any], T]) -> T:
    try:
        return read(json.loads(answer.body))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        # Not `from error`: what came back may be anything, and would stand in a traceback.
        raise UnexpectedAnswer(
            f"HTTP {answer.status}, but not in the form that this service answers in "
            f"({type(error).__name__}): see whether the address is right."
        ) from None


def _scores(raw: Json) -> list[Score]:
    versions = raw["model_version"], raw["policy_version"]
    return [Score.of(result, *versions) for result in raw["results"]]


def _kept(raw: Json) -> list[Kept]:
    return [Kept.of(item) for item in raw["items"]]


def _content(content_id: str, community: str | None) -> str:
    return f"/v1/content/{_segment(content_id)}{_query(community)}"


def _segment(value: str) -> str:
    # Dots alone would be taken for a step in the path.
    return value.replace(".", "%2E") if value in (".", "..") else quote(value, safe="")


def _query(community: str | None) -> str:
    return "" if community is None else "?" + urlencode({"community": community})
