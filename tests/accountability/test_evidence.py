"""A case leaves the house as evidence; whoever gets it sees whether it is as it was made."""

import hashlib
import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text as sql

from modsvc.accountability import evidence
from modsvc.accountability.evidence import Exported
from modsvc.accountability.package import as_json, pack, unpack, zipped
from modsvc.accountability.signing import KEY_FILE, Signer, fingerprint, verifies
from modsvc.accountability.verify_evidence import Verdict, verify
from modsvc.errors import AccountabilityError, NotFound
from modsvc.store import erasure, events, items
from modsvc.store.database import Database
from modsvc.store.tables import Event
from modsvc.store.verify import verify as verify_log
from tests.accountability.rows import appeal, decide, review, text

WORDS = "You <script>alert('hateword')</script> & hateword"

Files = dict[str, bytes]


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    """The service's key."""
    return Signer.open(tmp_path / "data")


def export(database: Database, signer: Signer, **more: Any) -> Exported:
    asked = {"content_id": "c1", "community": "school", "reason": "Request 12/2026", **more}
    return evidence.export(database, signer, actor="lead", **asked)


@pytest.fixture
def busy(database: Database) -> Database:
    """A case that was edited, decided, reviewed and appealed; other cases around it."""
    with database.transaction() as session:
        text(session, "other")
        about = {"community": "school", "author_id": "maria", "parent_text": "Hello Elena"}
        first = text(session, "c1", text=WORDS, url="https://forum.example/1", **about)
        decision = decide(session, first, action="review")
        decide(session, text(session, "another"))
        done = review(session, decision, "uphold", note="hateword twice")
        vouched = items.vouched(session, done)
        events.append(session, "upheld", actor="lead", content=first.id, item=done.id, data=vouched)
        appeal(session, decision, "uphold", item=done.id)
        edited = text(session, "c1", text="A <b>better</b> word", **about)
        decide(session, edited, action="allow", reason_codes=["below_thresholds"])
    return database


def names(verdict: Verdict) -> list[tuple[str, str]]:
    return [tuple(problem) for problem in verdict.problems]


def test_a_package_holds_the_case_and_verifies_without_the_database(
    busy: Database, signer: Signer
) -> None:
    exported = export(busy, signer)
    busy.close()
    verdict = verify(exported.package, fingerprint(signer.public_pem))
    assert verdict.whole, verdict.problems
    assert exported.problems == []
    assert verdict.recognised
    assert verdict.about["reason"] == "Request 12/2026"
    files = unpack(exported.package)
    case = json.loads(files["case.json"])
    assert [version["text"] for version in case["versions"]] == [WORDS, "A <b>better</b> word"]
    assert case["versions"][0]["parent_text"] == "Hello Elena"
    assert case["versions"][0]["text_plain_sha256"] == hashlib.sha256(WORDS.encode()).hexdigest()
    assert [decision["action"] for decision in case["decisions"]] == ["review", "allow"]
    assert case["decisions"][0]["policy_version"] == "default-1"
    assert [review["resolution"] for review in case["reviews"]] == ["uphold"]
    assert [appeal["words"] for appeal in case["appeals"]] == ["It was about a film"]
    written = [json.loads(line) for line in files["events.jsonl"].splitlines()]
    kinds = ["received", "decided", "upheld", "received", "decided", "exported"]
    assert [event["kind"] for event in written] == kinds
    assert verdict.about["head"] == {"seq": exported.seq, "hash": written[-1]["hash"]}


def test_neither_authors_nor_appellants_can_be_reached_from_it(
    busy: Database, signer: Signer
) -> None:
    files = unpack(export(busy, signer).package)
    assert not [name for name, data in files.items() if b"maria" in data]


