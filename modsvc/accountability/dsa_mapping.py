"""From our labels to the categories and keywords of the DSA Transparency Database.

In: the labels that a decision or a reviewer found. Out: the category, further ones, keywords.
A keyword is only given where the label means it. "Illegal incitement", "hate speech" (which
the database defines as illegal incitement) and "deepfake" are findings that neither the model
nor its labels make, so no label leads to them; docs/accountability.md has the table.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from modsvc.accountability.dsa_terms import Category, Keyword
from modsvc.labels import CATEGORIES, MISOGYNY

AGAINST_WOMEN: Final[Category] = "STATEMENT_CATEGORY_CYBER_VIOLENCE_AGAINST_WOMEN"
SPEECH: Final[Category] = "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH"

#: Label → the keyword it stands for, and the category which that keyword belongs to.
KEYWORDS: Final[Mapping[str, tuple[Category, Keyword]]] = {
    "threats": (AGAINST_WOMEN, "KEYWORD_CYBER_HARASSMENT_AGAINST_WOMEN"),
    "image_abuse": (AGAINST_WOMEN, "KEYWORD_NON_CONSENSUAL_IMAGE_SHARING_AGAINST_WOMEN"),
    "derogation": (AGAINST_WOMEN, "KEYWORD_CYBER_HARASSMENT_AGAINST_WOMEN"),
    "objectification": (AGAINST_WOMEN, "KEYWORD_CYBER_HARASSMENT_AGAINST_WOMEN"),
    "stereotyping": (SPEECH, "KEYWORD_DISCRIMINATION"),
    "prejudiced_discussion": (SPEECH, "KEYWORD_DISCRIMINATION"),
}


@dataclass(frozen=True, slots=True)
class Classification:
    """What a statement says of the kind of content."""

    category: Category
    additions: tuple[Category, ...]
    keywords: tuple[Keyword, ...]


def classify(labels: Collection[str]) -> Classification:
    """Labels, perhaps none, as the database names them.

    Anything misogynous is first of all violence against women; what is toxic without being
    gendered, or has no label, is harmful speech.
    """
    gendered = [label for label in CATEGORIES if label in labels]
    if not gendered and MISOGYNY not in labels:
        return Classification(SPEECH, (), ())
    found = [KEYWORDS[label] for label in gendered]
    return Classification(
        AGAINST_WOMEN,
        tuple(sorted({category for category, _ in found} - {AGAINST_WOMEN})),
        tuple(sorted({keyword for _, keyword in found})),
    )
