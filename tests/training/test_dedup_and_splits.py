"""Sameness of texts, groups, and the splits they go to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.dedup import near_duplicates, text_key
from training.pairs import Groups
from training.splits import assign, effective


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Hello, @user!", "hello [url]", True),
        ("Hello 👍", "hello", False),
        ("room 12", "room 13", False),
        ("ПРИВЕТ, мир", "привет мир", True),
    ],
)
def test_punctuation_case_and_placeholders_do_not_make_a_text_another(
    one: str, other: str, same: bool
) -> None:
    assert (text_key(one) == text_key(other)) is same


def test_a_text_of_only_a_placeholder_keeps_a_key_of_its_own() -> None:
    assert text_key("@user") != text_key("[url]")


def test_a_copy_with_one_word_changed_is_a_near_duplicate_and_another_text_is_not() -> None:
    long = (
        "the committee met on tuesday and agreed to open the new swimming pool before summer ends"
    )
    keys = [
        text_key(long),
        text_key("bread prices rose again in the capital while wages stayed where they were"),
        text_key(long.replace("tuesday", "tuesdays")),
    ]
    assert list(near_duplicates(keys)) == [(0, 2)]


@given(st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)), max_size=30))
def test_joined_rows_are_in_one_group_and_only_they(pairs: list[tuple[int, int]]) -> None:
    groups = Groups(20)
    for first, second in pairs:
        groups.join(first, second)
    reach = {index: {index} for index in range(20)}
    for first, second in pairs:
        union = reach[first] | reach[second]
        for index in union:
            reach[index] = union
    for first in range(20):
        for second in range(20):
            assert (groups.find(first) == groups.find(second)) == (second in reach[first])


@pytest.mark.parametrize(
    ("published", "split"),
    [({"train", "test"}, "test"), ({"train", "dev"}, "dev"), ({"none", "test"}, "test")],
)
def test_published_test_and_dev_sets_stay_what_they_are(published: set[str], split: str) -> None:
    assert assign("any group", published) == split


def test_unsplit_groups_are_divided_in_the_stated_shares_and_always_alike() -> None:
    drawn = [assign(f"group {number}", {"none"}) for number in range(4000)]
    assert drawn == [assign(f"group {number}", {"none"}) for number in range(4000)]
    assert 0.75 < drawn.count("train") / 4000 < 0.81
    assert all(drawn.count(split) > 200 for split in ("calibration", "dev", "test"))


def test_training_groups_lend_a_calibration_set_and_never_a_test_set() -> None:
    drawn = {assign(f"group {number}", {"train"}) for number in range(500)}
    assert drawn == {"train", "calibration"}


@pytest.mark.parametrize(
    ("split", "published", "worth"),
    [
        ("train", {"train"}, "none"),
        ("train", {"train", "test"}, "train-and-test"),
        ("train", {"train", "dev", "test"}, "train"),
        ("dev", {"dev", "test"}, "dev-only"),
        ("dev", {"train", "dev"}, "dev"),
        ("test", {"train", "test"}, "test"),
    ],
)
def test_what_a_published_split_is_worth_depends_on_the_others(
    split: str, published: set[str], worth: str
) -> None:
    assert effective(split, published) == worth
