"""What a rate means in machines and money.

In: texts a second of one core, as measured, and what a core costs an hour, as you pay it. Out: what
a million texts cost, and the cores that a stream of texts needs. A machine that is asked for all
that it can answers late: streams are planned at a share of it.
"""

import math
from typing import Final, NamedTuple

HOUR_S: Final = 3_600
MILLION: Final = 1_000_000

#: Of what a machine can do, so much is planned with.
BUSY: Final = 0.6
STREAMS: Final = (10, 1_000, 100_000)


class Need(NamedTuple):
    """For `rate` texts a second: cores, and what they cost a month of 730 hours."""

    rate: int
    cores: int
    month: float


def per_million(rate: float, price: float) -> float:
    """What a million texts cost, at `rate` texts a second and `price` an hour of a core."""
    return MILLION / rate / HOUR_S * price


def needs(rate: float, price: float, streams: tuple[int, ...] = STREAMS) -> list[Need]:
    """The cores for streams of texts a second, whole ones."""
    return [
        Need(stream, cores := math.ceil(stream / (rate * BUSY)), cores * price * 730)
        for stream in streams
    ]
