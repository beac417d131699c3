"""What the routes share: the service that the application was made with."""

from dataclasses import dataclass

from starlette.requests import Request

from modsvc.pipeline import Pipeline
from modsvc.settings import Settings
from modsvc.telemetry import Metrics


@dataclass(frozen=True, slots=True)
class Service:
    """One running service; kept on the application as `app.state.service`."""

    settings: Settings
    pipeline: Pipeline
    metrics: Metrics


def service_of(request: Request) -> Service:
    """The service that this request belongs to."""
    service: Service = request.app.state.service
    return service
