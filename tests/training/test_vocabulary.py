"""A vocabulary cut to what a corpus uses, on a Unigram tokeniser built here."""

from collections import Counter

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from training.vocabulary import SPECIAL, choose_tokens, count_tokens, trim_tokeniser

SPECIALS = ("<s>", "<pad>", "</s>", "<unk>")
LETTERS = "abdehiklnorstwкотш"
#: Commonest first, as in the base: later words have lower scores.
WORDS = ("▁the", "▁water", "▁кот", "er", "▁land", "▁тест", "▁winter", "▁hotel")


@pytest.fixture
def tokeniser() -> Tokenizer:
    pieces = [(name, 0.0) for name in SPECIALS]
    pieces += [(word, -2.0 - index / 10) for index, word in enumerate(WORDS)]
    pieces += [("▁", -6.0), *((letter, -7.0) for letter in LETTERS), ("<mask>", 0.0)]
    built = Tokenizer(models.Unigram(pieces, unk_id=3))
    built.pre_tokenizer = pre_tokenizers.Metaspace()
    built.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    built.add_special_tokens([*SPECIALS, "<mask>"])
    built.enable_truncation(4)
    return built


def pieces_of(tokeniser: Tokenizer, kept: list[int]) -> set[str]:
    return {tokeniser.id_to_token(token) for token in kept}


def test_tokens_are_counted_without_the_ends_of_the_sentence(tokeniser: Tokenizer) -> None:
    tokeniser.no_truncation()
    counts = count_tokens(tokeniser, ["the water", "the hotel"])
    named = {tokeniser.id_to_token(token): count for token, count in counts.items()}
    assert named == {"▁the": 2, "▁water": 1, "▁hotel": 1}


def test_every_single_character_stays_however_small_the_vocabulary(tokeniser: Tokenizer) -> None:
    kept = pieces_of(tokeniser, choose_tokens(tokeniser, Counter(), size=1))
    assert kept == {*SPECIALS, "▁", *LETTERS}


def test_what_the_corpus_uses_comes_before_what_is_common_elsewhere(tokeniser: Tokenizer) -> None:
    floor = len(choose_tokens(tokeniser, Counter(), size=1))
    counts = Counter({tokeniser.token_to_id("▁hotel"): 9, tokeniser.token_to_id("▁land"): 1})
    words = pieces_of(tokeniser, choose_tokens(tokeniser, counts, floor + 2)) & set(WORDS)
    # "▁land" was used once, which is too seldom; the second place goes to the commonest.
    assert words == {"▁hotel", "▁the"}


def test_a_token_left_out_of_the_texts_fills_up_only_to_the_size(tokeniser: Tokenizer) -> None:
    everything = choose_tokens(tokeniser, Counter(), size=10_000)
    assert pieces_of(tokeniser, everything) & set(WORDS) == set(WORDS)
    assert "<mask>" not in pieces_of(tokeniser, everything)
    assert len(choose_tokens(tokeniser, Counter(), size=len(everything) - 3)) == len(everything) - 3


def trimmed_to(tokeniser: Tokenizer, words: tuple[str, ...]) -> tuple[Tokenizer, list[int]]:
    counts = Counter({tokeniser.token_to_id(word): 5 for word in words})
    floor = len(choose_tokens(tokeniser, Counter(), size=1))
    kept = choose_tokens(tokeniser, counts, floor + len(words))
    return trim_tokeniser(tokeniser, kept), kept


def test_a_text_of_kept_tokens_is_cut_as_before(tokeniser: Tokenizer) -> None:
    trimmed, _ = trimmed_to(tokeniser, ("▁water", "▁кот", "▁winter"))
    for text in ("water", "кот winter", "winter water"):
        assert trimmed.encode(text).tokens == tokeniser.encode(text).tokens


def test_new_ids_point_at_the_rows_of_the_old_ones(tokeniser: Tokenizer) -> None:
    trimmed, kept = trimmed_to(tokeniser, ("▁water", "▁winter"))
    old, new = tokeniser.encode("winter water"), trimmed.encode("winter water")
    assert old.ids != new.ids
    assert [kept[token] for token in new.ids] == old.ids
    assert kept == sorted(kept)
    assert trimmed.get_vocab_size() == len(kept)


def test_a_word_that_went_is_spelled_with_what_is_left(tokeniser: Tokenizer) -> None:
    trimmed, _ = trimmed_to(tokeniser, ("▁water",))
    tokens = trimmed.encode("hotel").tokens[1:-1]
    assert "".join(tokens) == "▁hotel"
    assert "<unk>" not in tokens


def test_special_tokens_keep_their_ids_and_the_rest_of_them_go(tokeniser: Tokenizer) -> None:
    trimmed, _ = trimmed_to(tokeniser, ("▁water",))
    assert [trimmed.token_to_id(name) for name in SPECIALS] == list(range(SPECIAL))
    assert trimmed.token_to_id("<mask>") is None
    assert trimmed.encode("water").tokens == ["<s>", "▁water", "</s>"]


def test_a_limit_that_the_base_had_on_length_is_lifted(tokeniser: Tokenizer) -> None:
    trimmed, _ = trimmed_to(tokeniser, ("▁the",))
    assert len(trimmed.encode("the the the the the the")) == 8
