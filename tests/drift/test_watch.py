"""Quiet traffic stays quiet; each kind of change is told by the signal that is meant for it."""

from itertools import islice

import pytest

from modsvc.drift.detectors import Detector
from modsvc.drift.reference import ENOUGH, learn
from modsvc.drift.signals import OTHER, Alarm, Sight
from modsvc.drift.watch import Watch
from modsvc.errors import InputError
from modsvc.labels import LABELS
from tests.drift.traffic import CODE, DAY, past, plain, sights


def alarms(watch: Watch, number: int, **traffic: object) -> list[Alarm]:
    return [
        alarm
        for sight in islice(sights(7, **traffic), number)  # type: ignore[arg-type]
        for alarm in watch.see(sight)
    ]


def test_quiet_traffic_is_quiet() -> None:
    assert alarms(Watch(past(), plain), 4_000) == []


def test_a_new_code_word_is_told_within_two_hundred_texts() -> None:
    first = alarms(Watch(past(), plain), 1_000, code=0.1)[0]
    assert (first.signal, first.language, first.word) == ("words", "en", CODE)
    assert first.seen <= 200
    assert CODE in (first.sight.words or ())
    assert first.move.after > first.move.before == 0


def test_more_hostile_texts_are_told_by_their_scores() -> None:
    told = alarms(Watch(past(), plain), 1_000, hostile=0.4)
    score = next(alarm for alarm in told if alarm.language == "en")
    assert score.signal == "score"
    assert score.move.after > score.move.before + 0.1


def test_fewer_hostile_texts_are_told_too() -> None:
    told = alarms(Watch(past(hostile=0.3), plain), 1_000, hostile=0.0)
    score = next(alarm for alarm in told if alarm.language == "en")
    assert score.signal == "score"
    assert score.move.after < score.move.before - 0.1


def test_texts_of_another_kind_are_told_whatever_their_scores() -> None:
    told = alarms(Watch(past(), plain), 600, odd=0.15)
    assert {alarm.signal for alarm in told} == {"embedding"}
    assert told[0].move.after > told[0].move.before


def test_a_language_that_grows_is_told_and_not_the_one_that_shrinks() -> None:
    told = alarms(Watch(past(), plain), 600, languages="en ru")
    assert {(alarm.signal, alarm.language) for alarm in told} == {("share", "ru")}
    assert told[0].move.before == pytest.approx(0.25, abs=0.03)


def test_languages_that_were_not_there_are_told_together() -> None:
    told = alarms(Watch(past(), plain), 600, languages="en en en ru kk uz")
    assert {alarm.language for alarm in told if alarm.signal == "share"} == {OTHER}


def test_after_an_alarm_the_new_level_is_the_usual_one() -> None:
    watch = Watch(past(), plain)
    assert alarms(watch, 2_000, hostile=0.4)
    later = islice(sights(8, hostile=0.4), 2_000)
    assert not [alarm for sight in later for alarm in watch.see(sight)]


def test_what_was_not_scored_or_is_erased_counts_for_the_mix_alone() -> None:
    watch = Watch(past(), plain)
    told = [alarm for _ in range(400) for alarm in watch.see(Sight("1", "ru", None, None))]
    assert {alarm.signal for alarm in told} == {"share"}


def test_a_language_with_too_few_texts_is_watched_by_its_share() -> None:
    few = [Sight(str(n), "ka", frozenset({"a"}), (0.1,) * len(LABELS)) for n in range(ENOUGH - 1)]
    learnt = learn(few, plain, since=DAY, until=DAY)
    assert (learnt.languages, learnt.shares) == ({}, {"ka": 1.0})
    with pytest.raises(InputError, match="--since"):
        learn([], plain, since=DAY, until=DAY)


def test_a_reference_without_variety_can_be_used() -> None:
    same = [Sight(str(n), "en", frozenset({"a"}), (0.1,) * len(LABELS)) for n in range(ENOUGH)]
    watch = Watch(learn(same, plain, since=DAY, until=DAY), plain)
    assert not [alarm for sight in same for alarm in watch.see(sight)]


def test_a_move_says_from_where_to_where() -> None:
    detector = Detector(0.2, 0.1, "up")
    moves = [move for value in [0.2] * 50 + [0.6] * 50 if (move := detector.see(value))]
    assert moves[0].before == 0.2
    assert 0.2 < moves[0].after < 0.6
    assert not [True for value in [0.1] * 500 if detector.see(value)]
