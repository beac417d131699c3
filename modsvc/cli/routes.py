"""`modsvc routes`: the directory of places to report harassment to.

In: ids and what an operator found out. Out: routes, each with its state. Rules are in
`modsvc.accountability.routes`, imported inside the commands so that `--help` answers at once.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from modsvc.cli.common import opened, operator

if TYPE_CHECKING:
    from modsvc.accountability.routes import Route

app = typer.Typer(help="Look after the places to report harassment to.", no_args_is_help=True)

RouteArgument = Annotated[str, typer.Argument(help="The id that `modsvc routes list` prints.")]


@app.command()
def seed() -> None:
    """Add placeholders for the countries that have no route yet."""
    with opened(current=True) as (database, _):
        from modsvc.accountability import routes

        with database.transaction() as session:
            added = routes.seed(session, actor=operator())
        print(f"Added {added} placeholders: find out their contacts, `edit` and `confirm` them.")


@app.command("list")
def show(
    country: Annotated[str | None, typer.Option(help="Two letters, such as KG.")] = None,
) -> None:
    """Print the routes, each with its state."""
    with opened(current=True) as (database, _):
        from modsvc.accountability import routes

        with database.reading() as session:
            for route in routes.listed(session, country):
                _print(route)


@app.command()
def add(
    country: Annotated[str, typer.Option(help="Two letters, such as KG.")],
    kind: Annotated[str, typer.Option(help="Such as police, ombudsperson or support.")],
    name: Annotated[str, typer.Option(help="What it is called.")],
) -> None:
    """Add a placeholder."""
    with opened(current=True) as (database, _):
        from modsvc.accountability import routes

        with database.transaction() as session:
            made = routes.add(session, country=country, kind=kind, name=name, actor=operator())
        _print(made)


@app.command()
def edit(
    route: RouteArgument,
    name: Annotated[str | None, typer.Option(help="What it is called.")] = None,
    kind: Annotated[str | None, typer.Option(help="What kind of place it is.")] = None,
    contact: Annotated[str | None, typer.Option(help="Number, address or page.")] = None,
    source: Annotated[str | None, typer.Option(help="The page that says so, https://…")] = None,
) -> None:
    """Change what is given; the route has to be confirmed again."""
    with opened(current=True) as (database, _):
        from modsvc.accountability import routes

        with database.transaction() as session:
            changed = routes.edit(
                session,
                route,
                actor=operator(),
                name=name,
                kind=kind,
                contact=contact,
                source_url=source,
            )
        _print(changed)


@app.command()
def confirm(
    route: RouteArgument,
    checked_on: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="The day on which it was right.")
    ],
) -> None:
    """Say that a route's contact and source were right on a day."""
    with opened(current=True) as (database, _):
        from modsvc.accountability import routes

        with database.transaction() as session:
            confirmed = routes.confirm(
                session, route, checked_on=checked_on.date(), actor=operator()
            )
        _print(confirmed)


@app.command()
def remove(route: RouteArgument) -> None:
    """Take a route out of the directory."""
    with opened(current=True) as (database, _):
        from modsvc.accountability import routes

        with database.transaction() as session:
            routes.remove(session, route, actor=operator())
        print(f"Removed {route}.")


def _print(route: "Route") -> None:
    found = route.contact or "no contact"
    where = route.source_url or "no source"
    when = "never" if route.checked_on is None else route.checked_on.isoformat()
    print(f"{route.id}  {route.country}  {route.kind}: {route.name}")
    print(f"    {route.state}: {found}; {where}; checked {when}")
