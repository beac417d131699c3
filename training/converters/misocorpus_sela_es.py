"""MisoCorpus (SELA part): tweets from Spain and Latin America, labelled by lists of ids."""

import html
from collections.abc import Iterator

from training.catalogue import RawFiles
from training.readers import read_csv, read_lines
from training.rows import Row, make_row

#: List of ids -> language and label; the name of the file with the tweet is no label.
LISTS = {
    "sela-spain-misogyny.txt": ("es-ES", 1),
    "sela-latin-america-misogyny.txt": ("es-419", 1),
    "sela-spain-non-misogyny.txt": ("es-ES", 0),
    "sela-latin-america-non-misogyny.txt": ("es-419", 0),
}


def convert(raw: RawFiles) -> Iterator[Row]:
    """One row for each listed tweet that one of the two files holds."""
    labels = {
        tweet.strip(): label
        for name, label in LISTS.items()
        for tweet in read_lines(raw.path(f"/{name}"))
    }
    for name in ("misoginistic-tweets.csv", "non_misoginy.csv"):
        for record in read_csv(raw.path(name)):
            if (label := labels.pop(record["id_str"], None)) is None:
                continue
            language, misogyny = label
            yield make_row(
                html.unescape(record["full_text"]),
                language=language,
                split="none",
                misogyny=misogyny,
            )
