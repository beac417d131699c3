"""A text → its sentences, by their places in UTF-16.

In: a text as it was sent. Out: spans that cover it without gaps. Scoring them is the route's.
"""

import re
from itertools import pairwise
from typing import Final, NamedTuple

from modsvc.api.score import utf16_length

# In the scripts of the languages that are detected, with what closes after them. The look-behind
# keeps a long run of full stops from being looked at once for each of them.
_END: Final = re.compile(r"(?<![.!?…؟۔।։])[.!?…؟۔।։]++[\"'”’»)\]]*+\s++|[。！？]++|\n++")


class Sentence(NamedTuple):
    """A part of a text; `begin` and `end` (exclusive) count UTF-16 code units."""

    text: str
    begin: int
    end: int


def sentences(text: str, most: int) -> list[Sentence]:
    """At most `most` parts, in order; the last one takes what is left."""
    ends = [match.end() for match in _END.finditer(text)][: most - 1]
    found: list[Sentence] = []
    begin = 0
    for start, end in pairwise([0, *ends, len(text)]):
        if start < end:
            part = text[start:end]
            found.append(Sentence(part, begin, begin + utf16_length(part)))
            begin = found[-1].end
    return found
