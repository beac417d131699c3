"""How long real texts are: a histogram of token counts, and how to make it anew.

In: `lengths.json` beside this file, or a corpus to count. Out: token counts, special
tokens included, clipped at the model's 128. No text is kept, only how many texts have
how many tokens. Making texts of these lengths is left to `eval.bench.texts`.
"""

import json
import random
from collections import Counter
from pathlib import Path
from typing import Final

LENGTHS_FILE: Final = Path(__file__).with_name("lengths.json")
MAX_TOKENS: Final = 128
#: Every block of this many texts has the same lengths, and every sixteen texts in a row
#: nearly the same, so that a slow contender's few texts are as long as a fast one's many.
BLOCK: Final = 64
STRATA: Final = 4


def read_histogram(path: Path = LENGTHS_FILE) -> dict[int, int]:
    """Token count → number of texts.

    Raises:
        ValueError: the file is of another schema.
    """
    content = json.loads(path.read_text(encoding="utf-8"))
    if content.get("schema_version") != 1:
        raise ValueError(
            f"{path}: unknown schema; make it anew with `python -m eval.bench lengths`"
        )
    return {int(length): int(count) for length, count in content["texts_by_tokens"].items()}


def length_mix(histogram: dict[int, int], blocks: int, seed: int) -> list[int]:
    """Token counts of `blocks * BLOCK` texts: the same quantiles in each block, shuffled."""
    ordered = sorted(histogram.items())
    total = sum(histogram.values())
    quantiles: list[int] = []
    position, cumulated = 0, ordered[0][1]
    for step in range(BLOCK):
        wanted = (step + 0.5) / BLOCK * total
        while cumulated < wanted:
            position += 1
            cumulated += ordered[position][1]
        quantiles.append(ordered[position][0])
    shuffler = random.Random(seed)
    mix: list[int] = []
    for _ in range(blocks):
        for stratum in shuffler.sample(range(STRATA), k=STRATA):
            chosen = quantiles[stratum::STRATA]
            mix += shuffler.sample(chosen, k=len(chosen))
    return mix


def count_corpus(corpus: Path, tokenizer_file: Path, column: str = "text") -> dict[int, int]:
    """The histogram of a Parquet corpus (a file or a folder of them), normalised as served."""
    import pyarrow.parquet as pq
    from tokenizers import Tokenizer

    from modsvc.engine.normalise import normalise

    tokenizer = Tokenizer.from_file(str(tokenizer_file))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    counts: Counter[int] = Counter()
    files = sorted(corpus.glob("**/*.parquet")) if corpus.is_dir() else [corpus]
    for file in files:
        for batch in pq.ParquetFile(file).iter_batches(batch_size=2048, columns=[column]):
            texts = [normalise(text) for text in batch.column(0).to_pylist()]
            encoded = tokenizer.encode_batch_fast(texts)
            counts.update(min(len(one.ids), MAX_TOKENS) for one in encoded)
    return dict(sorted(counts.items()))


def write_histogram(histogram: dict[int, int], path: Path = LENGTHS_FILE) -> None:
    """Store the histogram as `read_histogram` reads it."""
    content = {
        "schema_version": 1,
        "texts": sum(histogram.values()),
        "texts_by_tokens": {str(length): count for length, count in sorted(histogram.items())},
    }
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
