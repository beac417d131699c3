"""What a load came to: figures, and whatever did not hold.

In: what was sent, done and found. Out: an `Outcome`, as JSON and as tables on the terminal.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Self

import numpy as np
from rich.console import Group
from rich.table import Table

from eval.load.receiver import Receipt
from eval.load.record import Record
from eval.load.sending import Sent

FLAGGED_SHARE: Final = 0.05

_PERCENTILES: Final = (50, 95, 99)

#: More than so many faults are counted, not shown.
_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Outcome:
    """Times of ingest are from when a text was due to its answer, however often it was sent.

    `decided_s` are seconds from a text's receipt to its decision, `draining_s` those after the
    last text until all were decided on.
    """

    seconds: float
    kills: int
    texts: int
    answered: int
    rate: float
    flagged_share: float
    ingest_ms: dict[str, float]
    decided_s: dict[str, float]
    draining_s: float
    lost_connections: int
    refused: dict[str, int]
    reviewers: list[dict[str, int]]
    events: int
    messages: int
    deliveries: int
    repeated_deliveries: int
    undelivered: int
    errors_logged: dict[str, int]
    faults: list[str]

    @classmethod
    def of(
        cls,
        *,
        sent: Sequence[Sent],
        reviewers: list[dict[str, int]],
        seconds: float,
        kills: int,
        draining_s: float,
        record: Record,
        receipts: Sequence[Receipt],
        errors: Mapping[str, int],
        faults: Sequence[str],
    ) -> Self:
        """Count; too few flagged texts to review are a fault, too."""
        done = [one for one in sent if one.answer is not None and one.seconds is not None]
        in_time = [one for one in done if one.due + (one.seconds or 0) <= seconds]
        flagged = sum(item.kind == "first" for item in record.items)
        share = flagged / len(done) if done else 0.0
        found = list(faults)
        if share < FLAGGED_SHARE:
            found.append(f"only {share:.1%} of the texts are flagged: send others")
        refused: Counter[str] = Counter()
        for one in sent:
            refused.update(one.refused)
        taken = [receipt.message for receipt in receipts if receipt.taken]
        return cls(
            seconds=seconds,
            kills=kills,
            texts=len(sent),
            answered=len(done),
            rate=len(in_time) / seconds,
            flagged_share=share,
            ingest_ms=_percentiles([1000 * (one.seconds or 0) for one in done]),
            decided_s=_percentiles(_waits(record)),
            draining_s=draining_s,
            lost_connections=sum(one.lost for one in sent),
            refused=dict(refused),
            reviewers=reviewers,
            events=len(record.events),
            messages=len(record.messages),
            deliveries=len(receipts),
            repeated_deliveries=len(taken) - len(set(taken)),
            undelivered=sum(message.delivered_at is None for message in record.messages),
            errors_logged=dict(errors),
            faults=found,
        )

    def to_json(self) -> dict[str, Any]:
        """All of it."""
        return asdict(self)

    def render(self) -> Group:
        """Two tables, and the first faults."""
        return Group(self._figures(), self._reviewers(), *self._verdict())

    def _figures(self) -> Table:
        table = Table("figure", "value", title="The load", title_justify="left")
        times = " / ".join(f"{value:.0f}" for value in self.ingest_ms.values())
        waits = " / ".join(f"{value:.1f}" for value in self.decided_s.values())
        for name, value in (
            ("seconds, kills", f"{self.seconds:.1f}, {self.kills}"),
            ("texts sent, answered 202", f"{self.texts}, {self.answered}"),
            ("answered a second, in time", f"{self.rate:.1f}"),
            ("flagged", f"{self.flagged_share:.1%}"),
            (f"ingest, {' / '.join(self.ingest_ms)}, ms", times),
            (f"received to decided, {' / '.join(self.decided_s)}, s", waits),
            ("all decided after the last text, s", f"{self.draining_s:.1f}"),
            ("connections lost", str(self.lost_connections)),
            ("refused for the moment", _counts(self.refused)),
            ("events recorded", str(self.events)),
            ("messages, undelivered", f"{self.messages}, {self.undelivered}"),
            ("deliveries, repeated ones", f"{self.deliveries}, {self.repeated_deliveries}"),
            ("errors logged", _counts(self.errors_logged)),
        ):
            table.add_row(name, value)
        return table

    def _reviewers(self) -> Table:
        names = [str(number + 1) for number in range(len(self.reviewers))]
        table = Table("reviewer", *names, title="What people did", title_justify="left")
        for name in sorted({name for one in self.reviewers for name in one}):
            table.add_row(name, *(str(one.get(name, 0)) for one in self.reviewers))
        return table

    def _verdict(self) -> list[str]:
        if not self.faults:
            return ["Everything holds."]
        more = len(self.faults) - _SHOWN
        rest = [f"… and {more} more"] if more > 0 else []
        return [f"{len(self.faults)} faults:", *self.faults[:_SHOWN], *rest]


def _waits(record: Record) -> list[float]:
    """Seconds from each text's receipt to its decision."""
    received = {event.content: event.at for event in record.events if event.kind == "received"}
    return [
        (event.at - received[event.content]).total_seconds()
        for event in record.events
        if event.kind == "decided" and event.content in received
    ]


def _percentiles(values: Sequence[float]) -> dict[str, float]:
    if not values:
        return {}
    found = np.percentile(values, _PERCENTILES)
    return {f"p{name}": float(value) for name, value in zip(_PERCENTILES, found, strict=True)}


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name}: {count}" for name, count in sorted(counts.items())) or "none"
