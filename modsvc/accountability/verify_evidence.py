"""Is a package of evidence as it was made? Without a database, a network or a secret.

In: the bytes of a package and, if known, the fingerprint of the key that the service has
published. Out: a `Verdict` that names everything that was changed. A package that was made
anew under another key is whole in itself: only the fingerprint tells.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from modsvc.accountability import links
from modsvc.accountability.case import Case
from modsvc.accountability.case_checks import Problem, check
from modsvc.accountability.evidence import CASE, EVENTS, EXPORTED, FORMAT, LINKS
from modsvc.accountability.package import (
    MANIFEST,
    PUBLIC_KEY,
    SIGNATURE,
    VOUCHING,
    unpack,
    zipped,
)
from modsvc.accountability.signing import fingerprint, verifies
from modsvc.errors import AccountabilityError

_UNREADABLE: Final = (KeyError, TypeError, ValueError, AttributeError)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found; `about` is the manifest, as far as it can be read.

    `recognised` says whether the key is the one that was asked for; None if none was.
    """

    problems: tuple[Problem, ...]
    about: Mapping[str, Any]
    fingerprint: str | None
    recognised: bool | None

    @property
    def whole(self) -> bool:
        """Nothing was changed."""
        return not self.problems


def verify(package: bytes, known: str | None = None) -> Verdict:
    """Check a package; `known` is the expected key's fingerprint.

    Raises AccountabilityError when it is no package at all, or of a later format.
    """
    files = unpack(package)
    about = _manifest(files)
    if about.get("format", FORMAT) != FORMAT:
        raise AccountabilityError("This package needs a newer version of modsvc to be verified.")
    key, faults = _signature(files, known)
    problems = [*faults, *_files(files, about), *_case(files)]
    if not problems and zipped(files) != package:
        problems.append(Problem("package", "was changed outside its files"))
    recognised = None if known is None else key == known.lower()
    return Verdict(tuple(problems), about, key, recognised)


def _manifest(files: Mapping[str, bytes]) -> Mapping[str, Any]:
    try:
        about = json.loads(files[MANIFEST])
    except _UNREADABLE:
        return {}
    return about if isinstance(about, dict) else {}


def _signature(files: Mapping[str, bytes], known: str | None) -> tuple[str | None, list[Problem]]:
    missing = [Problem(name, "is missing") for name in sorted(VOUCHING - files.keys())]
    if missing:
        return None, missing
    try:
        key = fingerprint(files[PUBLIC_KEY])
        signed = verifies(files[PUBLIC_KEY], files[SIGNATURE], files[MANIFEST])
    except AccountabilityError:
        return None, [Problem(PUBLIC_KEY, "is not an Ed25519 key")]
    problems = []
    if not signed:
        problems.append(Problem(MANIFEST, "is not what was signed, or not under this key"))
    if known is not None and key != known.lower():
        problems.append(Problem(PUBLIC_KEY, "is not the key that is expected"))
    return key, problems


def _files(files: Mapping[str, bytes], about: Mapping[str, Any]) -> Iterator[Problem]:
    listed = about.get("files")
    if not isinstance(listed, dict):
        yield Problem(MANIFEST, "cannot be read")
        return
    for name in sorted(listed.keys() | files.keys() - VOUCHING):
        if name not in files:
            yield Problem(name, "is missing")
        elif name not in listed:
            yield Problem(name, "was added")
        elif listed[name] != {
            "bytes": len(files[name]),
            "sha256": hashlib.sha256(files[name]).hexdigest(),
        }:
            yield Problem(name, "was changed")


def _case(files: Mapping[str, bytes]) -> Iterator[Problem]:
    if not {CASE, EVENTS} <= files.keys():
        return
    try:
        facts = json.loads(files[CASE])
        written = [json.loads(line) for line in files[EVENTS].splitlines()]
        between = links.read(files[LINKS]) if LINKS in files else None
        problems = [*check(Case.restored(facts, written), links=between), *_words(facts)]
        last = written[-1]
        noted = last["data"]["case_sha256"] if last["kind"] == EXPORTED else None
    except (*_UNREADABLE, IndexError):
        yield Problem(f"{CASE}, {EVENTS}, {LINKS}", "cannot be read")
        return
    yield from problems
    if noted != hashlib.sha256(files[CASE]).hexdigest():
        yield Problem(CASE, "is not the case whose export the last event records")


def _words(facts: Mapping[str, Any]) -> Iterator[Problem]:
    for version in facts["versions"]:
        for name, words in (("text", version["text"]), ("parent", version["parent_text"])):
            digest = None if words is None else hashlib.sha256(words.encode()).hexdigest()
            if version[f"{name}_plain_sha256"] != digest:
                yield Problem(f"version {version['version']}", f"has another {name} than its hash")
