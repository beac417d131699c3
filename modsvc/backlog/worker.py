"""What runs on the machines of a Ray cluster: an engine that stays loaded, and parts to score.

In: parts, a few at a time, as Ray hands them out. Out: for each its rows and errors; the decisions
themselves go to the output from here, past Ray, so that a lost machine loses none of them. Which
machine does what, and again when one is lost, is left to Ray.
"""

from typing import Any

import ray
from pydantic import TypeAdapter

from modsvc.backlog.parcel import unpack
from modsvc.backlog.parts import write_part
from modsvc.backlog.plan import Part
from modsvc.errors import ModsvcError
from modsvc.registry.storage import Storage

PART = TypeAdapter(Part)


class Scorer:
    """An actor of Ray Data: one engine, on as many threads as it has cores."""

    def __init__(self, parcel: Any, output: str, cores: int) -> None:
        """`parcel` is a reference to a `Parcel`. Raises ArtifactError."""
        self._pipeline = unpack(ray.get(parcel), cores)
        self._output = Storage(output)

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[Any]]:
        """Score and commit the batch's parts, in JSON; the rows of each, or why it failed.

        What fails is told and not raised: Ray would wrap it, and print it with all that it knows.
        """
        told = [self._told(PART.validate_json(one)) for one in batch["part"]]
        return {"rows": [rows for rows, _ in told], "failure": [failure for _, failure in told]}

    def _told(self, part: Part) -> tuple[int, str]:
        try:
            return write_part(self._pipeline, part, self._output).rows, ""
        except ModsvcError as error:
            return 0, f"{type(error).__name__}: {error}"
