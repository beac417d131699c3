"""Which split a group of rows belongs to.

In: the published splits of the rows of one group and the group's name. Out: one
of `train`, `calibration`, `dev`, `test` for the whole group. Published dev and
test sets stay what they are; the calibration set is cut from training groups, so
that dev is used for choosing and nothing else. Removing the copies that a group
has in other splits is left to `training.corpus`.
"""

import hashlib
from collections.abc import Iterable
from typing import Final, Literal

CorpusSplit = Literal["train", "calibration", "dev", "test"]

#: Cumulative shares for groups whose source publishes no split.
UNSPLIT: Final[tuple[tuple[float, CorpusSplit], ...]] = (
    (0.78, "train"),
    (0.85, "calibration"),
    (0.925, "dev"),
    (1.0, "test"),
)
#: ... for training groups of a source that publishes its own dev and test sets.
FROM_TRAIN: Final[tuple[tuple[float, CorpusSplit], ...]] = ((0.93, "train"), (1.0, "calibration"))
#: ... for a source that publishes training and test sets but no dev set.
FROM_TRAIN_WITHOUT_DEV: Final[tuple[tuple[float, CorpusSplit], ...]] = (
    (0.87, "train"),
    (0.92, "calibration"),
    (1.0, "dev"),
)
#: ... for a source that publishes dev and test only: its dev set has to do for the rest.
FROM_DEV: Final[tuple[tuple[float, CorpusSplit], ...]] = (
    (0.78, "train"),
    (0.85, "calibration"),
    (1.0, "dev"),
)


def assign(group: str, published: Iterable[str]) -> CorpusSplit:
    """The split of `group`, given the (effective) published splits of its rows.

    `published` values: `test`, `dev`, `train`, `none`, and what `effective` makes of
    them. The same group name always draws the same share.
    """
    found = set(published)
    if "test" in found:
        return "test"
    if "dev" in found:
        return "dev"
    if "dev-only" in found:
        return _draw(group, FROM_DEV)
    if "train" in found:
        return _draw(group, FROM_TRAIN)
    return _draw(group, FROM_TRAIN_WITHOUT_DEV if "train-and-test" in found else UNSPLIT)


def effective(split: str, published: set[str]) -> str:
    """What a row's published split is worth, given all the splits its source has.

    A lone training set is no split at all (`none`); a training set without a dev
    set has to lend one (`train-and-test`), and a dev set without a training set
    has to do for training too (`dev-only`).
    """
    if split == "train" and "dev" not in published:
        return "train-and-test" if "test" in published else "none"
    if split == "dev" and not published & {"train", "none"}:
        return "dev-only"
    return split


def _draw(group: str, shares: tuple[tuple[float, CorpusSplit], ...]) -> CorpusSplit:
    digest = hashlib.sha256(group.encode("utf-8")).digest()
    at = int.from_bytes(digest[:8], "big") / 2**64
    return next(split for bound, split in shares if at < bound)
