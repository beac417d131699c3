"""How the service ends: SIGTERM or Ctrl-C lets it finish what it has begun, a second one does not.

In: signals. Out: requests answered within the grace time, then the end with 0; or the end with 1
where something hangs (a database, a name server) so that a supervisor need not use force. What
is drained, and in which order, is left to `modsvc.app`.
"""

import logging
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

import uvicorn
from uvicorn.server import HANDLED_SIGNALS

logger = logging.getLogger(__name__)

#: Seconds after the grace time for the store, webhooks and threads to come to an end.
REST_S: Final = 5.0


class Server(uvicorn.Server):
    """uvicorn's, with an end that can be relied on."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle signals meanwhile; having ended well is no reason to die by one."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {one: signal.signal(one, self.handle_exit) for one in HANDLED_SIGNALS}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The first time: stop taking requests, finish, and end in time. The second time: end."""
        if self.should_exit:
            # What was answered is committed, what is not was not answered.
            die_by(sig)
        self.should_exit = True
        end_within(self.config.timeout_graceful_shutdown or 0)


def die_by(number: int) -> None:
    """End by a signal at once, as `kill -9` would; on the main thread alone."""
    signal.signal(number, signal.SIG_DFL)
    signal.raise_signal(number)


def end_within(grace_s: float) -> None:
    """End with 1 some seconds after the grace time, whatever hangs, unless all is over by then."""
    last = threading.Timer(grace_s + REST_S, end_now)
    last.daemon = True
    last.start()


def end_now() -> None:
    """End with 1, whatever hangs."""
    logger.error("stop_cut_short")
    logging.shutdown()
    # Threads that hang would keep an ordinary end waiting.
    os._exit(1)
