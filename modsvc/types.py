"""The values that travel between the rooms: content in, score, decision out.

Plain frozen dataclasses; no I/O and no third-party type. The wire format of the
API is in `modsvc.api.schemas`, the file format of the CLI in `modsvc.cli`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Action = Literal["allow", "review", "withhold"]
LanguageSource = Literal["caller", "detected", "none"]


@dataclass(frozen=True, slots=True)
class Content:
    """One text to judge. `language` (BCP-47), when given, wins over detection.

    `parent` is the text that this one replies to: it is read, and this one is judged. With
    `explain` the score says which parts of the text it comes from.
    """

    text: str
    id: str | None = None
    language: str | None = None
    community: str | None = None
    explain: bool = False
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Language:
    """What language a text is in; `code` is BCP-47, `und` when there are no letters."""

    code: str
    confidence: float
    source: LanguageSource


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a text as it was written, and what it adds to the score.

    `start` and `end` (exclusive) count code points of the original text. `weights` are by
    how much the calibrated probability of misogyny, or of a category, falls when the part
    is taken out, in (0, 1]; those that do not fall are left out.
    """

    start: int
    end: int
    weights: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Score:
    """What the model says of one text.

    Probabilities are calibrated and lie in [0, 1]. `categories` has every name of
    `modsvc.labels.CATEGORIES`. `supported` is false where the model was never
    measured on the language. `windows` counts the pieces a long text was cut
    into (the maximum over them is reported); `truncated` is true when the text
    had more windows than the limit and its end was not read. `reason` is
    `no_text` when there was nothing to score. `spans`, the heaviest first, are None
    unless they were asked for. `early` is true when the lower layers alone were sure that
    the text is harmless. `forms` are the text in the letters it is written in and, where that
    differs, as it was read: for who looks for words in it, and not to be shown.
    """

    probability: float
    categories: Mapping[str, float]
    toxic_other: float
    language: Language
    supported: bool
    truncated: bool
    windows: int
    reason: str | None
    model_version: str
    cached: bool = False
    spans: tuple[Span, ...] | None = None
    early: bool = False
    forms: tuple[str, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """Thresholds on a calibrated probability; `withhold` is None where it was not reached."""

    review: float
    withhold: float | None


@dataclass(frozen=True, slots=True)
class Decision:
    """What the policy makes of a score. `flagged` is `action != "allow"`."""

    action: Action
    flagged: bool
    reason_codes: tuple[str, ...]
    policy_version: str
