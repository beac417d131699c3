"""Which model and policy answer, from one request to the next.

In: settings; another model or policy. Out: `Loaded`, which a request holds to its end: who needs
more than one call, or says which versions answered, works with one. When to switch is left to
`modsvc.rollout`.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from modsvc.engine.artifact import Artifact
from modsvc.engine.batching import Batcher
from modsvc.engine.engine import Engine
from modsvc.engine.running import Running
from modsvc.engine.shared_cache import SharedCache
from modsvc.pipeline.deciding import policy_for
from modsvc.pipeline.loaded import Loaded, OnScored
from modsvc.policy import Policy
from modsvc.policy.document import name_of, read_document
from modsvc.settings import Settings
from modsvc.types import Content, Decision, Score

OnBatch = Callable[[int, float], None]


class Pipeline:
    """What is loaded at present. Safe to share between threads.

    `policy` may be replaced at any time by another one that was built for this model, and
    both together by `switch`.
    """

    def __init__(self, running: Running, policy: Policy) -> None:
        self._lock = threading.Lock()
        self._on_scored: OnScored | None = None
        self._shared: SharedCache | None = None
        self._loaded = Loaded(running, policy)

    @classmethod
    def load(cls, settings: Settings, *, on_batch: OnBatch | None = None) -> Self:
        """Load model and policy.

        `on_batch` is told each batch's number of texts and its seconds, on a thread of the
        batcher. Raises ArtifactError or PolicyError when either cannot be used.
        """
        running = load_model(settings, settings.model_dir, on_batch=on_batch)
        path = settings.policy_file
        return cls(running, policy_for(running.engine, read_document(path), name_of(path)))

    @property
    def loaded(self) -> Loaded:
        """What would answer now; `held` for more than a look."""
        return self._loaded

    @contextmanager
    def held(self) -> Iterator[Loaded]:
        """What answers within the block: it is not stopped meanwhile, whatever comes after it."""
        with self._lock:
            loaded = self._loaded
            loaded.running.hold()
        try:
            yield loaded
        finally:
            loaded.running.let_go()

    def switch(self, running: Running, policy: Policy) -> Loaded:
        """Answer by another model, which was started, from the next request on; the one before.

        `policy` is one that was built for that model.
        """
        with self._lock:
            if self._shared is not None:
                # Not before: what a model had to show it had to compute itself.
                running.engine.share(self._shared)
            before, self._loaded = self._loaded, Loaded(running, policy, self._on_scored)
        return before

    def share(self, cache: SharedCache) -> None:
        """Share scores by `cache`, of this model and of those that come after it."""
        with self._lock:
            self._shared = cache
            self._loaded.running.engine.share(cache)

    def watch(self, on_scored: OnScored | None) -> None:
        """Tell `on_scored` what is scored from now on; see `Loaded`."""
        with self._lock:
            self._on_scored = on_scored
            self._loaded = Loaded(self._loaded.running, self._loaded.policy, on_scored)

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self._loaded.policy

    @policy.setter
    def policy(self, policy: Policy) -> None:
        with self._lock:
            self._loaded = Loaded(self._loaded.running, policy, self._on_scored)

    @property
    def artifact(self) -> Artifact:
        """The model folder that was loaded."""
        return self._loaded.artifact

    @property
    def queue_depth(self) -> int:
        """Texts that wait for the model."""
        return self._loaded.running.queue_depth

    async def start(self) -> None:
        """Make `judge` available."""
        self._loaded.running.start()

    async def stop(self) -> None:
        """Answer what waits, then refuse; returns when all is answered."""
        # The loop has to stay free to hand the last answers to their callers.
        await asyncio.to_thread(self._loaded.running.stop)

    def check_canary(self) -> None:
        """Raise EngineFailure unless the model answers its canary texts as when packed."""
        self._loaded.running.engine.check_canary()

    def decide_batch(self, contents: Sequence[Content]) -> list[tuple[Score, Decision]]:
        """`Loaded.decide_batch` of what is loaded now."""
        return self._loaded.decide_batch(contents)


def load_model(settings: Settings, folder: Path, *, on_batch: OnBatch | None = None) -> Running:
    """A model with its queue, as the settings say, not yet started. Raises ArtifactError."""
    engine = Engine.load(
        folder,
        threads=settings.threads,
        cache_size=settings.cache_size,
        early_exit=settings.early_exit,
        shared_weights=settings.shared_weights_dir,
    )
    batcher = Batcher(
        engine,
        max_queue=settings.max_queue,
        token_budget=settings.token_budget,
        workers=settings.workers,
        max_wait_s=settings.max_wait_s,
        on_batch=on_batch,
    )
    return Running(engine, batcher)
