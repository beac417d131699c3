"""One case as a signed package, for police, a court or an ombudsperson.

In: a database, a content, and who asks and why. Out: the bytes of a package (see `package`) with
the case as JSON, its events, a page to read and how to verify all of it. The export is itself an
event, which the package holds and which holds the hash of the case.
Whoever opens it without the service can use `verify_evidence`.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

from sqlalchemy.orm import Session

from modsvc import __version__
from modsvc.accountability import links
from modsvc.accountability.case import Case, event_facts
from modsvc.accountability.case_checks import Problem, check
from modsvc.accountability.links import Link
from modsvc.accountability.package import as_json, line, pack
from modsvc.accountability.pages import render
from modsvc.accountability.signing import Signer, fingerprint
from modsvc.errors import AccountabilityError
from modsvc.store import events
from modsvc.store.database import Database
from modsvc.store.tables import Event

EXPORTED: Final = "exported"

FORMAT: Final = 1

CASE: Final = "case.json"
EVENTS: Final = "events.jsonl"
LINKS: Final = "links.jsonl"
PAGE: Final = "report.html"
README: Final = "README.txt"

#: The longest reason, in characters.
MAX_REASON: Final = 300


class Exported(NamedTuple):
    """A package, the number of its event, and what did not fit when it was made."""

    package: bytes
    seq: int
    problems: list[Problem]


def export(
    database: Database,
    signer: Signer,
    *,
    community: str,
    content_id: str,
    actor: str,
    reason: str,
    linked: bool = True,
) -> Exported:
    """Record that the case of one content is handed out, and pack it, in all its versions.

    `reason` stays in the record for ever: it should name the request, not people. Unless
    `linked` is false, the package has the links between the case's events (`links`), so that
    nobody needs the service to see that they follow each other. What does not fit is part of
    the package, not a reason to refuse it. Raises NotFound, ChainBroken, StoreUnavailable, or
    AccountabilityError for a reason that is missing or too long, and for too many links.
    """
    reason = " ".join(reason.split())
    if not 0 < len(reason) <= MAX_REASON:
        raise AccountabilityError(f"Give a reason of 1 to {MAX_REASON} characters.")
    with database.transaction() as session:
        case = Case.read(session, community, content_id)
        written = as_json({"format": FORMAT, **case.facts()})
        event = _noted(session, case, actor, reason, hashlib.sha256(written).hexdigest())
        case = replace(case, events=[*case.events, event])
        if linked:
            links.check_number(case.events[0].seq, event.seq)
    # Not in the transaction, which others wait for: what is written stays as it is.
    chain = _links(database, case) if linked else None
    problems = list(check(case, database.keys, chain))
    manifest = _manifest(case, event, signer, linked, problems)
    page = render("evidence.html.j2", case=case.facts(), events=case.events, **manifest)
    files = {
        CASE: written,
        EVENTS: b"".join(line(event_facts(event)) for event in case.events),
        **({} if chain is None else {LINKS: links.written(chain)}),
        PAGE: page.encode(),
        README: render("README.txt.j2", **manifest).encode(),
    }
    return Exported(pack(files, manifest, signer), event.seq, problems)


def _noted(session: Session, case: Case, actor: str, reason: str, digest: str) -> Event:
    about = case.contents[-1].id
    data = {"reason": reason, "case_sha256": digest}
    event = events.append(session, EXPORTED, actor=actor, content=about, data=data)
    session.flush()
    return event


def _links(database: Database, case: Case) -> list[Link]:
    with database.reading() as session:
        return list(links.between(session, case.events))


def _manifest(
    case: Case, event: Event, signer: Signer, linked: bool, problems: Sequence[Problem]
) -> dict[str, Any]:
    about = case.contents[-1]
    written = event_facts(event)
    return {
        "format": FORMAT,
        "made_by": f"modsvc {__version__}",
        "community": about.community,
        "content_id": about.content_id,
        "exported_at": written["at"],
        "exported_by": event.actor,
        "reason": written["data"]["reason"],
        "head": {"seq": event.seq, "hash": event.hash},
        "segment": "linked" if linked else "own",
        "problems": [problem._asdict() for problem in problems],
        "key_fingerprint": fingerprint(signer.public_pem),
    }