def test_the_export_is_itself_recorded(busy: Database, signer: Signer) -> None:
    exported = export(busy, signer, reason="  Request\n 12/2026 ")
    with busy.reading() as session:
        event = session.get_one(Event, exported.seq)
        assert (event.kind, event.actor) == ("exported", "lead")
        assert event.data == {
            "reason": "Request 12/2026",
            "case_sha256": hashlib.sha256(unpack(exported.package)["case.json"]).hexdigest(),
        }
        assert list(verify_log(session)) == []
    again = unpack(export(busy, signer).package)
    assert again["events.jsonl"].count(b'"exported"') == 2


@pytest.mark.parametrize("reason", ["", " \n ", "x" * 301])
def test_nothing_leaves_without_a_reason(busy: Database, signer: Signer, reason: str) -> None:
    with pytest.raises(AccountabilityError, match="reason"):
        export(busy, signer, reason=reason)
    with pytest.raises(NotFound):
        export(busy, signer, community="")
    with busy.reading() as session:
        assert session.scalar(sql("SELECT count(*) FROM event WHERE kind = 'exported'")) == 0


def edit_json(name: str, change: Callable[[dict[str, Any]], object]) -> Callable[[Files], None]:
    def tamper(files: Files) -> None:
        value = json.loads(files[name])
        change(value)
        files[name] = as_json(value)

    return tamper


def edit_event(number: int, **fields: object) -> Callable[[Files], None]:
    def tamper(files: Files) -> None:
        lines = [json.loads(line) for line in files["events.jsonl"].splitlines()]
        lines[number].update(fields)
        files["events.jsonl"] = b"".join(json.dumps(line).encode() + b"\n" for line in lines)

    return tamper


def drop_event(number: int) -> Callable[[Files], None]:
    def tamper(files: Files) -> None:
        lines = files["events.jsonl"].splitlines(keepends=True)
        del lines[number]
        files["events.jsonl"] = b"".join(lines)

    return tamper


def put(name: str, data: bytes) -> Callable[[Files], None]:
    return lambda files: files.update({name: data})


def drop(name: str) -> Callable[[Files], None]:
    return lambda files: files.pop(name) and None


CHANGED = "was changed"
CASE = ("case.json", CHANGED)
NOT_EXPORTED = ("case.json", "is not the case whose export the last event records")
EVENTS = ("events.jsonl", CHANGED)


def in_version(name: str, value: object) -> Callable[[Files], None]:
    return edit_json("case.json", lambda case: case["versions"][0].update({name: value}))


