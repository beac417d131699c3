"""Whether a request's texts are let in: the limits of its key, and probing.

In: a request, who sends it, its texts. Out: nothing, or LimitReached, TooAlike or InputTooLarge;
and the `RateLimit` fields of the answer, which `modsvc.api.middleware` writes. Counting is left to
`counting`, what is nearly the same text to `probing`. Where a key has no limits and nobody looks
for probing, nothing is done.

The fields are those of the IETF draft `draft-ietf-httpapi-ratelimit-headers-10`.
"""

from collections.abc import Sequence
from typing import Final, Self

import structlog
from starlette.requests import Request

from modsvc.api.limits.counting import Counted, Counters, Limit
from modsvc.api.limits.probing import Probing
from modsvc.api.security import Caller
from modsvc.errors import InputTooLarge, LimitReached, TooAlike
from modsvc.settings import Settings
from modsvc.telemetry.requests import RequestMetrics

log = structlog.get_logger("modsvc.limits")

_PERIOD: Final = {"rate": "minute", "quota": "day"}


class Admission:
    """The door. `probing` None lets nobody look; with `throttles` probing is refused too."""

    def __init__(
        self,
        counters: Counters,
        probing: Probing | None,
        metrics: RequestMetrics,
        *,
        throttles: bool,
    ) -> None:
        self._counters = counters
        self._probing = probing
        self._metrics = metrics
        self._throttles = throttles

    @classmethod
    def of(cls, settings: Settings, metrics: RequestMetrics) -> Self:
        """As the settings say. Raises StoreUnavailable where Redis has no driver."""
        url, probing = settings.limits_url, None
        if settings.probing != "off":
            probing = Probing(settings.probing_variants, settings.probing_window_s)
        counters = Counters(
            None if url is None else url.get_secret_value(), metrics.limits_counted_alone
        )
        return cls(counters, probing, metrics, throttles=settings.probing == "throttle")

    async def admit(
        self, request: Request, caller: Caller, texts: Sequence[str], *, held: bool = False
    ) -> None:
        """Let the texts in, or raise; `held` texts must be judged, whatever they are like.

        Raises LimitReached, TooAlike, or InputTooLarge for more than a key may ever send at once.
        """
        if self._probing is not None:
            for place, text in enumerate(texts):
                self._look(self._probing, caller, place, text, throttled=not held)
        if caller.allowance.rate or caller.allowance.quota:
            await self._count(request, caller, len(texts))

    async def close(self) -> None:
        """Let go of what counts."""
        await self._counters.close()

    def _look(
        self, probing: Probing, caller: Caller, place: int, text: str, *, throttled: bool
    ) -> None:
        throttled = throttled and self._throttles
        alarm = probing.note(caller.actor, text, refused=throttled)
        if alarm is None:
            return
        self._metrics.probing(caller.actor)
        if alarm.is_first:
            log.warning("probing_noticed", key=caller.actor, throttled=throttled)
        if throttled:
            self._metrics.refused(caller.actor, "probing")
            raise TooAlike(
                f"Text {place} is nearly the same as many that this key sent before: leave it out, "
                "or try again after `Retry-After` seconds.",
                retry_after_s=alarm.retry_after_s,
            )

    async def _count(self, request: Request, caller: Caller, texts: int) -> None:
        rate, quota, _, _ = caller.allowance
        limits = [Limit("rate", rate)] if rate else []
        limits += [Limit("quota", quota)] if quota else []
        for limit in limits:
            if texts > limit.texts:
                raise InputTooLarge(
                    f"{texts} texts, but this key may send {limit.texts} a "
                    f"{_PERIOD[limit.name]}: send fewer in one request."
                )
        counted = await self._counters.take(caller.actor, limits, texts)
        request.scope["state"]["fields"] = _fields(counted)
        if counted.refused is not None:
            limit = counted.refused.limit
            self._metrics.refused(caller.actor, limit.name)
            raise LimitReached(
                f"This key may send {limit.texts} texts a {_PERIOD[limit.name]}, and "
                f"{counted.refused.texts} are left: try again after `Retry-After` seconds.",
                retry_after_s=counted.refused.reset_s,
            )


def _fields(counted: Counted) -> dict[str, str]:
    policies = (
        f'"{limit.name}";q={limit.texts};qu="texts";w={limit.window_s}'
        for limit, _, _ in counted.left
    )
    states = (f'"{limit.name}";r={texts};t={reset_s}' for limit, texts, reset_s in counted.left)
    return {"RateLimit-Policy": ", ".join(policies), "RateLimit": ", ".join(states)}
