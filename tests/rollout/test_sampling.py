"""The shadow's sample is of texts, not of how often they are posted."""

import pytest

from modsvc.rollout import sampling
from modsvc.rollout.sampling import Sampler
from modsvc.types import Content

TEXTS = [Content(f"hello {number}") for number in range(1000)]


def chosen(share: float) -> set[str]:
    sampler = Sampler(share)
    return {one.text for one in TEXTS if sampler.chooses(one)}


def test_a_share_is_chosen_and_always_the_same_one() -> None:
    assert 400 < len(chosen(0.5)) < 600
    assert chosen(0.5) == chosen(0.5)
    # A smaller sample is a part of a larger one.
    assert chosen(0.1) < chosen(0.5) < chosen(1.0)
    assert (len(chosen(0.0)), len(chosen(1.0))) == (0, 1000)


def test_repeats_do_not_weigh() -> None:
    sampler = Sampler(1.0)
    assert [sampler.chooses(Content("hello", id=name)) for name in "abc"] == [True, False, False]
    # Under another text the same words are another matter.
    assert sampler.chooses(Content("hello", parent="a"))
    assert sampler.chooses(Content("lone \ud800"))


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "REMEMBERED", 2)
    sampler = Sampler(1.0)
    assert [sampler.chooses(one) for one in TEXTS[:3]] == [True] * 3
    assert not sampler.chooses(TEXTS[2])
    assert sampler.chooses(TEXTS[0])
