"""The authored cases, read and checked.

In: the YAML files beside this module, one a language. Out: `Suite`s. Scoring them is
left to `eval.functional.run`. The design follows HateCheck (Röttger et al. 2021,
"HateCheck: Functional Tests for Hate Speech Detection Models").
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import yaml

from eval.errors import EvalError
from modsvc.labels import CATEGORIES

SUITES_DIR = Path(__file__).parent

Expected = Literal["flag", "allow"]

#: What must be flagged, then what must not, in the order of reports.
MUST_FLAG: Final = (
    "threats",
    "image_abuse",
    "derogation",
    "objectification",
    "sexual_harassment",
    "stereotyping",
    "victim_blaming",
    "support_of_mistreatment",
    "rights_denied",
    "implicit",
    "negated_praise",
    "spelling_variation",
)
MUST_ALLOW: Final = (
    "neutral_mention",
    "news_report",
    "testimony",
    "counter_speech_quote",
    "counter_speech_reference",
    "reclaimed_or_homonym",
    "praise",
    "insult_not_gendered",
    "profanity_no_target",
    "hate_other_group",
    "statistics",
    "question",
    "awareness_campaign",
    "rights_affirmed",
)
FUNCTIONALITIES: Final = (*MUST_FLAG, *MUST_ALLOW)
_KEYS: Final = {"id", "functionality", "text", "expected", "category", "reason"}


@dataclass(frozen=True, slots=True)
class Case:
    """One text and what must happen to it; `reason` says why in one line."""

    id: str
    functionality: str
    text: str
    expected: Expected
    category: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Suite:
    """The cases of one language and who stands for them."""

    language: str
    author: str
    verified_by_native: bool
    cases: tuple[Case, ...]


def load_suites(folder: Path = SUITES_DIR) -> list[Suite]:
    """Every `*.yaml` of the folder, by language.

    Raises:
        EvalError: there is none, or a file is not a valid suite (the case is named).
    """
    suites = [load_suite(path) for path in sorted(folder.glob("*.yaml"))]
    if not suites:
        raise EvalError(f"no functional suites in {folder}; add one YAML file a language")
    return suites


def load_suite(path: Path) -> Suite:
    """One suite. Raises EvalError, which names the case, where it is not valid."""
    try:
        raw: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
        cases = tuple(_case(entry, path) for entry in raw["cases"])
        suite = Suite(raw["language"], raw["author"], bool(raw["verified_by_native"]), cases)
    except (KeyError, TypeError, yaml.YAMLError) as error:
        raise EvalError(f"{path.name} is not a functional suite: {error!r}") from error
    for name in ("id", "text"):
        counts = Counter(getattr(case, name) for case in cases)
        repeated = [case.id for case in cases if counts[getattr(case, name)] > 1]
        if repeated:
            raise EvalError(f"{path.name} repeats the {name} of {repeated}; make them distinct")
    return suite


def _case(entry: dict[str, Any], path: Path) -> Case:
    where = f"{path.name}, case {entry.get('id', '?')}"
    if set(entry) != _KEYS:
        raise EvalError(f"{where}: the keys must be {sorted(_KEYS)}")
    case = Case(**entry)
    if case.functionality not in FUNCTIONALITIES:
        raise EvalError(f"{where}: unknown functionality; choose one of eval.functional.suite")
    wanted = "flag" if case.functionality in MUST_FLAG else "allow"
    if case.expected != wanted:
        raise EvalError(f"{where}: cases of {case.functionality} are expected to be {wanted}")
    if (case.category in CATEGORIES) != (wanted == "flag"):
        raise EvalError(f"{where}: flagged cases have a category of the taxonomy, others null")
    return case
