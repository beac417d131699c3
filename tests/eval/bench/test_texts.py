"""The bench measures texts as long as real ones, distinct, and the same in every run."""

from pathlib import Path
from statistics import mean

import pytest

from eval.bench.lengths import BLOCK, MAX_TOKENS, length_mix, read_histogram
from eval.bench.texts import BenchText, make_texts


@pytest.fixture(scope="module")
def texts(tiny_artifact: Path) -> list[BenchText]:
    return make_texts(tiny_artifact / "tokenizer.json", 256)


def test_stored_lengths_are_those_of_short_social_media_texts() -> None:
    histogram = read_histogram()
    assert sum(histogram.values()) > 10_000
    assert min(histogram) >= 3
    assert max(histogram) == MAX_TOKENS


def test_every_block_is_the_same_work_in_another_order() -> None:
    mix = length_mix(read_histogram(), blocks=3, seed=1)
    blocks = [mix[start : start + BLOCK] for start in range(0, len(mix), BLOCK)]
    assert [sorted(block) for block in blocks] == [sorted(blocks[0])] * 3
    assert blocks[0] != blocks[1]


def test_any_sixteen_texts_stand_for_all() -> None:
    mix = length_mix(read_histogram(), blocks=2, seed=1)
    means = [mean(mix[start : start + 16]) for start in range(0, len(mix), 16)]
    assert max(means) < 1.2 * min(means)


def test_mix_has_the_mean_of_the_histogram() -> None:
    histogram = read_histogram()
    true_mean = sum(k * v for k, v in histogram.items()) / sum(histogram.values())
    assert mean(length_mix(histogram, blocks=1, seed=1)) == pytest.approx(true_mean, rel=0.03)


def test_texts_are_distinct_so_that_no_cache_answers(texts: list[BenchText]) -> None:
    assert len({one.text for one in texts}) == len(texts) == 256


def test_texts_are_the_same_in_every_run(texts: list[BenchText], tiny_artifact: Path) -> None:
    assert make_texts(tiny_artifact / "tokenizer.json", 256) == texts


def test_another_schema_is_refused_with_a_remedy(tmp_path: Path) -> None:
    path = tmp_path / "lengths.json"
    path.write_text('{"schema_version": 2}')
    with pytest.raises(ValueError, match="make it anew"):
        read_histogram(path)
