"""Help: what the words mean, and the keys that replace the mouse.

In: nothing but a visitor. Out: the page.
"""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from modsvc.desk.guard import ANYONE
from modsvc.desk.pages import render
from modsvc.review.sessions import Visitor

router = APIRouter()


@router.get("/guide")
def show(request: Request, visitor: Annotated[Visitor, Depends(ANYONE)]) -> Response:
    """The sheet of keys and words."""
    return render(request, "guide.html")
