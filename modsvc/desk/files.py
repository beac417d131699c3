"""Files that leave the desk: bytes, or a stream of them, to be kept under a name.

In: bytes and a name without spaces or quotes. Out: an answer that browsers store, never show.
"""

from collections.abc import Iterable

from starlette.responses import Response, StreamingResponse


def attached(data: bytes, kind: str, name: str) -> Response:
    """A file of a media type, whole."""
    return Response(data, media_type=kind, headers=_headers(name))


def streamed(parts: Iterable[bytes], kind: str, name: str) -> Response:
    """A file of a media type, sent as it is made."""
    return StreamingResponse(parts, media_type=kind, headers=_headers(name))


def _headers(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
