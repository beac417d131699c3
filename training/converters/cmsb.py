"""Call Me Sexist But: tweets, survey items and crowd edits, with votes of five or more."""

from collections import defaultdict
from collections.abc import Callable, Iterator

from training.catalogue import RawFiles
from training.readers import read_csv
from training.rows import Row, make_row

#: The phrasing (1 sexist, 2 uncivil, 3 neither) and the content (1 to 6) that a worker chose.
Vote = tuple[str, str]

CATEGORY_VOTES: dict[str, Callable[[Vote], bool]] = {
    "derogation": lambda vote: vote[0] == "1",
    "stereotyping": lambda vote: vote[1] in {"1", "2"},
    "prejudiced_discussion": lambda vote: vote[1] in {"3", "4"},
}


def convert(raw: RawFiles) -> Iterator[Row]:
    """Rows of the data file, edited copies grouped with their original.

    Categories need half of the votes, incivility more than half; texts without
    votes are all labelled not sexist.
    """
    votes = _votes(raw)
    for record in read_csv(raw.path("sexism_data.csv")):
        cast = votes[record["id"]]
        positive = [
            name for name, holds in CATEGORY_VOTES.items() if cast and _share(cast, holds) >= 0.5
        ]
        original = record["id"] if record["of_id"] == "-1" else record["of_id"]
        yield make_row(
            record["text"],
            language="en",
            split="none",
            misogyny=int(record["sexist"] == "True"),
            toxic_other=int(_share(cast, lambda vote: vote[0] == "2") > 0.5) if cast else None,
            positive=positive,
            # Where no category has half of the votes, the rest says nothing either.
            scheme=CATEGORY_VOTES if positive else (),
            group=f"cmsb:{original}",
        )


def _votes(raw: RawFiles) -> defaultdict[str, list[Vote]]:
    votes: defaultdict[str, list[Vote]] = defaultdict(list)
    for record in read_csv(raw.path("sexism_annotations.csv")):
        votes[record["id"]].append((record["phrasing"], record["content"]))
    return votes


def _share(votes: list[Vote], holds: Callable[[Vote], bool]) -> float:
    return sum(map(holds, votes)) / len(votes)
