"""The policy in force, and how it is changed: draft, compare, activate, roll back.

In: an open database and the pipeline. Out: the policy of the active version, compiled for the
model that judges by it, and new versions. The first start makes the policy file (the packaged one
without MODSVC_POLICY_FILE) the first version; from then on the database says which one holds. Rows
are left to `modsvc.store.policies`, back-tests to `modsvc.ingest.backtest`.
"""

import logging
import threading
from dataclasses import replace
from pathlib import Path
from typing import Final
from weakref import WeakKeyDictionary

from sqlalchemy.orm import Session

from modsvc.engine.engine import Engine
from modsvc.engine.running import Running
from modsvc.errors import StoreError
from modsvc.pipeline import Loaded, Pipeline, policy_for
from modsvc.policy import Policy
from modsvc.policy.diff import Change, diff
from modsvc.policy.document import Document, name_of, parse_document, read_text, version_of
from modsvc.store import policies as rows
from modsvc.store.database import Database
from modsvc.store.events import SYSTEM

logger = logging.getLogger(__name__)

_NAME: Final = "the policy"


class Policies:
    """Compiles policies once for each model; safe to share by threads."""

    def __init__(self, database: Database, pipeline: Pipeline) -> None:
        self._database = database
        self._pipeline = pipeline
        # Models come and go, and what was compiled for them with them.
        self._compiled: WeakKeyDictionary[Engine, dict[str, Policy]] = WeakKeyDictionary()
        # So that a policy and the model that it was compiled for come into force together.
        self._lock = threading.Lock()

    def begin(self, path: Path | None) -> None:
        """Make sure that a version is active, and judge by it.

        Raises PolicyError for a file, or an active version, that this model cannot use.
        """
        text = read_text(path)
        document = parse_document(text, name_of(path))
        version = version_of(document)
        with self._database.transaction() as session:
            if rows.active_version(session) is None:
                rows.draft(session, version, text, author=SYSTEM, note="The first policy.")
                rows.activate(session, version, actor=SYSTEM)
            elif path is not None and rows.active_version(session) != version:
                logger.warning("policy_file_ignored active=%s", rows.active_version(session))
        self.refresh()

    def refresh(self) -> None:
        """Judge everything by the active version, whoever activated it."""
        with self._lock, self._database.reading() as session:
            self._pipeline.policy = self.current(session)

    def adopt(self, running: Running) -> Loaded:
        """Judge everything by another model, under the active version; what judged before.

        Raises StoreError, StoreUnavailable, PolicyError; nothing has changed then.
        """
        with self._lock, self._database.reading() as session:
            return self._pipeline.switch(running, self.current(session, running.engine))

    def active_for(self, engine: Engine) -> Policy:
        """The policy that holds now, for a model. Raises StoreError, PolicyError."""
        with self._database.reading() as session:
            return self.current(session, engine)

    def version_for(self, version: str, engine: Engine) -> Policy:
        """A version, for a model; the database is asked the first time alone.

        Raises NotFound, StoreUnavailable, PolicyError.
        """
        known = self._compiled.get(engine, {}).get(version)
        if known is not None:
            return known
        with self._database.reading() as session:
            return self.compiled(session, version, engine)

    def current(self, session: Session, engine: Engine | None = None) -> Policy:
        """The policy that holds in this transaction, for a model, or the one in use.

        Raises StoreError, PolicyError.
        """
        version = rows.active_version(session)
        if version is None:
            raise StoreError("No policy is active: start the service once, or activate one.")
        return self.compiled(session, version, engine)

    def compiled(self, session: Session, version: str, engine: Engine | None = None) -> Policy:
        """Any version, compiled for a model, or the one in use.

        Raises NotFound, or PolicyError where the model cannot work with it.
        """
        engine = engine or self._pipeline.loaded.running.engine
        by_version = self._compiled.setdefault(engine, {})
        known = by_version.get(version)
        if known is None:
            built = policy_for(engine, document_of(session, version))
            # The row's name, whatever name this program would give the document today.
            known = by_version[version] = replace(built, version=version)
        return known

    def check(self, text: str) -> Document:
        """What a text says, if this model can work with it. Raises PolicyError, which says why."""
        document = parse_document(text, _NAME)
        policy_for(self._pipeline.loaded.running.engine, document)
        return document

    def draft(self, session: Session, text: str, *, author: str, note: str) -> rows.Kept:
        """Keep a document, which must be one that this model can work with.

        Raises PolicyError, which names the key.
        """
        document = self.check(text)
        return rows.draft(session, version_of(document), text, author=author, note=note)

    def activate(self, session: Session, version: str, *, actor: str) -> str:
        """Let a version hold; `refresh` after it. Raises NotFound, Conflict, PolicyError."""
        self.compiled(session, version)
        return rows.activate(session, version, actor=actor).version

    def roll_back(self, session: Session, *, actor: str) -> str:
        """Let the version before hold; `refresh` after it. Raises Conflict, PolicyError."""
        version = rows.roll_back(session, actor=actor).version
        self.compiled(session, version)
        return version


def document_of(session: Session, version: str) -> Document:
    """What a version says. Raises NotFound."""
    return parse_document(rows.get(session, version).document, _NAME)


def changes(session: Session, before: str, after: str) -> list[Change]:
    """What one version says otherwise than another. Raises NotFound."""
    return diff(document_of(session, before), document_of(session, after))
