"""After how many texts the watch notices a campaign, and how often it cries wolf.

In: pools of scored sentences. Out: a `Finding` for each kind and size of campaign, over all
languages and seeds, and the false alarms on quiet traffic. Traffic is left to
`eval.drift.traffic`, the watch is the service's own.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final

import numpy as np
from rich.table import Table

from eval.drift.traffic import Kind, Pool, Traffic
from modsvc.drift.reference import learn
from modsvc.drift.signals import SIGNALS, Sight
from modsvc.drift.watch import Watch

#: Shares of a language's traffic that a campaign makes up.
SHARES: Final = (0.02, 0.05, 0.1, 0.2)

KINDS: Final[tuple[Kind, ...]] = ("hostile", "harmless")

#: When the past was is of no account here.
_THEN: Final = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Finding:
    """Campaigns of one kind and share: texts until each was noticed, None within `within` not.

    Texts are all those of the language, from the campaign's first on. `first` counts which
    signal it was.
    """

    kind: Kind
    share: float
    within: int
    delays: tuple[int | None, ...]
    first: dict[str, int]

    @property
    def noticed(self) -> float:
        """The share of campaigns that were noticed."""
        return sum(delay is not None for delay in self.delays) / len(self.delays)

    def quantile(self, share: float) -> float | None:
        """So many of all campaigns were noticed after at most so many texts; None if fewer were."""
        late = np.sort([np.inf if delay is None else delay for delay in self.delays])
        found = float(late[min(int(np.ceil(share * len(late))), len(late)) - 1])
        return found if np.isfinite(found) else None


@dataclass(slots=True)
class Quiet:
    """Alarms on quiet traffic, by signal."""

    texts: int = 0
    alarms: Counter[str] = field(default_factory=Counter)

    def rate(self, signal: str) -> float:
        """Alarms per 10,000 texts of a language."""
        return self.alarms[signal] / self.texts * 10_000


def measure(
    pools: Sequence[Pool], *, seeds: int, quiet: int, within: int
) -> tuple[list[Finding], Quiet]:
    """Every campaign in every language and with every seed, after `quiet` texts without one."""
    calm = Quiet()
    found: dict[tuple[Kind, float], list[tuple[int, str] | None]] = {
        (kind, share): [] for kind in KINDS for share in SHARES
    }
    for pool in pools:
        for seed in range(seeds):
            traffic = Traffic.of(pool, seed)
            watch = Watch(learn(traffic.past, _plain, since=_THEN, until=_THEN), _plain)
            for sight in islice(traffic.sights("quiet"), quiet):
                calm.alarms.update(alarm.signal for alarm in watch.see(sight))
            calm.texts += quiet
            for campaign, noticed in found.items():
                # Every campaign comes upon the same watch.
                sights = islice(traffic.sights("campaign", *campaign), within)
                noticed.append(_noticed(deepcopy(watch), sights))
    findings = [
        Finding(
            *(kind, share, within),
            tuple(None if one is None else one[0] for one in noticed),
            dict(Counter(signal for _, signal in filter(None, noticed))),
        )
        for (kind, share), noticed in found.items()
    ]
    return findings, calm


def to_json(findings: Sequence[Finding], quiet: Quiet) -> dict[str, Any]:
    """All figures, every delay among them."""
    return {
        "campaigns": [
            {
                "kind": one.kind,
                "share": one.share,
                "within": one.within,
                "noticed": one.noticed,
                "median": one.quantile(0.5),
                "p90": one.quantile(0.9),
                "first": one.first,
                "delays": list(one.delays),
            }
            for one in findings
        ],
        "quiet": {
            "texts": quiet.texts,
            "alarms_per_10000": {signal: quiet.rate(signal) for signal in SIGNALS},
        },
    }


def render(findings: Sequence[Finding], quiet: Quiet) -> Iterator[Table | str]:
    """A table of campaigns, and a line on quiet traffic."""
    table = Table(title="texts of the language until a campaign is noticed", title_justify="left")
    for name in ("campaign", "share of traffic", "noticed", "half", "nine in ten", "first by"):
        table.add_column(name, justify="left" if name in ("campaign", "first by") else "right")
    for one in findings:
        first = ", ".join(f"{signal} {count}" for signal, count in sorted(one.first.items()))
        half, most = one.quantile(0.5), one.quantile(0.9)
        table.add_row(
            *(one.kind, f"{one.share:.0%}", f"{one.noticed:.0%}"),
            *("–" if value is None else f"{value:.0f}" for value in (half, most)),
            first,
        )
    yield table
    rates = ", ".join(f"{signal} {quiet.rate(signal):.2f}" for signal in SIGNALS)
    yield f"false alarms per 10,000 of {quiet.texts:,} quiet texts: {rates}"


def _noticed(watch: Watch, sights: Iterable[Sight]) -> tuple[int, str] | None:
    """After how many texts which signal moved first."""
    for number, sight in enumerate(sights, start=1):
        for alarm in watch.see(sight):
            return number, alarm.signal
    return None


def _plain(word: str) -> str:
    return word
