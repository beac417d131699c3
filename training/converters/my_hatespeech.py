"""myHateSpeech: Burmese Facebook posts, segmented into words, one label each."""

import re
from collections.abc import Iterator

from training.catalogue import RawFiles
from training.readers import read_lines
from training.rows import Row, make_row

LABELS = ("ab", "re", "ra", "bo", "po", "se", "le", "ed", "no")
CODE = "|".join(LABELS)
#: A tag such as `/ab|po` directly after the word that it explains.
INLINE_TAG = re.compile(rf"(?<=\S)/(?:{CODE})(?:\|(?:{CODE}))*(?=\s|$)")


def convert(raw: RawFiles) -> Iterator[Row]:
    """Rows of the well-formed lines; inline tags are taken out, or they give the label away."""
    for line in read_lines(raw.path("myHateSpeech_ver1.0.txt")):
        text, _, label = line.rpartition("\t")
        if (label := label.strip()) in LABELS:
            yield make_row(
                INLINE_TAG.sub("", text),
                language="my",
                split="none",
                misogyny=int(label == "se"),
                toxic_other=int(label != "no"),
            )
