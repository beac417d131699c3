"""ConvAbuse: what people say to two chatbots, judged by two to eight annotators."""

from collections.abc import Iterator, Sequence

from training.catalogue import RawFiles
from training.readers import read_table
from training.rows import Label, Row, Split, make_row

SPLITS: dict[str, Split] = {"train": "train", "valid": "dev", "test": "test"}
CONVERSATION, AGENT, USER = 1, 4, 5
# The header names annotators 7 and 8 wrongly, so cells are addressed by position.
FIRST, WIDTH, ANNOTATORS = 7, 17, 8
ABUSE, SEXIST, HARASSMENT = slice(2, 5), 9, 10


def convert(raw: RawFiles) -> Iterator[Row]:
    """One row per user turn; the labels are those of more than half of the annotators."""
    for name, split in SPLITS.items():
        table = read_table(raw.path(f"ConvAbuseEMNLP{name}.csv"))
        next(table)
        for cells in table:
            votes = _votes(cells)
            misogyny = _majority([vote[SEXIST] or vote[HARASSMENT] for vote in votes])
            abuse = _majority([any(vote[ABUSE]) for vote in votes])
            harassment = _majority([vote[HARASSMENT] for vote in votes])
            yield make_row(
                cells[USER],
                language="en",
                split=split,
                misogyny=misogyny,
                toxic_other=None if misogyny is None else abuse,
                positive=("objectification",) if harassment == 1 else (),
                scheme=("objectification",),
                group=cells[CONVERSATION],
                parent=cells[AGENT] or None,
            )


def _votes(cells: Sequence[str]) -> list[list[bool]]:
    """One list of 17 votes per annotator present; an empty block is an absent annotator."""
    starts = range(FIRST, FIRST + WIDTH * ANNOTATORS, WIDTH)
    blocks = [cells[start : start + WIDTH] for start in starts]
    # A cell such as "0, 1" holds a repeated annotation: one 1 is enough.
    return [["1" in cell for cell in block] for block in blocks if any(block)]


def _majority(votes: Sequence[bool]) -> Label:
    doubled = 2 * sum(votes)
    return None if doubled == len(votes) else int(doubled > len(votes))
