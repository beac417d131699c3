"""Russian sensitive topics: texts of the domain without a usable label."""

from collections.abc import Iterator

from training.catalogue import RawFiles
from training.readers import read_csv
from training.rows import Row, Split, make_row

#: In order of precedence: a text that comes again is left out.
FILES: dict[str, Split] = {
    "Version2/sensitive_topics/test.csv": "test",
    "Version2/sensitive_topics/val.csv": "dev",
    "Sensitive_topics_crowdsource_only.csv": "none",
}


def convert(raw: RawFiles) -> Iterator[Row]:
    """One row for each distinct text; "sexism" is a topic here and no judgement."""
    seen: set[str] = set()
    for name, split in FILES.items():
        for record in read_csv(raw.path(name)):
            if (text := record["text"]) not in seen:
                seen.add(text)
                yield make_row(text, language="ru", split=split, misogyny=None)
