"""The watch follows a database: what is decided goes by, and alarms go on record."""

from datetime import timedelta
from itertools import islice
from pathlib import Path

import pytest

from modsvc.drift import alarms, reference, sights
from modsvc.drift.follow import Follower
from modsvc.errors import InputError
from modsvc.labels import CATEGORIES
from modsvc.store import contents, decisions
from modsvc.store.columns import utcnow
from modsvc.store.contents import Draft
from modsvc.store.database import Database
from modsvc.store.erasure import erase
from modsvc.store.verify import verify
from tests.drift.traffic import CODE, spelled
from tests.drift.traffic import sights as traffic
from tests.store.rows import decision

NOW = utcnow()

#: So that letters without a meaning pass for English, and are read as they are.
_ENGLISH = "The people say that there will be more of them, and what they think about"


def keep(database: Database, number: int, seed: int, **kind: float) -> None:
    """So many texts come in."""
    with database.transaction() as session:
        drafts = []
        made = list(islice(traffic(seed, **kind), number))  # type: ignore[arg-type]
        for sight in made:
            text = " ".join((_ENGLISH, *sorted(sight.words or ())))
            drafts.append((Draft(content_id=f"{seed}-{sight.content}", text=text), "key"))
        rows = []
        for put, sight in zip(contents.put_all(session, drafts), made, strict=True):
            scores = sight.probabilities or ()
            fields = {
                "probability": scores[0],
                "categories": dict(zip(CATEGORIES, scores[1:-1], strict=True)),
                "toxic_other": scores[-1],
                "language": sight.language,
                "decided_at": NOW,
            }
            rows.append(decision(put.content.id, action="allow", **fields))
        session.flush()
        decisions.record_all(session, rows)


@pytest.fixture
def learnt(database: Database) -> reference.Reference:
    """What the first thousand texts were like."""
    keep(database, 1_000, 1)
    seen = sights.between(database, NOW - timedelta(days=1), NOW + timedelta(days=1))
    digest = database.keys.word_sha256
    return reference.learn(seen, digest, since=NOW - timedelta(days=1), until=NOW)


def test_a_campaign_goes_on_record_without_a_word(
    database: Database, learnt: reference.Reference, tmp_path: Path
) -> None:
    seen, later = tmp_path / "seen", NOW + timedelta(days=1)
    follower = Follower(database, learnt, seen)
    # The texts of the past are usual.
    assert follower.look(later) == (1_000, [])
    keep(database, 300, 2, code=0.2)
    looked = follower.look(later)
    assert (looked.decisions, [one.signal for one in looked.told]) == (300, ["words"])
    assert follower.look(later) == (0, [])
    with database.reading() as session:
        [raised] = alarms.between(session, NOW - timedelta(hours=1), utcnow() + timedelta(hours=1))
        assert (raised.language, raised.signal, raised.before) == ("en", "words", 0)
        assert raised.content == looked.told[0].sight.content
        assert raised.word == database.keys.word_sha256(CODE)
        assert CODE not in repr(raised)
        assert list(verify(session)) == []
    # Neither the reference nor the file of the last look has words.
    assert CODE not in learnt.model_dump_json() + seen.read_text()
    assert f'"en{spelled(1)}"' not in learnt.model_dump_json()


def test_a_watch_that_was_stopped_goes_on_where_it_was(
    database: Database, learnt: reference.Reference, tmp_path: Path
) -> None:
    seen, later = tmp_path / "seen", NOW + timedelta(days=1)
    Follower(database, learnt, seen).look(later)
    keep(database, 30, 2, code=0.15)
    assert Follower(database, learnt, seen).look(later).told == []
    # The beginning of the campaign was seen by the one before.
    keep(database, 60, 3, code=0.2)
    [told] = Follower(database, learnt, seen).look(later).told
    assert told.signal == "words"
    # What stands is not told again, even by a watch that begins anew.
    seen.unlink()
    assert Follower(database, learnt, seen).look(later) == (1_090, [])


def test_the_newest_are_left_for_the_next_look(
    database: Database, learnt: reference.Reference, tmp_path: Path
) -> None:
    follower = Follower(database, learnt, tmp_path / "seen")
    assert follower.look(NOW).decisions == 0
    assert follower.look(NOW + timedelta(seconds=1)).decisions == 1_000


def test_an_erased_text_has_no_words(database: Database) -> None:
    keep(database, 3, 1)
    with database.transaction() as session:
        erase(session, "", "1-2", actor="key")
    seen = sights.between(database, NOW - timedelta(days=1), NOW + timedelta(days=1))
    assert [one.words is None for one in seen] == [False, True, False]


def test_a_file_that_is_no_reference_is_explained(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="modsvc drift learn"):
        reference.read(tmp_path / "none.json")
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(InputError, match="anew"):
        reference.read(tmp_path / "other.json")
