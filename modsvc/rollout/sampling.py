"""Which live texts a model in the shadow scores: a share of them, chosen by what they are.

In: contents. Out: whether each is of the sample. The same text is chosen always or never, in every
process, and once: a text that is pasted a thousand times weighs as one.
"""

from collections import OrderedDict
from hashlib import blake2b
from typing import Final

from modsvc.types import Content

#: Texts of the sample that are remembered, as digests.
REMEMBERED: Final = 20_000

_DIGEST_BYTES: Final = 8


class Sampler:
    """For one thread, or one loop; quick, because callers wait for it."""

    def __init__(self, share: float) -> None:
        """`share` is of all texts, in [0, 1]."""
        self._bound = share * 2 ** (8 * _DIGEST_BYTES)
        self._seen: OrderedDict[bytes, None] = OrderedDict()

    def chooses(self, content: Content) -> bool:
        """Whether the text is of the sample, and comes for the first time."""
        whole = f"{content.text}\0{content.parent or ''}".encode(errors="surrogatepass")
        digest = blake2b(whole, digest_size=_DIGEST_BYTES, person=b"modsvc-shadow").digest()
        if int.from_bytes(digest, "big") >= self._bound or digest in self._seen:
            return False
        self._seen[digest] = None
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return True
