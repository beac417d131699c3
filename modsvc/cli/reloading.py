"""SIGHUP: load what is now in the model's folder, and answer by it if it passes the checks."""

import signal
import threading

from modsvc.cli.common import operator
from modsvc.rollout.swaps import Swaps


def reload_on_hangup(swaps: Swaps) -> None:
    """From now on; to be called on the main thread. What comes of it is logged."""
    actor = operator()

    def begin(*_: object) -> None:
        # A handler interrupts whatever runs: nothing that waits belongs in it.
        reload = threading.Thread(
            target=swaps.reload, kwargs={"actor": actor}, name="reload", daemon=True
        )
        reload.start()

    signal.signal(signal.SIGHUP, begin)