@pytest.mark.parametrize(
    ("tamper", "expected"),
    [
        pytest.param(
            in_version("text", "Hello"),
            [CASE, ("version 1", "has another text than its hash"), NOT_EXPORTED],
            id="the text",
        ),
        pytest.param(
            in_version("parent_text", "Hello"),
            [CASE, ("version 1", "has another parent than its hash"), NOT_EXPORTED],
            id="the parent",
        ),
        pytest.param(
            in_version("received_at", "2001-02-03T04:05:06.000000+00:00"),
            [CASE, ("version 1", "is not as it was received"), NOT_EXPORTED],
            id="a time",
        ),
        pytest.param(
            edit_json("case.json", lambda case: case["decisions"][0].update(probability=0.99)),
            [CASE, "a decision", NOT_EXPORTED],
            id="a score",
        ),
        pytest.param(
            edit_json("case.json", lambda case: case["decisions"].pop()),
            [CASE, "a decision", NOT_EXPORTED],
            id="no decision",
        ),
        pytest.param(
            edit_json("case.json", lambda case: case["versions"].pop()),
            [CASE, "a decision", NOT_EXPORTED],
            id="no edit",
        ),
        pytest.param(
            edit_json("case.json", lambda case: case["reviews"][0].update(note="")),
            [CASE, NOT_EXPORTED],
            id="a note",
        ),
        pytest.param(put("case.json", b"{"), [CASE, "unreadable"], id="no JSON"),
        pytest.param(put("events.jsonl", b""), [EVENTS, "unreadable"], id="no events"),
        pytest.param(
            edit_event(2, actor="somebody else"), [EVENTS, "an event"], id="who did something"
        ),
        pytest.param(edit_event(1, seq=999), [EVENTS, *["an event"] * 4], id="order"),
        pytest.param(drop_event(0), [EVENTS, "version 1 unreceived"], id="no first event"),
        pytest.param(drop_event(-1), [EVENTS, NOT_EXPORTED], id="no export"),
        pytest.param(
            put("report.html", b"<p>Nothing happened</p>"),
            [("report.html", CHANGED)],
            id="the page",
        ),
        pytest.param(drop("report.html"), [("report.html", "is missing")], id="no page"),
        pytest.param(put("more.txt", b""), [("more.txt", "was added")], id="another file"),
        pytest.param(drop("manifest.sig"), [("manifest.sig", "is missing")], id="no signature"),
        pytest.param(
            edit_json("manifest.json", lambda manifest: manifest.update(reason="Fun")),
            [("manifest.json", "is not what was signed, or not under this key")],
            id="the reason",
        ),
        pytest.param(
            put("manifest.json", b"[]"),
            [
                ("manifest.json", "is not what was signed, or not under this key"),
                ("manifest.json", "cannot be read"),
            ],
            id="no manifest",
        ),
        pytest.param(
            put("manifest.sig", bytes(64)),
            [("manifest.json", "is not what was signed, or not under this key")],
            id="the signature",
        ),
        pytest.param(
            put("public_key.pem", b"no key"),
            [("public_key.pem", "is not an Ed25519 key")],
            id="the key",
        ),
    ],
)
def test_whatever_was_changed_is_named(
    busy: Database,
    signer: Signer,
    tamper: Callable[[Files], None],
    expected: list[tuple[str, str] | str],
) -> None:
    files = unpack(export(busy, signer).package)
    tamper(files)
    found = names(verify(zipped(files)))
    assert len(found) == len(expected), found
    for problem, meant in zip(found, expected, strict=True):
        if isinstance(meant, tuple):
            assert problem == meant
    kinds = {"a decision": "decision ", "an event": "event ", "unreadable": "case.json, events"}
    for meant in expected:
        if isinstance(meant, str):
            assert any(where.startswith(kinds.get(meant, "version 1")) for where, _ in found)


def test_a_package_made_anew_under_another_key_is_not_recognised(
    busy: Database, signer: Signer, tmp_path: Path
) -> None:
    files = unpack(export(busy, signer).package)
    manifest = json.loads(files["manifest.json"])
    kept = {name: files[name] for name in manifest.pop("files")}
    forged = pack(kept, manifest, Signer.open(tmp_path / "elsewhere"))
    assert verify(forged).whole
    assert verify(forged).recognised is None
    verdict = verify(forged, fingerprint(signer.public_pem))
    assert not verdict.recognised
    assert names(verdict) == [("public_key.pem", "is not the key that is expected")]


