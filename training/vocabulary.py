"""The base vocabulary cut to what the supported languages use.

In: the base tokeniser and the texts of the corpus. Out: a tokeniser whose ids are
new and the old ids in their new order, with which `training.base`'s embedding rows
are picked. A text of kept tokens is cut as before, so the encoder sees the same
vectors; a token that went is spelled with smaller ones.

Kept: special tokens; every single character; every token the corpus uses at least
`min_count` times; then the commonest of the base (its ids follow frequency) until
`size` is reached, so that languages without a corpus keep their common words.
"""

import json
from collections import Counter
from collections.abc import Iterable

from tokenizers import Tokenizer

#: `<s>`, `<pad>`, `</s>`, `<unk>`: the first ids before and after.
SPECIAL = 4


def count_tokens(tokeniser: Tokenizer, texts: Iterable[str]) -> Counter[int]:
    """How often each token id occurs in `texts`."""
    counts: Counter[int] = Counter()
    for encoding in tokeniser.encode_batch_fast(list(texts), add_special_tokens=False):
        counts.update(encoding.ids)
    return counts


def choose_tokens(
    tokeniser: Tokenizer, counts: Counter[int], size: int, min_count: int = 2
) -> list[int]:
    """At most about `size` old ids in ascending order (single characters are never left out)."""
    pieces = _pieces(tokeniser)
    kept = set(range(SPECIAL))
    kept.update(i for i, (piece, _) in enumerate(pieces) if len(piece.removeprefix("▁")) <= 1)
    used = [token for token, count in counts.most_common() if count >= min_count]
    common = [i for i in range(SPECIAL, len(pieces)) if not pieces[i][0].startswith("<")]
    for token in (*used, *common):
        if len(kept) >= size:
            break
        kept.add(token)
    return sorted(kept)


def trim_tokeniser(tokeniser: Tokenizer, kept: list[int]) -> Tokenizer:
    """The tokeniser with only the `kept` old ids, renumbered in that order."""
    state = json.loads(tokeniser.to_str())
    vocabulary = state["model"]["vocab"]
    state["model"]["vocab"] = [vocabulary[old] for old in kept]
    state["added_tokens"] = [token for token in state["added_tokens"] if token["id"] < SPECIAL]
    state["truncation"] = state["padding"] = None
    return Tokenizer.from_str(json.dumps(state, ensure_ascii=False))


def _pieces(tokeniser: Tokenizer) -> list[tuple[str, float]]:
    return [tuple(piece) for piece in json.loads(tokeniser.to_str())["model"]["vocab"]]
