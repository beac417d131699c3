"""`GET /metrics`: the service's own registry in the Prometheus text format."""

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from modsvc.api.deps import service_of

router = APIRouter(tags=["metrics"])


@router.get("/metrics", summary="Prometheus metrics", response_class=PlainTextResponse)
async def metrics(request: Request) -> Response:
    """Requests, items, decisions by language, latency, queue, batches, cache hits."""
    body = generate_latest(service_of(request).metrics.registry)
    return Response(body, media_type=CONTENT_TYPE_LATEST)
