"""Memory that was freed goes back to the machine, and what is left is not looked through for more.

In: nothing. Out: fewer pages held, where the C library is one that can be asked (glibc). A model is
many small blocks between those that live on, so that most of it would stay with the process. What
lives then lives long: Python would search its hundreds of thousands of objects for garbage again
and again, and stop all threads for a tenth of a second each time.
"""

import ctypes
import gc
from contextlib import suppress


def give_back() -> None:
    """To be called after models came or went; takes some tenths of a second."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
