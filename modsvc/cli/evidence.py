"""`modsvc evidence`, `verify-evidence`, `evidence-key`, `transparency` and `statements`.

In: a content, a period, files. Out: files, and what was done in a line or two. The work is done
by `modsvc.accountability`, imported inside the commands so that `--help` answers at once.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from modsvc.cli.common import (
    complain,
    explained,
    new_file,
    opened,
    operator,
    settings_or_exit,
)

if TYPE_CHECKING:
    from modsvc.accountability.case_checks import Problem

app = typer.Typer()

CommunityOption = Annotated[str, typer.Option(help="The community that the content is of.")]
Day = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="A day, UTC.")]
FolderOption = Annotated[Path, typer.Option("--output", "-o", help="Folder, made if need be.")]


@app.command()
def evidence(
    content: Annotated[str, typer.Argument(help="The platform's id of the content.")],
    reason: Annotated[
        str, typer.Option(help="The request that it is for; kept for ever, so name no people.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="A file that is not there yet.")],
    community: CommunityOption = "",
    links: Annotated[
        bool, typer.Option(help="With the hashes of the events between the case's.")
    ] = True,
) -> None:
    """Pack one case, signed, for police, a court or an ombudsperson; the record says you did."""
    with opened(current=True) as (database, settings):
        from modsvc.accountability.evidence import export
        from modsvc.accountability.signing import Signer, fingerprint

        signer = Signer.open(settings.data_dir)
        with new_file(output) as file:
            exported = export(
                database,
                signer,
                community=community,
                content_id=content,
                actor=operator(),
                reason=reason,
                linked=links,
            )
            file.write(exported.package)
        print(f"{output} is signed by the key {fingerprint(signer.public_pem)}.")
        print(f"Event {exported.seq} records who exported it, and why.")
        _list(exported.problems)


@app.command("verify-evidence")
def verify_evidence(
    file: Annotated[Path, typer.Argument(help="A package that `modsvc evidence` made.")],
    key: Annotated[
        str | None, typer.Option(help="The fingerprint that the service has published.")
    ] = None,
) -> None:
    """Check a package, offline; name everything that was changed."""
    with explained():
        from modsvc.accountability.verify_evidence import verify

        verdict = verify(file.read_bytes(), key)
    about = verdict.about
    print(f"Content {about.get('content_id')}, exported {about.get('exported_at')}.")
    print(f"Key: {verdict.fingerprint}")
    _list(verdict.problems)
    noted = about.get("problems")
    if noted:
        print(f"It is as it was made; {len(noted)} faults were known then, see report.html.")
    else:
        print("It is as it was made.")
    if verdict.recognised is None:
        print("Compare the key with the one that the service has published, or give it by --key.")


@app.command("evidence-key")
def evidence_key() -> None:
    """Print the public key that evidence is signed with, and its fingerprint; publish both."""
    settings = settings_or_exit()
    with explained():
        from modsvc.accountability.signing import Signer, fingerprint

        public = Signer.open(settings.data_dir).public_pem
        print(public.decode(), end="")
        print(f"Fingerprint: {fingerprint(public)}")


@app.command()
def transparency(
    quarter: Annotated[str, typer.Option(help="Such as 2026Q4.")], output: FolderOption
) -> None:
    """Write the transparency report of a quarter, as HTML and CSV."""
    with opened(current=True) as (database, _):
        from modsvc.accountability.disclosure import publish
        from modsvc.accountability.quarter import Quarter
        from modsvc.accountability.transparency import count
        from modsvc.accountability.transparency_files import write

        period = Quarter.parse(quarter)
        with database.reading() as session:
            rows = publish(count(session, period))
        now = datetime.now(UTC)
        write(output, period, rows, now)
        print(f"{output} holds transparency-{period}.html and .csv.")
        if now < period.end:
            complain("This quarter is not over: the numbers will change.")


@app.command()
def statements(
    terms: Annotated[Path, typer.Option(help="TOML file: see docs/accountability.md.")],
    since: Day,
    until: Day,
    output: FolderOption,
    notices: Annotated[
        bool, typer.Option(help="With a text for each person concerned, named by decision.")
    ] = False,
) -> None:
    """Write statements of reasons for the restrictions that began from `since` to before `until`.

    `statements-1.json`, `-2` ... are bodies for the EU's database, at most 100 in each.
    """
    with opened(current=True) as (database, _):
        from modsvc.accountability.dsa_statement import batches
        from modsvc.accountability.notice import notice
        from modsvc.accountability.outcomes import restrictions
        from modsvc.accountability.statements import load_terms, state_all

        said = load_terms(terms)
        with database.reading() as session:
            found = restrictions(session, _utc(since), _utc(until))
            stated = state_all(found, said)
        output.mkdir(parents=True, exist_ok=True)
        for number, body in enumerate(batches(stated.statements), start=1):
            _write(output / f"statements-{number}.json", json.dumps(body, indent=1) + "\n")
        for statement in stated.statements if notices else ():
            _write(output / f"notice-{statement.puid}.txt", notice(statement, said))
        print(f"{output} holds {len(stated.statements)} statements.")
        for refused in stated.refused:
            complain(refused.why)
        if stated.refused:
            raise typer.Exit(1)


def _list(problems: "list[Problem] | tuple[Problem, ...]") -> None:
    """Say what is wrong, if anything, and end with 1."""
    for problem in problems:
        complain(f"{problem.where} {problem.what}")
    if problems:
        complain(f"{len(problems)} faults: keep everything as it is, and find out why.")
        raise typer.Exit(1)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _utc(day: datetime) -> datetime:
    return day.replace(tzinfo=UTC)
