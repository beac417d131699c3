"""Contents → scores: what is known is looked up, what is not is scored once.

In: a model folder and contents. Out: a `Score` for each, in order: normalise, look in the
caches, ask the `model` for the rest, and why where that is asked for. Waiting and queueing are
left to `batching`, actions to the policy.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from modsvc import __version__
from modsvc.engine.artifact import Artifact, load_artifact
from modsvc.engine.cache import Key, ScoreCache
from modsvc.engine.model import Model, Seen
from modsvc.engine.shared_cache import SharedCache
from modsvc.engine.single_flight import SingleFlight
from modsvc.errors import EngineFailure
from modsvc.types import Content, Language, Score, Span

CANARY_TOLERANCE: Final = 0.02


class Engine:
    """A loaded model. Safe to share between threads."""

    def __init__(
        self,
        artifact: Artifact,
        *,
        threads: int,
        cache_size: int,
        early_exit: bool,
        shared_weights: Path | None,
    ) -> None:
        """Open the artefact's network and tokenizer; see `load` for the arguments."""
        self.artifact = artifact
        self._model = Model(
            artifact, threads=threads, early_exit=early_exit, shared_weights=shared_weights
        )
        self._cache = ScoreCache(cache_size, _called(artifact, early_exit=early_exit))
        self._shared: SharedCache | None = None
        self._flights: SingleFlight[tuple[Key, Seen], Score] = SingleFlight()

    @classmethod
    def load(
        cls,
        model_dir: Path,
        *,
        threads: int = 2,
        cache_size: int = 50_000,
        early_exit: bool = True,
        shared_weights: Path | None = None,
    ) -> "Engine":
        """Verify and open a model folder; score on `threads` threads, keep `cache_size` answers.

        Without `early_exit` every text goes through all layers. Processes that have one folder
        `shared_weights` share the network's memory by it.

        Raises:
            ArtifactError: the folder cannot be used; the message says what to do.
        """
        artifact = load_artifact(model_dir)
        return cls(
            artifact,
            threads=threads,
            cache_size=cache_size,
            early_exit=early_exit,
            shared_weights=shared_weights,
        )

    def share(self, cache: SharedCache) -> None:
        """From now on ask `cache` for what is not known here, and tell it what was scored."""
        self._shared = cache

    def score(self, contents: Sequence[Content]) -> list[Score]:
        """One score for each content, in order; equal texts are scored once.

        Raises:
            InputError: a content's language is not a BCP-47 tag.
            EngineFailure: the model's output is not finite.
        """
        texts = [Seen.of(one.text, one.language, one.parent) for one in contents]
        keys = [self._cache.key(one.text, one.declared, one.parent) for one in texts]
        held = self._cache.get(keys)
        todo = {
            key: (key, one)
            for key, one, score in zip(keys, texts, held, strict=True)
            if score is None
        }
        fresh = self._flights.run(todo, self._find_or_score)
        self._cache.put(fresh.items())
        scores = _merge(keys, held, fresh)
        return [
            replace(score, forms=one.forms, spans=self._spans(content, one, score))
            for content, one, score in zip(contents, texts, scores, strict=True)
        ]

    def detect(self, text: str) -> Language:
        """The language that the start of a raw text is in, whatever its sender calls it."""
        return self._model.detect(text)

    def logits(
        self, texts: Sequence[str], parents: Sequence[str | None] | None = None
    ) -> NDArray[np.float32]:
        """Uncalibrated logits [n, 8] of raw texts: the maximum over each text's windows.

        All layers are asked, whatever the lower ones say. `parents`, as many as `texts`, are
        what these reply to.

        Raises:
            EngineFailure: the model's output is not finite.
        """
        above = parents or [None] * len(texts)
        seen = [Seen.of(text, None, parent) for text, parent in zip(texts, above, strict=True)]
        return self._model.logits(seen)

    def check_canary(self) -> None:
        """Score the manifest's canaries, past the cache.

        Raises:
            EngineFailure: one is off by more than 0.02: the model does not compute here what it
                computed when it was packed.
        """
        canaries = self.artifact.manifest.canary
        texts = [Seen.of(one.text, one.language) for one in canaries]
        for place, (one, score) in enumerate(zip(canaries, self._model.score(texts), strict=True)):
            if abs(score.probability - one.probability) > CANARY_TOLERANCE:
                raise EngineFailure(
                    f"canary {place} of the manifest scored {score.probability:.3f}, packed with "
                    f"{one.probability:.3f}: run `modsvc verify`, and check that onnxruntime is "
                    "the version in the manifest"
                )

    def _spans(self, content: Content, text: Seen, score: Score) -> tuple[Span, ...] | None:
        """Spans where they are asked for; of the text as written, so that no cache holds them."""
        if not content.explain:
            return None
        if score.reason is not None:
            return ()
        return self._model.explainer.spans(content.text, score.language.code, text.parent)

    def _find_or_score(self, asked: Sequence[tuple[Key, Seen]]) -> list[Score]:
        """Scores of texts that this process does not know, where others may."""
        if self._shared is None:
            return self._model.score([one for _, one in asked])
        found = self._shared.get([key for key, _ in asked])
        unknown = [pair for pair, score in zip(asked, found, strict=True) if score is None]
        scores = self._model.score([one for _, one in unknown])
        self._shared.put([(key, score) for (key, _), score in zip(unknown, scores, strict=True)])
        fresh = iter(scores)
        return [score or next(fresh) for score in found]


def _called(artifact: Artifact, *, early_exit: bool) -> str:
    """What names all that an answer depends on beside its text.

    The manifest has the hashes of network, tokenizer and calibration.
    """
    whole = f"{__version__}\0{early_exit}\0{artifact.manifest.model_dump_json()}"
    return f"{artifact.model_version}\0{hashlib.sha256(whole.encode()).hexdigest()}"


def _merge(
    keys: Sequence[Key], held: Sequence[Score | None], fresh: Mapping[Key, Score]
) -> list[Score]:
    """Held and fresh scores in order; the second of two equal texts counts as cached."""
    merged: list[Score] = []
    seen: set[Key] = set()
    for key, score in zip(keys, held, strict=True):
        if score is None:
            score = replace(fresh[key], cached=True) if key in seen else fresh[key]
            seen.add(key)
        merged.append(score)
    return merged
