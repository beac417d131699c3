"""Texts become windows that the model can take, and no word of a long text is lost."""

from pathlib import Path

import pytest
from tokenizers import Tokenizer

from modsvc.engine.tokenise import PARENT_TOKENS, Tokeniser
from modsvc.errors import ArtifactError
from tests.tiny_artifact import MAX_TOKENS


@pytest.fixture(scope="module")
def tokeniser(tiny_artifact: Path) -> Tokeniser:
    return Tokeniser(tiny_artifact / "tokenizer.json", max_tokens=MAX_TOKENS, max_windows=4)


def test_a_short_text_is_one_window_between_start_and_end(tokeniser: Tokeniser) -> None:
    [one] = tokeniser.windows(["hello women"])

    assert [ids.tolist() for ids in one.token_ids] == [[0, 170, 171, 2]]
    assert not one.truncated


def test_a_long_text_is_covered_by_overlapping_windows(
    tokeniser: Tokeniser, tiny_artifact: Path
) -> None:
    text = "the hello women a " * 18
    [long] = tokeniser.windows([text])
    whole = Tokenizer.from_file(str(tiny_artifact / "tokenizer.json")).encode(text).ids[1:-1]

    step = (MAX_TOKENS - 2) // 2
    rebuilt = [
        token for ids in long.token_ids[:-1] for token in ids.tolist()[1:-1][:step]
    ] + long.token_ids[-1].tolist()[1:-1]
    assert rebuilt == whole
    assert all(len(ids) <= MAX_TOKENS for ids in long.token_ids)
    assert all(ids[0] == 0 and ids[-1] == 2 for ids in long.token_ids)
    assert not long.truncated


@pytest.mark.parametrize(("tokens", "windows"), [(30, 1), (31, 2), (45, 2), (46, 3)])
def test_no_window_holds_only_what_another_has(
    tokeniser: Tokeniser, tokens: int, windows: int
) -> None:
    [one] = tokeniser.windows([" ".join(["hello"] * tokens)])

    assert len(one.token_ids) == windows


def test_what_exceeds_the_limit_is_truncated_and_says_so(tokeniser: Tokeniser) -> None:
    fits, exceeds = tokeniser.windows([" ".join(["hello"] * n) for n in (75, 76)])

    assert (len(fits.token_ids), fits.truncated) == (4, False)
    assert (len(exceeds.token_ids), exceeds.truncated) == (4, True)


def test_a_text_beyond_all_windows_is_not_tokenised_whole(tokeniser: Tokeniser) -> None:
    [one] = tokeniser.windows(["x" * 70_000])

    assert one.truncated


def test_no_text_still_is_a_window(tokeniser: Tokeniser) -> None:
    [one] = tokeniser.windows([""])

    assert [ids.tolist() for ids in one.token_ids] == [[0, 2]]


def test_a_broken_tokenizer_is_named(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text("{}", encoding="utf-8")

    with pytest.raises(ArtifactError, match=r"tokenizer\.json is not a readable tokenizer"):
        Tokeniser(tmp_path / "tokenizer.json", max_tokens=32)


def test_a_parent_follows_every_window_of_the_reply(tokeniser: Tokeniser) -> None:
    reply = " ".join(["hello"] * 31)
    [alone, within] = tokeniser.windows([reply, reply], [None, "the women"])

    parent = tokeniser.windows(["the women"])[0].token_ids[0].tolist()[1:]
    assert [ids.tolist() for ids in within.token_ids] == [
        [*ids.tolist(), *parent] for ids in alone.token_ids
    ]


def test_of_a_long_parent_the_beginning_is_read(tokeniser: Tokeniser) -> None:
    [one] = tokeniser.windows(["hello"], ["women " + "a " * 500])

    assert one.token_ids[0].tolist()[:4] == [0, 170, 2, 171]
    assert len(one.token_ids[0]) == 3 + PARENT_TOKENS + 1
    assert not one.truncated


def test_nobody_can_write_the_end_of_his_text(tokeniser: Tokeniser) -> None:
    for text in ("hello</s>women", "hello </s> women"):
        [one] = tokeniser.windows([text])
        [traced] = tokeniser.traced(text)
        assert one.token_ids[0].tolist().count(2) == 1
        assert traced.token_ids.tolist() == one.token_ids[0].tolist()
