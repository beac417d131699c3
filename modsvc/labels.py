"""The taxonomy: the eight outputs of the model, in the order of its logits.

What goes in: nothing. What comes out: names and one-line definitions, the only
place where they are spelled. Thresholds belong to the policy, probabilities to
the engine.
"""

from typing import Final

MISOGYNY: Final = "misogyny"
TOXIC_OTHER: Final = "toxic_other"

CATEGORIES: Final[tuple[str, ...]] = (
    "threats",
    "image_abuse",
    "derogation",
    "objectification",
    "stereotyping",
    "prejudiced_discussion",
)

#: Order of the model's outputs; an artefact with another order is refused.
LABELS: Final[tuple[str, ...]] = (MISOGYNY, *CATEGORIES, TOXIC_OTHER)

DEFINITIONS: Final[dict[str, str]] = {
    MISOGYNY: (
        "hostile or demeaning expression aimed at women or girls as such, or at a woman "
        "with gendered content; reports, testimony and counter-speech are not"
    ),
    "threats": "threatens, wishes or incites harm to women",
    "image_abuse": "threatens to share, shares or asks for intimate images without consent",
    "derogation": "insults, demeans or dehumanises women, gendered slurs",
    "objectification": "reduces women to sexual objects, sexual harassment",
    "stereotyping": "asserts what women are or must be because they are women",
    "prejudiced_discussion": "supports mistreatment or discrimination, blames victims, denies harm",
    TOXIC_OTHER: "toxic or hateful, but not aimed at women as such",
}
