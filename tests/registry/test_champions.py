"""The champion is what the history says; promotions need a gate, rollbacks a champion before."""

from pathlib import Path
from threading import Barrier, Thread

import pytest

from modsvc.errors import Conflict, InputError, NotFound, PromotionRefused
from modsvc.registry import champions, versions
from modsvc.registry.storage import Storage
from tests.registry.verdicts import write_verdict


@pytest.fixture
def filled(storage: Storage, models: Path) -> Storage:
    """Three versions, of which `tiny-one` is the champion."""
    for name in ("one", "two", "three"):
        versions.add(storage, models / name, by="ana")
    champions.promote(storage, "tiny-one", by="ana", reason="the first")
    return storage


def gate(storage: Storage, models: Path, one: str, against: str, *, passed: bool = True) -> None:
    """Attach a gate's report to the version of a folder."""
    path = write_verdict(models / "gate.json", models / one, models / against, passed=passed)
    versions.attach(storage, f"tiny-{one}", [path])


def test_a_challenger_that_passed_the_gate_is_promoted_and_rolled_back(
    filled: Storage, models: Path
) -> None:
    gate(filled, models, "two", "one")
    done = champions.promote(filled, "tiny-two", by="ana", reason="more Russian")
    assert (done.before, done.forced) == ("tiny-one", False)
    assert str(done.gate).endswith("-gate.json")
    assert champions.resolve(filled, "champion").version == "tiny-two"
    assert champions.resolve(filled, "previous").version == "tiny-one"
    champions.rollback(filled, by="bob", reason="too many alarms")
    assert champions.resolve(filled, "champion").version == "tiny-one"
    told = [(one.number, one.action, one.version, one.by) for one in champions.history(filled)]
    assert told == [
        (1, "promote", "tiny-one", "ana"),
        (2, "promote", "tiny-two", "ana"),
        (3, "rollback", "tiny-one", "bob"),
    ]
    with pytest.raises(Conflict, match="no champion to go back to"):
        champions.rollback(filled, by="bob", reason="further")


def test_without_a_gate_against_the_present_champion_nothing_is_promoted(
    filled: Storage, models: Path
) -> None:
    with pytest.raises(PromotionRefused, match="python -m eval gate"):
        champions.promote(filled, "tiny-two", by="ana")
    gate(filled, models, "two", "one", passed=False)
    with pytest.raises(PromotionRefused, match=r"ru: macro-F1 at review fell by 0\.21"):
        champions.promote(filled, "tiny-two", by="ana")
    gate(filled, models, "two", "one")
    gate(filled, models, "three", "one")
    champions.promote(filled, "tiny-two", by="ana")
    # It passed against the champion of yesterday.
    with pytest.raises(PromotionRefused, match="against the champion tiny-two"):
        champions.promote(filled, "tiny-three", by="ana")
    assert len(champions.history(filled)) == 2


def test_force_needs_a_reason_which_is_kept(filled: Storage) -> None:
    for reason in ("", "  "):
        with pytest.raises(InputError, match="--reason"):
            champions.promote(filled, "tiny-two", by="ana", reason=reason, force=True)
    champions.promote(filled, "tiny-two", by="ana", reason="a slur that spreads", force=True)
    last = champions.history(filled)[-1]
    assert (last.forced, last.gate, last.reason) == (True, None, "a slur that spreads")


def test_rollbacks_go_back_through_the_champions_one_by_one(filled: Storage) -> None:
    for name in ("tiny-two", "tiny-three"):
        champions.promote(filled, name, by="ana", reason="trying", force=True)
    backwards = [champions.rollback(filled, by="ana", reason="no").version for _ in range(2)]
    assert backwards == ["tiny-two", "tiny-one"]
    champions.promote(filled, "tiny-three", by="ana", reason="trying", force=True)
    assert champions.resolve(filled, "previous").version == "tiny-one"


def test_of_two_who_decide_at_once_one_is_told(filled: Storage) -> None:
    begin, told = Barrier(2), []

    def decide(name: str) -> None:
        begin.wait()
        try:
            champions.promote(filled, name, by=name, reason="at once", force=True)
        except Conflict as error:
            told.append(str(error))

    threads = [Thread(target=decide, args=(name,)) for name in ("tiny-two", "tiny-three")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    past = champions.history(filled)
    assert [one.number for one in past] == list(range(1, len(past) + 1))
    # Either the second saw what the first had done, or it was told that it had not.
    assert len(told) == 3 - len(past)
    assert all("decided meanwhile" in one for one in told)


def test_a_number_that_is_taken_is_not_written_over(
    filled: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = champions.history(filled)
    champions.promote(filled, "tiny-two", by="ana", reason="first", force=True)
    monkeypatch.setattr(champions, "history", lambda storage: before)
    with pytest.raises(Conflict, match="decided meanwhile"):
        champions.promote(filled, "tiny-three", by="bob", reason="second", force=True)
    monkeypatch.undo()
    assert champions.history(filled)[-1].reason == "first"


def test_what_does_not_fit_is_refused(storage: Storage, models: Path) -> None:
    with pytest.raises(Conflict, match="no champion yet"):
        champions.resolve(storage, "champion")
    with pytest.raises(NotFound):
        champions.promote(storage, "tiny-one", by="ana")
    versions.add(storage, models / "one", by="ana")
    champions.promote(storage, "tiny-one", by="ana")
    with pytest.raises(Conflict, match="champion already"):
        champions.promote(storage, "tiny-one", by="ana")
    with pytest.raises(Conflict, match="no previous yet"):
        champions.resolve(storage, "previous")