def test_the_file_itself_must_be_as_it_was_made(busy: Database, signer: Signer) -> None:
    package = export(busy, signer).package
    prepended = verify(b"#!/bin/sh\n" + package)
    assert names(prepended) == [("package", "was changed outside its files")]
    for broken in (b"", b"Hello", package[: len(package) // 2]):
        with pytest.raises(AccountabilityError, match="ZIP"):
            verify(broken)
    later = unpack(package)
    edit_json("manifest.json", lambda manifest: manifest.update(format=2))(later)
    with pytest.raises(AccountabilityError, match="newer"):
        verify(zipped(later))


def test_a_byte_that_was_changed_is_found_in_its_file(busy: Database, signer: Signer) -> None:
    package = export(busy, signer).package
    assert package.count(b"Reason: Request 12/2026") == 1
    changed = package.replace(b"Reason: Request 12/2026", b"Reason: Request 13/2026")
    assert names(verify(changed)) == [("report.html", CHANGED)]


def test_another_kind_of_zip_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", bytes(100_000))
    with pytest.raises(AccountabilityError, match="not a package"):
        unpack(path.read_bytes())


def test_the_same_case_makes_the_same_bytes(signer: Signer) -> None:
    files = {"b.txt": b"2", "a.txt": b"1"}
    backwards = dict(reversed(files.items()))
    assert pack(files, {"format": 1}, signer) == pack(backwards, {"format": 1}, signer)
    assert unpack(pack(files, {}, signer))["a.txt"] == b"1"


def test_links_show_that_events_follow_each_other_and_nothing_else(
    busy: Database, signer: Signer
) -> None:
    exported = export(busy, signer)
    files = unpack(exported.package)
    own = [json.loads(line)["seq"] for line in files["events.jsonl"].splitlines()]
    links = [json.loads(line) for line in files["links.jsonl"].splitlines()]
    assert sorted([*own, *(link["seq"] for link in links)]) == list(range(2, exported.seq + 1))
    assert {tuple(link) for link in links} == {("fields", "hash", "seq")}
    with busy.reading() as session:
        others = session.query(Event).filter(Event.seq.in_(link["seq"] for link in links)).all()
    for event in others:
        for said in (event.id, event.content, event.kind):
            assert str(said).encode() not in files["links.jsonl"]
    # The same without them: smaller, and the service has to be believed.
    alone = export(busy, signer, linked=False)
    assert "links.jsonl" not in unpack(alone.package)
    assert verify(alone.package).whole
    assert b"links.jsonl" not in unpack(alone.package)["README.txt"]


LINKS = ("links.jsonl", CHANGED)


def in_links(change: Callable[[list[dict[str, Any]]], object]) -> Callable[[Files], None]:
    def tamper(files: Files) -> None:
        links = [json.loads(line) for line in files["links.jsonl"].splitlines()]
        change(links)
        files["links.jsonl"] = b"".join(json.dumps(link).encode() + b"\n" for link in links)

    return tamper


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(
            lambda links: links[0].update(fields="0" * 64),
            [("event 4", "was not written after the event before it")],
            id="other words",
        ),
        pytest.param(
            lambda links: links[0].update(hash="0" * 64),
            [
                ("event 4", "was not written after the event before it"),
                ("event 5", "was not written after the event before it"),
            ],
            id="another hash",
        ),
        pytest.param(lambda links: links.pop(0), [("event 4", "is missing")], id="none"),
    ],
)
def test_whatever_was_changed_of_a_link_is_located(
    busy: Database,
    signer: Signer,
    change: Callable[[list[dict[str, Any]]], object],
    expected: list[tuple[str, str]],
) -> None:
    files = unpack(export(busy, signer).package)
    in_links(change)(files)
    assert names(verify(zipped(files))) == [LINKS, *expected]


def test_an_event_of_the_case_cannot_be_taken_out_of_the_chain(
    busy: Database, signer: Signer
) -> None:
    files = unpack(export(busy, signer).package)
    drop_event(2)(files)
    found = names(verify(zipped(files)))
    assert EVENTS in found
    assert any(what == "is missing" and where.startswith("event ") for where, what in found)


def test_too_many_links_are_refused_before_anything_is_recorded(
    busy: Database, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modsvc.accountability.links.MAX_LINKS", 3)
    with pytest.raises(AccountabilityError, match="without links"):
        export(busy, signer)
    with busy.reading() as session:
        assert session.scalar(sql("SELECT count(*) FROM event WHERE kind = 'exported'")) == 0
    assert verify(export(busy, signer, linked=False).package).whole


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE content SET text = 'Hello' WHERE version = 1 AND community = 'school'", "text"),
        ("UPDATE content SET language = 'uz' WHERE community = 'school'", "as it was received"),
        ("UPDATE decision SET action = 'allow'", "as it was made"),
        ("UPDATE event SET actor = 'nobody' WHERE seq = 2", "as it was written"),
        ("UPDATE event SET mac = hash WHERE seq = 2", "sealed"),
    ],
)
def test_what_does_not_fit_in_the_database_is_said_not_hidden(
    busy: Database, signer: Signer, statement: str, said: str
) -> None:
    with busy.engine.begin() as connection:
        connection.exec_driver_sql(statement)
    exported = export(busy, signer)
    assert any(said in problem.what for problem in exported.problems)
    files = unpack(exported.package)
    assert json.loads(files["manifest.json"])["problems"]
    assert b"What does not fit" in files["report.html"]
    # Whoever gets it sees that nothing was changed since, and is told what was known.
    assert verify(exported.package).about["problems"]


