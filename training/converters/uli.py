"""Uli: gendered abuse in Indian English, Hindi and Tamil tweets, three questions each."""

import html
from collections.abc import Iterator

from training.catalogue import RawFiles
from training.readers import read_csv
from training.rows import Label, Row, make_row
from training.script import with_script

LANGUAGES = ("en", "hi", "ta")
#: Answers of one question: text to the label of its annotators.
Answers = dict[str, Label]


def convert(raw: RawFiles) -> Iterator[Row]:
    """One row per tweet, labelled by question 1; Hindi in Latin letters is `hi-Latn`."""
    for language in LANGUAGES:
        abuse, directed, explicit = (_answers(raw, language, question) for question in (1, 2, 3))
        for text, misogyny in abuse.items():
            never_abuse = misogyny == 0 and directed.get(text) == 0
            yield make_row(
                html.unescape(text),
                language=language if language == "en" else with_script(text, language),
                split="train",
                misogyny=misogyny,
                # Abuse if it were directed at a woman is neither harmless nor another toxicity.
                toxic_other=explicit.get(text) if never_abuse else None,
            )


def _answers(raw: RawFiles, language: str, question: int) -> Answers:
    answers: Answers = {}
    for record in read_csv(raw.path(f"training/train_{language}_l{question}.csv")):
        # Four cells hold fractions, which no annotator could have given.
        votes = [
            float(vote)
            for name, vote in record.items()
            if name.startswith(f"{language}_a") and vote in ("0.0", "1.0")
        ]
        doubled = 2 * sum(votes)
        answers[record["text"]] = None if doubled == len(votes) else int(doubled > len(votes))
    return answers
