"""Perspective's attributes in the labels of this service: which are answered, by what, and why.

In: nothing. Out: two tables, which docs/moving-from-perspective.md shows and
`python -m eval translate-thresholds` scores by. An attribute is answered where its probability
follows from labels that the model was trained and measured on; what would have to be invented is
refused.
"""

from typing import Final, Literal, NamedTuple

from modsvc.labels import CATEGORIES, DEFINITIONS, MISOGYNY, TOXIC_OTHER

#: Against Perspective's attribute of this name.
Scope = Literal["own", "same", "narrower", "wider"]


class Attribute(NamedTuple):
    """Answered by the probability that one of `labels` holds."""

    labels: tuple[str, ...]
    scope: Scope
    why: str


ANSWERED: Final[dict[str, Attribute]] = {
    "TOXICITY": Attribute(
        (MISOGYNY, TOXIC_OTHER),
        "same",
        "Toxic, at women or at anyone else. By definition the two labels share no text.",
    ),
    "IDENTITY_ATTACK": Attribute(
        (MISOGYNY,),
        "narrower",
        "Attacks for being a woman alone. Those for race, religion and the rest are in TOXICITY, "
        "not told apart.",
    ),
    "INSULT": Attribute(
        ("derogation", TOXIC_OTHER),
        "wider",
        "Insults to women, and whatever is toxic towards others: insults are not told apart there.",
    ),
    "THREAT": Attribute(
        ("threats",), "narrower", "Threats to women alone. Threats to others are in TOXICITY."
    ),
    MISOGYNY.upper(): Attribute((MISOGYNY,), "own", f"{DEFINITIONS[MISOGYNY]}."),
    **{name.upper(): Attribute((name,), "own", f"{DEFINITIONS[name]}.") for name in CATEGORIES},
}

_EXPERIMENTAL: Final = "It was an experiment, and changed without notice: no score can match it."
_NOT_ABUSE: Final = "It is not about abuse; the model was never shown what it means."

REFUSED: Final[dict[str, str]] = {
    "SEVERE_TOXICITY": "The model judges whether a text is abuse, not how severe it is. Use a "
    "higher threshold of TOXICITY.",
    "PROFANITY": "Swearing that is aimed at nobody is let through on purpose, and has no label.",
    "SEXUALLY_EXPLICIT": "The model judges whether women are harassed (OBJECTIFICATION), not "
    "whether sex is shown.",
    "FLIRTATION": "Perspective withdrew it as unreliable; unwanted advances are OBJECTIFICATION.",
    **dict.fromkeys(
        ("SPAM", "INCOHERENT", "UNSUBSTANTIAL", "LIKELY_TO_REJECT", "OBSCENE", "INFLAMMATORY"),
        _NOT_ABUSE,
    ),
    **dict.fromkeys(
        ("ATTACK_ON_AUTHOR", "ATTACK_ON_COMMENTER"),
        "Whom a text attacks, beyond women, is not judged.",
    ),
    **{
        f"{name}_EXPERIMENTAL": _EXPERIMENTAL
        for name in (
            *("TOXICITY", "SEVERE_TOXICITY", "IDENTITY_ATTACK", "INSULT", "PROFANITY", "THREAT"),
            *("AFFINITY", "COMPASSION", "CURIOSITY", "NUANCE", "PERSONAL_STORY", "REASONING"),
            *("RESPECT", "ALIENATION", "FEARMONGERING", "GENERALIZATION", "MORAL_OUTRAGE"),
            *("POWER_APPEAL", "SCAPEGOATING"),
        )
    },
}
