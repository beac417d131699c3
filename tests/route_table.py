"""Every endpoint and page of an application, and who may use each, read from its routes.

In: the application. Out: a `Route` for each path and method, with its one rule; RouteError for a
route that has none, or two, or one of the wrong kind.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.routing import BaseRoute, Mount, compile_path
from starlette.staticfiles import StaticFiles

from modsvc.api import security
from modsvc.api.security import Needs
from modsvc.desk import guard
from modsvc.desk.guard import PREFIX, Allows
from modsvc.review.words import ROLES
from modsvc.store.api_keys import SCOPES

#: Whoever asks: nobody, a person by role, a program by the one scope of its key.
NOBODY = "nobody"
CALLERS = (NOBODY, *(f"desk:{role}" for role in ROLES), *(f"key:{scope}" for scope in SCOPES))


class RouteError(Exception):
    """A route does not say who may use it."""


class Route(NamedTuple):
    """A path as it is seen from outside, a method, and the callers who may."""

    path: str
    method: str
    callers: frozenset[str]

    @property
    def is_page(self) -> bool:
        """A part of the desk."""
        return self.path.startswith(f"{PREFIX}/")

    @property
    def is_public(self) -> bool:
        """Open to anyone."""
        return NOBODY in self.callers

    def url(self, values: dict[str, str]) -> str:
        """The path with its parameters filled in; those without a value by something."""
        return re.sub(r"{(\w+)(?::\w+)?}", lambda part: values.get(part[1], "nothing"), self.path)

    def matches(self, url: str) -> bool:
        """Whether this is a path of the route."""
        return compile_path(self.path)[0].match(url) is not None


def routes(app: FastAPI) -> list[Route]:
    """Everything that can be asked of the application, by path. Raises RouteError."""
    return sorted(_below("", app.routes))


def table(found: Sequence[Route]) -> str:
    """A line a route, a column a caller; `yes` where they may."""
    width = max(len(route.path) for route in found) + 2
    head = f"{'':8}{'':{width}}" + "".join(f"{caller:15}" for caller in CALLERS)
    lines = [
        f"{route.method:8}{route.path:{width}}"
        + "".join(f"{'yes' if caller in route.callers else '-':15}" for caller in CALLERS)
        for route in found
    ]
    return "".join(f"{line.rstrip()}\n" for line in (head, *lines))


def _below(prefix: str, given: Sequence[BaseRoute]) -> Iterator[Route]:
    for context in iter_route_contexts(given):
        path, inner = f"{prefix}{context.path}", context.original_route
        if isinstance(inner, Mount) and isinstance(inner.app, StaticFiles):
            # Styles and scripts, the same for all.
            yield from (Route(f"{path}/desk.css", method, _ANYONE) for method in ("GET", "HEAD"))
        elif isinstance(inner, Mount) and isinstance(inner.app, FastAPI):
            yield from _below(path, inner.app.routes)
        elif context.methods:
            callers = _callers(path, context)
            yield from (Route(path, method, callers) for method in context.methods)
        else:
            raise RouteError(f"{path} is a {type(inner).__name__}: say here who may use it")


def _callers(path: str, context: RouteContext) -> frozenset[str]:
    in_desk = path.startswith(f"{PREFIX}/")
    public = guard.PUBLIC if in_desk else security.PUBLIC
    rules = list(_rules(getattr(context, "dependant", None)))
    if path.removeprefix(PREFIX if in_desk else "") in public:
        if rules:
            raise RouteError(f"{path} is public and has a rule: it can only be one of them")
        return _ANYONE
    if len(rules) != 1:
        raise RouteError(f"{path} has {len(rules)} rules: give it exactly one, or make it public")
    [rule] = rules
    if isinstance(rule, Allows) is not in_desk:
        raise RouteError(f"{path} has the rule of another place: {type(rule).__name__}")
    if isinstance(rule, Allows):
        return frozenset(f"desk:{role}" for role in rule.roles)
    return frozenset({f"key:{rule.scope}"})


def _rules(dependant: Dependant | None) -> Iterator[Needs | Allows]:
    if dependant is None:
        return
    if isinstance(dependant.call, (Needs, Allows)):
        yield dependant.call
    for inner in dependant.dependencies:
        yield from _rules(inner)


_ANYONE = frozenset(CALLERS)
