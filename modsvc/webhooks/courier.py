"""Delivers what waits in the outbox, again and again until it is received.

In: an open database and its writer. Out: messages settled, or tried again later: after 5
seconds, then twice as long each time up to six hours, at most 20 times (about two days). A
message is claimed before it is sent and settled after; whoever dies in between leaves a claim
that runs out. So receivers get each message at least once, in no promised order.
"""

import logging
import threading
import time
from collections import Counter
from datetime import datetime, timedelta
from typing import Final

from modsvc.store import outbox
from modsvc.store.columns import utcnow
from modsvc.store.database import Database
from modsvc.store.outbox import Delivery
from modsvc.store.writer import Writer
from modsvc.webhooks.deliver import TIMEOUT_S, DeliveryFailed, deliver

logger = logging.getLogger(__name__)

MAX_ATTEMPTS: Final = 20

_FIRST_WAIT: Final = timedelta(seconds=5)
_LONGEST_WAIT: Final = timedelta(hours=6)
#: How long the end of the service waits for receivers.
PATIENCE_S: Final = 3.0

_AT_ONCE: Final = 16
_AT_ONCE_EACH: Final = 4
_LEASE: Final = timedelta(seconds=6 * TIMEOUT_S)
_POLL_S: Final = 1.0


def wait_after(attempt: int) -> timedelta | None:
    """How long to wait after this attempt (the first is 1) failed; None to give up."""
    if attempt >= MAX_ATTEMPTS:
        return None
    return min(_LONGEST_WAIT, _FIRST_WAIT * float(1 << (attempt - 1)))


def longest_waits() -> list[timedelta]:
    """How long a message may wait after no attempt, after one, and so on."""
    waits = [max(_LEASE, wait_after(attempt) or _LEASE) for attempt in range(1, MAX_ATTEMPTS + 1)]
    return [timedelta(), *waits]


class Courier:
    """One thread that looks for messages, and some that send them."""

    def __init__(
        self, database: Database, writer: Writer, *, allow_private: bool, poll_s: float = _POLL_S
    ) -> None:
        """Look every `poll_s` seconds; `writer` must be started and outlive the courier."""
        self._database = database
        self._writer = writer
        self._allow_private = allow_private
        self._poll_s = poll_s
        self._changed = threading.Condition()
        self._in_flight: Counter[str] = Counter()
        self._ended = 0
        self._stopping = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; to be called once."""
        self._thread = threading.Thread(target=self._run, name="courier", daemon=True)
        self._thread.start()

    def stop(self, patience_s: float = PATIENCE_S) -> None:
        """Claim nothing more, and wait for what is being sent; what takes longer is sent again."""
        give_up = time.monotonic() + patience_s
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._in_flight.total(), patience_s)
            left = self._in_flight.total()
        if left:
            logger.warning("webhooks_left count=%d", left)
        if self._thread is not None:
            self._thread.join(max(0.0, give_up - time.monotonic()))

    def _run(self) -> None:
        while not self._stopping:
            ended = self._ended
            claimed = self._claim()
            for delivery in claimed:
                # Not of a pool: its threads would keep the process from ending.
                threading.Thread(
                    target=self._send, args=(delivery,), name="courier-sender", daemon=True
                ).start()
            with self._changed:
                full = self._in_flight.total() >= _AT_ONCE
                # Those that are done say so, also while this looked; only an empty outbox is worth
                # a pause.
                if full or not claimed:
                    self._wait_for_more_than(ended)

    def _wait_for_more_than(self, ended: int) -> None:
        self._changed.wait_for(lambda: self._stopping or self._ended > ended, self._poll_s)

    def _claim(self) -> list[Delivery]:
        with self._changed:
            room = _AT_ONCE - self._in_flight.total()
            busy = [name for name, count in self._in_flight.items() if count >= _AT_ONCE_EACH]
        if room <= 0:
            return []
        now = utcnow()
        try:
            with self._database.reading() as session:
                if not outbox.is_due(session, now, busy):
                    return []
            claimed = self._writer.submit(
                lambda session: outbox.claim(
                    session,
                    now,
                    lease=_LEASE,
                    limit=room,
                    per_webhook=_AT_ONCE_EACH,
                    busy=busy,
                )
            ).result()
        # Whatever happens to one round must not end the thread.
        except Exception as error:
            logger.warning("webhooks_wait error=%s", type(error).__name__)
            return []
        with self._changed:
            self._in_flight.update(delivery.webhook for delivery in claimed)
        return claimed

    def _send(self, delivery: Delivery) -> None:
        try:
            error = self._attempt(delivery)
            self._settle(delivery, error)
        except Exception as error:
            # The claim runs out, and the message is sent again.
            logger.error("webhook_unsettled error=%s", type(error).__name__)
        finally:
            with self._changed:
                self._in_flight[delivery.webhook] -= 1
                self._in_flight += Counter()
                self._ended += 1
                self._changed.notify_all()

    def _attempt(self, delivery: Delivery) -> str | None:
        try:
            deliver(delivery, allow_private=self._allow_private)
        except DeliveryFailed as error:
            return str(error)
        return None

    def _settle(self, delivery: Delivery, error: str | None) -> None:
        now = utcnow()
        if error is None:
            work = self._writer.submit(lambda session: outbox.delivered(session, delivery, now))
        else:
            again = _again(delivery, now)
            work = self._writer.submit(
                lambda session: outbox.failed(session, delivery, error, again)
            )
            logger.warning("webhook_failed attempt=%d error=%s", delivery.attempt, error)
        work.result()


def _again(delivery: Delivery, now: datetime) -> datetime | None:
    wait = wait_after(delivery.attempt)
    return None if wait is None else now + wait
