"""What manifest.json and calibration.json of a model folder say.

In: their parsed JSON. Out: checked, frozen models of it. Reading the files, and whether they agree
with each other and with this version, is left to `artifact`.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA_VERSION: Final = 1

#: Equal bins of [0, 1] in which scores are counted; the last one includes 1.
SCORE_BINS: Final = 10

Probability = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
Histogram = Annotated[tuple[Probability, ...], Field(min_length=SCORE_BINS, max_length=SCORE_BINS)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, allow_inf_nan=False)


class FileEntry(_Frozen):
    """What a file must be: lower-case hex sha256 and size in bytes."""

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    bytes: Count


class LanguageEntry(_Frozen):
    """How much was known of a language; `supported` means that quality on it was measured.

    `score_histogram` has the shares of the model's probabilities of misogyny on development
    texts, by bin; it is None where they were too few, and in folders packed before it was kept.
    """

    train: Count
    positives: Count
    dev: Count
    dev_positives: Count
    supported: bool
    calibration: Literal["own", "pooled"]
    score_histogram: Histogram | None = None


class Canary(_Frozen):
    """A text with the calibrated probability of misogyny that the packed model gave it."""

    text: str
    language: str
    probability: Probability


class Manifest(_Frozen):
    """manifest.json; keys that serving does not need are checked for type only."""

    schema_version: Literal[1]
    model_version: Annotated[str, Field(min_length=1)]
    created: str
    modsvc_version: str
    tier: Literal["open", "research"]
    labels: tuple[str, ...]
    max_tokens: Annotated[int, Field(ge=8)]
    normaliser: int
    files: Mapping[str, FileEntry]
    languages: Mapping[str, LanguageEntry]
    canary: tuple[Canary, ...]
    corpus_sha256: str
    recipe: Mapping[str, Any]
    base: Mapping[str, Any]
    git_commit: str
    versions: Mapping[str, Any]
    metrics: Mapping[str, Any]


class Platt(_Frozen):
    """probability = sigmoid(scale * logit + shift); fitted on `support` texts."""

    scale: float
    shift: float
    support: Count
    positives: Count


class OutputCalibration(_Frozen):
    """One output's calibration: pooled over languages, and by language where support allowed."""

    pooled: Platt
    by_language: Mapping[str, Platt] = Field(default_factory=dict)


class Thresholds(_Frozen):
    """Thresholds on a calibrated probability; `withhold` is null where it was not reached."""

    review: Probability
    withhold: Probability | None


class OutputThresholds(_Frozen):
    """One output's thresholds, pooled and by language."""

    pooled: Thresholds
    by_language: Mapping[str, Thresholds] = Field(default_factory=dict)


class ExitEntry(_Frozen):
    """Texts of a language leave early when their alarm is below `below`.

    Of `texts` development texts `left` did, and the whole model would have decided otherwise on
    `changed` of these.
    """

    below: float
    texts: Count
    left: Count
    changed: Count


class EarlyExit(_Frozen):
    """When the layers up to `layer` answer alone; languages that are not named never leave."""

    layer: Annotated[int, Field(ge=1)]
    by_language: Mapping[str, ExitEntry]


class Calibration(_Frozen):
    """calibration.json. A label missing in `operating_points` has no threshold of its own.

    `early_exit` is None where the network has no way out after its lower layers.
    """

    schema_version: Literal[1]
    outputs: Mapping[str, OutputCalibration]
    operating_points: Mapping[str, OutputThresholds] = Field(default_factory=dict)
    early_exit: EarlyExit | None = None
