"""Plain text that stands in for negatives in languages without labelled data.

In: the files of one neutral source. Out: rows with every label 0, marked weak,
because nobody annotated them: they are assumed harmless. Sentences of SIB-200 and
NTREX-128 are translations of one another, so their group names the sentence and
not the language; otherwise a sentence leaks from one language's training split
into another's test split. Which parts a language has is left to its converter.
"""

from collections.abc import Iterable, Iterator

from training.catalogue import RawFiles
from training.readers import read_conllu_comments, read_csv, read_lines
from training.rows import Row, make_row

#: A text and the key of the texts it must stay together with, if any.
Passage = tuple[str, str | None]


def sib(raw: RawFiles, code: str) -> Iterator[Passage]:
    """The 1,004 sentences of SIB-200 in one language (`kir_Cyrl`), its three files in turn."""
    for part in ("train", "dev", "test"):
        for record in read_csv(raw.path(f"{code}/{part}.tsv"), delimiter="\t", quoting=False):
            yield record["text"], f"sib:{record['index_id']}"


def ntrex(raw: RawFiles, code: str) -> Iterator[Passage]:
    """The 1,997 lines of NTREX-128 in one language (`kir`), keyed by line number from 1."""
    lines = read_lines(raw.path(f"newstest2019-ref.{code}.txt"))
    for number, line in enumerate(lines, start=1):
        yield line, f"ntrex:{number}"


def treebank(raw: RawFiles, name: str, *parts: str) -> Iterator[Passage]:
    """The sentences of a Universal Dependencies treebank (`ky_ktmu`) as written."""
    for part in parts:
        for comments in read_conllu_comments(raw.path(f"{name}-ud-{part}.conllu")):
            # A few sentences of KTMU have a malformed text comment.
            if text := comments.get("text"):
                yield text, None


def neutral_rows(language: str, *parts: Iterable[Passage]) -> Iterator[Row]:
    """One row for each distinct text, in the order of the parts."""
    seen: set[str] = set()
    for part in parts:
        for text, group in part:
            if text in seen:
                continue
            seen.add(text)
            yield make_row(
                text,
                language=language,
                split="none",
                misogyny=0,
                toxic_other=0,
                group=group,
                weak=True,
            )
