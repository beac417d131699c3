"""Many stored scores decided at once are decided as one by one."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modsvc.labels import CATEGORIES
from modsvc.policy import Policy, decide
from modsvc.policy.backtest import Columns, decide_columns
from modsvc.policy.decide import ACTIONS
from modsvc.policy.diff import Change, diff
from modsvc.policy.document import read_document
from modsvc.types import Score
from tests.policy.strategies import (
    MODEL_POINTS,
    load_policy,
    make_score,
    probabilities,
    scores,
    write_policy,
)

#: A score, the community and whether a term to block stands in the text.
Case = tuple[Score, str, bool]

points = st.builds(
    lambda one, other, closed: {
        "review": min(one, other),
        "withhold": None if closed else max(one, other),
    },
    probabilities,
    probabilities,
    st.booleans(),
)
thresholds = st.dictionaries(
    st.sampled_from(["misogyny", "threats", "derogation", "toxic_other"]),
    st.dictionaries(st.sampled_from(["*", "es", "pt", "kk"]), points, max_size=3),
    max_size=3,
)
unsupported = st.fixed_dictionaries({"below_thresholds": st.sampled_from(["allow", "review"])})
rows = st.lists(
    st.tuples(scores, st.sampled_from(["", "school", "other"]), st.booleans()), max_size=20
)


def columns(cases: list[Case]) -> Columns:
    return Columns(
        community=[community for _, community, _ in cases],
        language=[score.language.code for score, _, _ in cases],
        probabilities=np.array(
            [
                [
                    score.probability,
                    *map(score.categories.__getitem__, CATEGORIES),
                    score.toxic_other,
                ]
                for score, _, _ in cases
            ],
            dtype=np.float64,
        ).reshape(len(cases), 2 + len(CATEGORIES)),
        supported=np.array([score.supported for score, _, _ in cases], dtype=bool),
        no_text=np.array([score.reason == "no_text" for score, _, _ in cases], dtype=bool),
        blocked=np.array([blocked for _, _, blocked in cases], dtype=bool),
    )


@given(rows, thresholds, thresholds, unsupported, unsupported)
def test_columns_are_decided_as_single_scores_are(
    tmp_path_factory: pytest.TempPathFactory,
    cases: list[Case],
    general: Any,
    school: Any,
    everywhere: Any,
    at_school: Any,
) -> None:
    path = write_policy(
        tmp_path_factory.mktemp("policy"),
        thresholds=general,
        unsupported_language=everywhere,
        communities={"school": {"thresholds": school, "unsupported_language": at_school}},
    )
    policy = load_policy(path, MODEL_POINTS)
    expected = [one_by_one(policy, *case) for case in cases]
    assert [ACTIONS[place] for place in decide_columns(columns(cases), policy)] == expected


def one_by_one(policy: Policy, score: Score, community: str, blocked: bool) -> str:
    terms = ("block",) if blocked else ()
    return decide(score, policy, community=community or None, terms=terms).action


def test_what_was_not_scored_is_reviewed_under_every_policy() -> None:
    unknown = float("nan")
    score = make_score(unknown, toxic_other=unknown, **dict.fromkeys(CATEGORIES, unknown))
    [place] = decide_columns(columns([(score, "", False)]), load_policy(None, MODEL_POINTS))
    assert ACTIONS[place] == "review"


def test_a_difference_is_named_by_its_place(tmp_path: Path) -> None:
    before = read_document(
        write_policy(
            tmp_path,
            thresholds={"misogyny": {"es": {"review": 0.5, "withhold": 0.9}}},
            terms=[{"pattern": "word", "kind": "watch", "language": "es"}],
        )
    )
    after = read_document(
        write_policy(
            tmp_path,
            on_engine_failure="review",
            thresholds={"misogyny": {"es": {"review": 0.6, "withhold": None}}},
            terms=[{"pattern": "word", "kind": "block", "note": "means harm"}],
        )
    )
    assert diff(before, before) == []
    assert diff(before, after) == [
        Change(("on_engine_failure",), "error", "review"),
        Change(("terms", "block", "*", "word"), None, "means harm"),
        Change(("terms", "watch", "es", "word"), "", None),
        Change(("thresholds", "misogyny", "es", "review"), 0.5, 0.6),
        Change(("thresholds", "misogyny", "es", "withhold"), 0.9, None),
    ]