def test_erased_words_are_in_no_package(busy: Database, signer: Signer) -> None:
    with busy.transaction() as session:
        erasure.erase(session, "school", "c1", actor="key")
    exported = export(busy, signer)
    assert exported.problems == []
    files = unpack(exported.package)
    assert not [name for name, data in files.items() if b"Elena" in data or b"film" in data]
    assert verify(exported.package).whole
    assert b"erased" in files["report.html"]


class Shown(HTMLParser):
    """What is seen before anything is opened, and which elements there are."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.seen = ""
        self.covered = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "details" in self.open and "summary" not in self.open:
            self.covered += data
        else:
            self.seen += data


def test_abuse_is_covered_until_it_is_asked_for(busy: Database, signer: Signer) -> None:
    page = unpack(export(busy, signer).package)["report.html"].decode()
    shown = Shown()
    shown.feed(page)
    assert not shown.open
    for words in (WORDS, "Hello Elena", "hateword twice", "It was about a film"):
        assert words in shown.covered
        assert words not in shown.seen
    assert not shown.tags & {"script", "img", "link", "iframe", "b", "form"}
    assert not re.search(r"\s(src|href|on\w+)\s*=", page)
    assert "default-src 'none'" in page
    assert "Request 12/2026" in shown.seen


def digest(value: dict[str, Any]) -> str:
    written = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(written.encode("ascii")).hexdigest()


def follows(event: dict[str, Any]) -> dict[str, Any]:
    return {name: event[name] for name in ("prev_hash", "seq")}


def test_the_instructions_work_without_modsvc(
    busy: Database, signer: Signer, tmp_path: Path
) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("OPENSSL IS NOT INSTALLED: the instructions of README.txt were not tried")
    for name, data in unpack(export(busy, signer).package).items():
        (tmp_path / name).write_bytes(data)
    readme = (tmp_path / "README.txt").read_text(encoding="utf-8")
    [check, show, *_] = re.findall(r"^  (openssl .+)$", readme, re.MULTILINE)

    def run(command: str) -> str:
        done = subprocess.run(
            command, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False
        )
        return done.stdout

    assert "Verified Successfully" in run(check)
    assert run(show).split()[0] == fingerprint(signer.public_pem)
    assert fingerprint(signer.public_pem) in readme
    for line in (tmp_path / "events.jsonl").read_text(encoding="utf-8").splitlines():
        event = json.loads(line)
        said = ("actor", "at", "content", "data", "id", "item", "kind")
        fields = digest({name: event[name] for name in said})
        assert digest({"fields": fields, **follows(event)}) == event["hash"]
    (tmp_path / "manifest.json").write_text("{}")
    assert "Verified Successfully" not in run(check)


def test_the_key_is_made_once_and_kept_from_others(tmp_path: Path) -> None:
    first, again = Signer.open(tmp_path), Signer.open(tmp_path)
    assert first.public_pem == again.public_pem != Signer.open(tmp_path / "other").public_pem
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert verifies(first.public_pem, again.sign(b"Hello"), b"Hello")
    assert not verifies(first.public_pem, again.sign(b"Hello"), b"Bye")
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == [KEY_FILE]
    for broken in (b"", b"no key"):
        (tmp_path / KEY_FILE).write_bytes(broken)
        with pytest.raises(AccountabilityError, match="restore"):
            Signer.open(tmp_path)


def test_times_are_in_utc_and_the_export_is_the_newest(busy: Database, signer: Signer) -> None:
    before = datetime.now(UTC)
    about = verify(export(busy, signer).package).about
    assert before <= datetime.fromisoformat(about["exported_at"]) <= datetime.now(UTC)
