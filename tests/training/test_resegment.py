"""Pieces cut in two while training: the text stays what it was."""

import pytest
from tokenizers import Tokenizer

from modsvc.engine.artifact import TOKENIZER_FILE
from tests.test_shipped_model import MODEL as SHIPPED
from training.resegment import Resegmenter

TEXTS = (
    "She runs the whole workshop on her own, and the night shift too.",
    "Она одна управляет мастерской, и ночной сменой тоже.",
    "Ol ussahanany ýeke özi dolandyrýar, gijeki çalşygy hem.",
    "ნინო მარტო მართავს სახელოსნოს.",
)
MOST = 72


@pytest.fixture(scope="module")
def tokeniser() -> Tokenizer:
    return Tokenizer.from_file(str(SHIPPED / TOKENIZER_FILE))


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("share", [0.3, 1.0])
def test_the_pieces_change_and_the_text_does_not(
    text: str, share: float, tokeniser: Tokenizer
) -> None:
    cutter = Resegmenter(tokeniser, seed=1)
    ids = tokeniser.encode(text).ids
    seen = [cutter.cut(ids, share, MOST) for _ in range(20)]
    assert {tokeniser.decode(one) for one in seen} == {tokeniser.decode(ids)}
    assert len({tuple(one) for one in seen}) > 5
    assert all(len(ids) <= len(one) <= MOST for one in seen)


def test_as_many_pieces_are_cut_as_asked_for(tokeniser: Tokenizer) -> None:
    cutter = Resegmenter(tokeniser, seed=1)
    ids = tokeniser.encode(" ".join(TEXTS)).ids
    able = sum(bool(cutter.halves(token)) for token in ids)
    longer = [len(cutter.cut(ids, 0.2, 1_000)) - len(ids) for _ in range(200)]
    assert sum(longer) / len(longer) == pytest.approx(0.2 * able, rel=0.1)


def test_special_tokens_and_single_letters_are_never_cut(tokeniser: Tokenizer) -> None:
    cutter = Resegmenter(tokeniser, seed=1)
    letter = tokeniser.token_to_id("▁a")
    assert letter is not None
    for token in (*tokeniser.encode("").ids, tokeniser.token_to_id("<unk>"), letter):
        assert cutter.halves(token) == []


def test_no_text_grows_beyond_what_training_reads(tokeniser: Tokenizer) -> None:
    ids = tokeniser.encode(TEXTS[0]).ids
    cutter = Resegmenter(tokeniser, seed=1)
    assert len(cutter.cut(ids, 1.0, len(ids) + 2)) == len(ids) + 2
    assert cutter.cut(ids, 1.0, len(ids)) == ids
