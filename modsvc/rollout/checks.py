"""Whether a model may answer: what it has to show before anybody is answered by it.

In: a model folder. Out: a model that was started, has answered a sample as when it was packed,
and is warm; or ModelRefused, which says which check it failed. Nothing that answers now is touched.
"""

import asyncio
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from modsvc.engine.engine import CANARY_TOLERANCE, Engine
from modsvc.engine.running import Running
from modsvc.errors import EngineFailure, ModelRefused, ModsvcError, PolicyError
from modsvc.pipeline import OnBatch, decide_content, load_model
from modsvc.policy import Policy
from modsvc.settings import Settings
from modsvc.types import Content, Score

#: The active policy, laid over a model's operating points.
PolicyOf = Callable[[Engine], Policy]

#: Seconds for one text of the sample; a model that takes longer is of no use.
_DEADLINE_S: Final = 30.0

#: How often the sample's texts are repeated to warm up on short, middling and windowed ones.
_WARM: Final = (1, 8, 64)


def candidate(
    settings: Settings, folder: Path, policy_of: PolicyOf, *, on_batch: OnBatch | None = None
) -> Running:
    """A model that passed every check, started and warm.

    Blocks for as long as loading takes; not for a thread with a running loop. Raises
    ModelRefused.
    """
    with checked("artefact"):
        running = load_model(settings, folder, on_batch=on_batch)
    policy = check_engine(running.engine, policy_of)
    running.start()
    try:
        with checked("sample"):
            asyncio.run(_sample(running, policy))
        with checked("warm_up"):
            asyncio.run(_warm_up(running))
    except BaseException:
        running.stop()
        raise
    return running


def check_engine(engine: Engine, policy_of: PolicyOf) -> Policy:
    """The active policy for a model that answers its canary texts. Raises ModelRefused."""
    with checked("canary"):
        if not engine.artifact.manifest.canary:
            raise EngineFailure("the manifest has no canary texts: pack the model again")
        engine.check_canary()
    with checked("policy"):
        return policy_of(engine)


@contextmanager
def checked(name: str) -> Iterator[None]:
    """Refuse the model for whatever goes wrong within the block. Raises ModelRefused."""
    try:
        yield
    # Whatever a library raises over somebody's file, it is the file that is refused.
    except Exception as error:
        why = str(error) if isinstance(error, ModsvcError) else type(error).__name__
        raise ModelRefused(
            f"The new model did not pass the check `{name}`, and nothing was changed: {why}",
            check=name,
        ) from error


async def _sample(running: Running, policy: Policy) -> None:
    """Each canary text alone, on the way that requests take, to a decision."""
    for place, one in enumerate(running.artifact.manifest.canary):
        content = Content(one.text, language=one.language)
        [score] = await running.score([content], _DEADLINE_S)
        if not all(0 <= value <= 1 for value in _values(score)):
            raise EngineFailure(f"text {place} of the sample has a value that is no probability")
        if abs(score.probability - one.probability) > CANARY_TOLERANCE:
            raise EngineFailure(
                f"text {place} of the sample scored {score.probability:.3f} alone, packed with "
                f"{one.probability:.3f}"
            )
        if score.model_version != running.artifact.model_version:
            raise EngineFailure(f"text {place} of the sample was answered by another version")
        if not decide_content(content, score, policy).reason_codes:
            raise PolicyError(f"text {place} of the sample was decided without a reason")


async def _warm_up(running: Running) -> None:
    texts = [one.text for one in running.artifact.manifest.canary]
    many = [Content(" ".join([text] * times)) for times in _WARM for text in texts]
    for score in await running.score(many, _DEADLINE_S):
        if not all(map(math.isfinite, _values(score))):
            raise EngineFailure("a long text has a value that is no number")


def _values(score: Score) -> list[float]:
    return [score.probability, score.toxic_other, *score.categories.values()]
