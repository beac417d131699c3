"""Rows of the corpus → what the model reads of them: texts, token ids, targets, weights.

In: rows and their tokeniser. Out: `TrainingData`. Which rows are drawn, and in which
order, is left to `training.sampling`, batches to `training.batches`.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from tokenizers import Tokenizer
from torch import Tensor

from eval.corpus import AUTHORED
from modsvc.engine.normalise import as_read
from modsvc.engine.tokenise import append_parent
from modsvc.labels import LABELS, MISOGYNY
from training.recipe import Recipe
from training.resegment import Resegmenter
from training.sampling import twin_groups


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Token ids, targets (NaN: not stated), weights, source and group; one entry per row."""

    ids: list[list[int]]
    targets: Tensor
    weights: Tensor
    sources: Tensor
    groups: Tensor
    source_names: list[str]


def prepare(rows: pd.DataFrame, tokeniser: Tokenizer, recipe: Recipe) -> TrainingData:
    """Tokenise and stack the training rows."""
    ids = token_ids(rows, tokeniser, recipe.max_tokens)
    if share := recipe.sampling.resegmented:
        cutter = Resegmenter(tokeniser, recipe.seed)
        ids = [cutter.cut(one, share, recipe.max_tokens) for one in ids]
    names = sorted(rows["source"].unique())
    index = {name: at for at, name in enumerate(names)}
    weights = np.where(rows["weak"], recipe.loss.weak, 1.0)
    weights *= rows["weight"].to_numpy()
    harmless = rows[MISOGYNY].eq(0).fillna(False).to_numpy(dtype=bool)
    hard = (rows["tier"] == AUTHORED).to_numpy() & harmless
    weights *= np.where(hard, recipe.loss.hard_negatives, 1.0)
    return TrainingData(
        ids=ids,
        targets=torch.tensor(rows[list(LABELS)].to_numpy(dtype=np.float32, na_value=np.nan)),
        weights=torch.tensor(weights, dtype=torch.float32),
        sources=torch.tensor([index[name] for name in rows["source"]]),
        groups=torch.tensor(twin_groups(rows["group"])),
        source_names=names,
    )


def token_ids(rows: pd.DataFrame, tokeniser: Tokenizer, max_tokens: int) -> list[list[int]]:
    """<s> text </s>, and the parent where there is one, as `modsvc.engine.tokenise` lays it out."""
    tokeniser.enable_truncation(max_tokens)
    ids = [encoding.ids for encoding in tokeniser.encode_batch_fast(texts_of(rows))]
    tokeniser.no_truncation()
    parents = parents_of(rows)
    replies = [at for at, parent in enumerate(parents) if parent is not None]
    above = [parents[at] or "" for at in replies]
    encoded = tokeniser.encode_batch_fast(above, add_special_tokens=False)
    for at, encoding in zip(replies, encoded, strict=True):
        ids[at] = append_parent(ids[at], encoding.ids)
    return ids


def texts_of(rows: pd.DataFrame) -> list[str]:
    """Each row's text as the service would read it."""
    return [as_read(text) for text in rows["text"]]


def parents_of(rows: pd.DataFrame) -> list[str | None]:
    """What each row replies to, read likewise; None where it replies to nothing."""
    return [as_read(parent) if isinstance(parent, str) else None for parent in rows["parent"]]
