"""Memory that was freed goes back to the machine, which otherwise may be long in coming.

In: nothing. Out: fewer pages held, where the C library is one that can be asked (glibc). A model is
many small blocks between those that live on, so that most of it would stay with the process.
"""

import ctypes
import gc
from contextlib import suppress


def give_back() -> None:
    """Takes some milliseconds."""
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
