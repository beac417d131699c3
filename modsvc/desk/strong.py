"""Which words of a text are strong, so that they are masked until they are asked for.

In: a text, its language, the spans that its score comes from. Out: ranges in code points. A word is
strong when the model would find it abusive alone, or a policy blocks or watches it. Words are read
one by one, so mild words used abusively are left; a word that the score comes from needs less.
In scripts without spaces only those are looked at. Masking is left to `modsvc.desk.veil`.
"""

import re
from collections.abc import Sequence
from typing import Final

from modsvc.api.deps import Service
from modsvc.desk.veil import Range
from modsvc.engine.normalise import has_letters, normalise
from modsvc.errors import EngineFailure
from modsvc.pipeline import terms_in
from modsvc.policy import Policy
from modsvc.scripts import UNSPACED
from modsvc.types import Content, Score

#: From this probability on, of anything, a word is strong ...
ALONE: Final = 0.3

#: ... and from this one on where the text's score comes from it.
TELLING: Final = 0.1

#: More distinct words than this are not looked at: it would take too long.
_MOST_WORDS: Final = 120

_WORD: Final = re.compile(r"\S+")


def strong_words(
    service: Service,
    text: str,
    language: str,
    *,
    spans: Sequence[Range] = (),
    policy: Policy | None = None,
    community: str = "",
) -> list[Range]:
    """The ranges of strong words; all of `spans` where the model fails."""
    words = [found.span() for found in _WORD.finditer(text) if not UNSPACED.search(found[0])]
    candidates = [*spans, *(word for word in words if word not in spans)]
    forms = {place: normalise(text[slice(*place)]) for place in candidates}
    distinct = [form for form in dict.fromkeys(forms.values()) if has_letters(form)]
    try:
        scored = service.pipeline.decide_batch(
            [Content(form, language=language) for form in distinct[:_MOST_WORDS]]
        )
    except EngineFailure:
        return list(spans)
    worst = {form: _worst(score) for form, (score, _) in zip(distinct, scored, strict=False)}
    terms = None if policy is None else policy.rules_for(community or None).terms
    return [
        place
        for place, form in forms.items()
        if worst.get(form, 0.0) >= (TELLING if _meets(place, spans) else ALONE)
        or (terms and terms_in(text[slice(*place)], terms, language) & {"block", "watch"})
    ]


def _worst(score: Score) -> float:
    return max(score.probability, score.toxic_other, *score.categories.values())


def _meets(place: Range, others: Sequence[Range]) -> bool:
    return any(place[0] < end and start < place[1] for start, end in others)
