"""`GET /healthz` (the process answers) and `GET /readyz` (the model answers correctly)."""

import asyncio
import time

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from modsvc.api.deps import Service, service_of
from modsvc.api.errors import NOT_READY, problem, request_id_of
from modsvc.api.openapi import problem_response
from modsvc.api.schemas import Health
from modsvc.errors import EngineFailure
from modsvc.pipeline import Pipeline

router = APIRouter(tags=["health"])


class Readiness:
    """Remembers for `interval_s` seconds whether the model answered its canary texts.

    Probes come often and from several sides; the model is asked once for all of them.
    """

    def __init__(self, pipeline: Pipeline, interval_s: float) -> None:
        self._pipeline = pipeline
        self._interval_s = interval_s
        self._lock = asyncio.Lock()
        self._asked_at: float | None = None
        self._failure: str | None = None

    async def failure(self) -> str | None:
        """None when the model is ready, else why it is not."""
        async with self._lock:
            now = time.monotonic()
            if self._asked_at is None or now - self._asked_at >= self._interval_s:
                self._failure = await self._ask()
                self._asked_at = now
            return self._failure

    async def _ask(self) -> str | None:
        try:
            await asyncio.to_thread(self._pipeline.check_canary)
        except EngineFailure as error:
            return str(error)
        return None


@router.get("/healthz", summary="Is the process alive?", response_model=Health)
async def healthz(request: Request) -> Health:
    """Answers as long as the process does, whatever the model's state."""
    return _health("alive", service_of(request))


@router.get(
    "/readyz",
    summary="Does the model answer correctly?",
    response_model=Health,
    responses={503: problem_response("The model did not answer its canary texts as it should.")},
)
async def readyz(request: Request) -> Health | Response:
    """Scores the canary texts that the model was packed with, every so often."""
    readiness: Readiness = request.app.state.readiness
    failure = await readiness.failure()
    if failure is not None:
        return problem(NOT_READY, failure, request_id=request_id_of(request))
    return _health("ready", service_of(request))


def _health(status: str, service: Service) -> Health:
    loaded = service.pipeline.loaded
    return Health(
        status=status, model_version=loaded.model_version, policy_version=loaded.policy.version
    )
