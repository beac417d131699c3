"""`modsvc serve`: what a start takes, in the order in which it takes least time.

In: settings. Out: the application, served. The model is read on a thread of its own while the rest
of the service is imported, half of the time of a start each. Imports make objects by the hundred
thousand, nearly all of which stay: looking for garbage among them would be a sixth of their time.
"""

import gc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

from modsvc.cli.certificate import check_certificate
from modsvc.pipeline import Pipeline
from modsvc.settings import Settings
from modsvc.telemetry import Metrics, configure_logging

if TYPE_CHECKING:
    from fastapi import FastAPI


def start(settings: Settings) -> None:
    """Load the model, bind, and serve until a signal ends it.

    Raises ArtifactError, PolicyError, StoreError, or OSError for a certificate that cannot be
    used, before anything is bound; OSError where it cannot be bound.
    """
    configure_logging(settings.log_level)
    check_certificate(settings.tls_certificate, settings.tls_key)
    with _nothing_collected():
        app = _application(settings)
    from modsvc.cli.serve import serve

    serve(settings, app)


def _application(settings: Settings) -> "FastAPI":
    metrics = Metrics()
    with ThreadPoolExecutor(1, "start") as reader:
        pipeline = reader.submit(Pipeline.load, settings, on_batch=metrics.texts.batch)
        # While the model is read.
        from modsvc.app import create_app

        return create_app(settings, measured=metrics, pipeline=pipeline.result())


@contextmanager
def _nothing_collected() -> Iterator[None]:
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
