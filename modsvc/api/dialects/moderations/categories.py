"""OpenAI's categories in the labels of this service.

In: nothing. Out: for each of OpenAI's names, which labels its score and its flag come from, and
why; docs/api.md shows this table. A name without labels is always false and 0.0: the format has
no way to leave one out.
"""

from typing import Final, NamedTuple

from modsvc.labels import CATEGORIES, MISOGYNY, TOXIC_OTHER


class Meaning(NamedTuple):
    """`scored_by` labels make the score; the category is true if one of `flagged_by` is reached."""

    scored_by: tuple[str, ...]
    flagged_by: tuple[str, ...]
    why: str


#: Every category is misogyny of some kind.
_ANY_MISOGYNY: Final = (MISOGYNY, *CATEGORIES)


def _unjudged(why: str) -> Meaning:
    return Meaning((), (), why)


MEANINGS: Final[dict[str, Meaning]] = {
    "harassment": Meaning(
        (MISOGYNY, TOXIC_OTHER),
        (*_ANY_MISOGYNY, TOXIC_OTHER),
        "Harassing language towards any target: women, or anyone else. True for others only "
        "where the policy has thresholds for toxic_other.",
    ),
    "harassment/threatening": Meaning(
        ("threats", "image_abuse"),
        ("threats", "image_abuse"),
        "Serious harm towards a target: here women alone. To publish intimate images is one.",
    ),
    "hate": Meaning(
        (MISOGYNY,),
        _ANY_MISOGYNY,
        "Hate based on gender, against women. Race, religion and the rest are not told apart: "
        "hate against others shows in harassment.",
    ),
    "hate/threatening": Meaning(
        ("threats",), ("threats",), "Hate against women that threatens, wishes or incites harm."
    ),
    "illicit": _unjudged("Advice on wrongdoing is not judged."),
    "illicit/violent": _unjudged("Advice on violence is not judged."),
    "self-harm": _unjudged("Self-harm is not judged."),
    "self-harm/intent": _unjudged("Self-harm is not judged."),
    "self-harm/instructions": _unjudged("Self-harm is not judged."),
    "sexual": _unjudged("The model judges whether women are harassed, not whether sex is shown."),
    "sexual/minors": _unjudged("Whether somebody is a minor is not judged."),
    "violence": _unjudged("Depicted violence is not judged; threats to women are."),
    "violence/graphic": _unjudged("Depicted violence is not judged."),
}
