"""The routers of all dialects, for the application."""

from typing import Final

from fastapi import APIRouter

from modsvc.api.dialects.classify import route as classify
from modsvc.api.dialects.moderations import route as moderations
from modsvc.api.dialects.perspective import discovery
from modsvc.api.dialects.perspective import route as perspective
from modsvc.api.dialects.predict import route as predict

ROUTERS: Final[tuple[APIRouter, ...]] = (
    moderations.router,
    perspective.router,
    discovery.router,
    predict.router,
    classify.router,
)
