"""Templates → pages, in the visitor's language and look.

In: the name of a template in `templates/` and what it shows. Out: an HTML answer. Every template
extends `base.html` and knows `visitor` (None before sign-in), `csrf`, `locale`, `menu`, `path`,
`said` (what a form just did) and the filters below. Words of others are escaped, always.
"""

import functools
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from babel import Locale
from babel.dates import format_datetime, format_timedelta
from babel.numbers import format_decimal, format_percent
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from modsvc.desk.catalogues import LOCALES, N_, best, translations
from modsvc.desk.guard import ANYONE, LEADS, OVERSEES, PREFIX, REVIEWS, RUNS, Allows
from modsvc.desk.vocabulary import SAID, TERMS
from modsvc.review.sessions import Visitor
from modsvc.store.columns import utcnow


class Place(NamedTuple):
    """An entry of the menu, and for whom."""

    path: str
    name: str
    whom: Allows


#: In the order in which they are shown.
MENU: Final = (
    Place("/", N_("Queue"), REVIEWS),
    Place("/appeals", N_("Appeals"), ANYONE),
    Place("/dashboard", N_("Dashboard"), OVERSEES),
    Place("/quality", N_("Quality"), OVERSEES),
    Place("/people", N_("People"), LEADS),
    Place("/policies", N_("Policies"), OVERSEES),
    Place("/webhooks", N_("Webhooks"), RUNS),
    Place("/keys", N_("API keys"), RUNS),
    Place("/records", N_("Records"), OVERSEES),
    Place("/routes", N_("Routes"), ANYONE),
    Place("/profile", N_("My settings"), ANYONE),
    Place("/guide", N_("Help"), ANYONE),
)


def render(
    request: Request,
    template: str,
    shown: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
) -> HTMLResponse:
    """A page; a name that the template misses is an error."""
    visitor: Visitor | None = getattr(request.state, "visitor", None)
    locale = best(request.headers.get("accept-language", ""))
    if visitor is not None and visitor.account.locale in LOCALES:
        locale = visitor.account.locale
    said = SAID.get(request.query_params.get("said", ""))
    page = environment(locale).get_template(template)
    return HTMLResponse(
        page.render(
            **(shown or {}),
            visitor=visitor,
            csrf="" if visitor is None else visitor.csrf_token,
            locale=locale,
            locales=LOCALES,
            menu=() if visitor is None else _menu(visitor.account.role),
            path=request.url.path.removeprefix(PREFIX),
            said=said,
            now=utcnow(),
        ),
        status_code=status,
    )


def go(path: str, said: str | None = None, **query: str) -> RedirectResponse:
    """After a form: to a page of the desk, which may say by a key of `SAID` what was done.

    Of the query nothing is said that is empty.
    """
    parts = {name: value for name, value in {**query, "said": said}.items() if value}
    tail = f"?{urlencode(parts)}" if parts else ""
    return RedirectResponse(f"{PREFIX}{path}{tail}", status_code=303)


@functools.cache
def environment(locale: str) -> Environment:
    """The templates in one language."""
    known = Environment(
        loader=PackageLoader("modsvc.desk"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    catalogue = translations(locale)
    known.install_gettext_translations(catalogue, newstyle=True)  # type: ignore[attr-defined]
    known.globals["desk"] = PREFIX

    def term(code: str | None) -> str:
        """A code, such as a category or a reason, in words; unknown ones as they are."""
        if code is None:
            return catalogue.gettext("none")
        return catalogue.gettext(TERMS[code]) if code in TERMS else code

    def moment(value: datetime | None) -> str:
        if value is None:
            return "–"
        return str(format_datetime(value, "d MMM y, HH:mm:ss 'UTC'", locale=locale))

    def age(value: datetime | None) -> str:
        if value is None:
            return "–"
        return str(format_timedelta(utcnow() - value, locale=locale))

    known.filters.update(
        term=term,
        moment=moment,
        age=age,
        country=lambda code: Locale.parse(locale).territories.get(code, code),
        seconds=lambda value: "–" if value is None else str(format_timedelta(value, locale=locale)),
        percent=lambda value: (
            "–" if value is None else str(format_percent(value, "0.0 %", locale=locale))
        ),
        number=lambda value: "–" if value is None else str(format_decimal(value, locale=locale)),
        threshold=lambda value: str(format_decimal(value, "0.00####", locale=locale)),
        probability=lambda value: (
            "–" if value is None else str(format_decimal(value, "0.00", locale=locale))
        ),
    )
    return known


def _menu(role: str) -> tuple[Place, ...]:
    return tuple(place for place in MENU if role in place.whom.roles)
