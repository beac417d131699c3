"""Which methods a path answers to, for the `Allow` header of a 405.

In: a request that no route took. Out: all methods of its path. The framework names those of the
first route alone, and a path may have several.
"""

from typing import Final

from starlette.requests import Request
from starlette.routing import Match

_METHODS: Final = ("DELETE", "GET", "PATCH", "POST", "PUT")


def allowed(request: Request) -> str:
    """The methods of the request's path, as the header has them."""
    scope, routes = request.scope, request.app.routes
    return ", ".join(
        method
        for method in _METHODS
        if any(route.matches({**scope, "method": method})[0] is Match.FULL for route in routes)
    )
