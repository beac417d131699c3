"""There is room for so many texts, and who finds none is told when there will be some."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from modsvc.engine import patience
from modsvc.errors import InputTooLarge, Overloaded, StoreUnavailable
from modsvc.ingest.room import Room
from modsvc.store.columns import utcnow
from modsvc.store.waiting import Line


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is told is told of one moment, however slow the machine is."""
    monkeypatch.setattr(patience, "time", SimpleNamespace(monotonic=lambda: 100.0))


def enter(room: Room, texts: int) -> None:
    """They come, and are committed."""
    with room.entering(texts):
        assert not room.arrived.is_set()
    assert room.arrived.is_set()
    room.arrived.clear()


def refused(room: Room, texts: int) -> float:
    with pytest.raises(Overloaded) as caught, room.entering(texts):
        pass
    return caught.value.retry_after_s


def test_who_finds_no_room_comes_again_when_there_is_some() -> None:
    room = Room(100)
    enter(room, 100)
    room.leave(0, 10.0)
    room.leave(10, 5.0)
    enter(room, 10)
    # Half a second a text: the eleventh from now leaves after five and a half.
    assert refused(room, 11) == pytest.approx(5.5, rel=0.01)
    # The next one has its turn when that one has had its own.
    assert refused(room, 2) == pytest.approx(11.0, rel=0.01)
    room.leave(11)
    enter(room, 11)


async def test_nobody_is_sent_away_for_ever() -> None:
    room = Room(10**6)
    await room.look(lambda: Line(2 * 10**6, utcnow()))
    assert refused(room, 1) == 1
    room.leave(10, 5.0)
    assert refused(room, 1) == pytest.approx(60)
    with pytest.raises(InputTooLarge, match="1000000 texts"), room.entering(10**6 + 1):
        pass


async def test_what_is_in_the_database_counts() -> None:
    room = Room(10)
    assert (room.waiting, room.oldest_s) == (0, 0)
    enter(room, 10)
    await room.look(lambda: Line(3, utcnow() - timedelta(minutes=1)))
    assert room.waiting == 3
    assert 60 <= room.oldest_s < 90
    assert room.arrived.is_set()
    room.arrived.clear()
    enter(room, 7)
    room.leave(50)
    assert room.waiting == 0


async def test_what_is_on_its_way_while_somebody_looks_counts_too() -> None:
    room = Room(100)

    def read() -> Line:
        # One is kept just after this moment of the database, and is done before the look is.
        enter(room, 7)
        return Line(3, utcnow())

    with room.entering(5):
        await room.look(read)
        assert room.waiting == 3 + 5 + 7
    await room.look(lambda: Line(15, utcnow()))
    assert room.waiting == 15


async def test_who_could_not_be_kept_takes_no_room() -> None:
    room = Room(10)

    async def lose() -> None:
        with room.entering(3):
            await room.look(read)
            assert room.waiting == 3
            raise StoreUnavailable("away")

    def read() -> Line:
        with pytest.raises(StoreUnavailable), room.entering(2):
            raise StoreUnavailable("away")
        return Line(0, None)

    with pytest.raises(StoreUnavailable):
        await lose()
    assert room.waiting == 0


async def test_who_left_while_somebody_looked_is_not_there_again() -> None:
    room = Room(100)
    enter(room, 10)

    def read() -> Line:
        # They were seen, and are decided on before the look is over.
        room.leave(10, 1.0)
        return Line(10, utcnow())

    await room.look(read)
    assert room.waiting == 0
    await room.look(lambda: Line(2, utcnow()))
    assert room.waiting == 2
