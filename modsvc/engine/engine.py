"""Contents → scores: the whole way of a text through the model.

In: a model folder and contents. Out: a `Score` for each, in order: normalise, look in the
caches, detect the language, cut into windows, run, take the maximum over the windows,
calibrate. Waiting and queueing are left to `batching`, actions to the policy.
"""

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from modsvc import __version__
from modsvc.engine.artifact import MODEL_FILE, TOKENIZER_FILE, Artifact, load_artifact
from modsvc.engine.cache import Key, ScoreCache
from modsvc.engine.calibrate import Calibrator
from modsvc.engine.explain import Explainer
from modsvc.engine.language import LanguageDetector, normalise_tag
from modsvc.engine.normalise import forms, normalise
from modsvc.engine.session import NEVER, Session
from modsvc.engine.shared_cache import SharedCache
from modsvc.engine.shared_weights import shared_network
from modsvc.engine.single_flight import SingleFlight
from modsvc.engine.tokenise import Tokeniser, Windows
from modsvc.errors import EngineFailure
from modsvc.labels import CATEGORIES, LABELS, MISOGYNY, TOXIC_OTHER
from modsvc.types import Content, Language, Score, Span

CANARY_TOLERANCE: Final = 0.02

#: So many characters of a raw text are looked at for `Engine.detect`.
_TELLS_LANGUAGE: Final = 512

_COLUMN: Final = {label: column for column, label in enumerate(LABELS)}


@dataclass(frozen=True, slots=True)
class _Text:
    """A content as the model sees it: normalised, with the caller's language tag, if any."""

    forms: tuple[str, ...]
    declared: str | None
    parent: str | None

    @classmethod
    def of(cls, text: str, language: str | None = None, parent: str | None = None) -> "_Text":
        above = normalise(parent) if parent else ""
        return cls(forms(text), normalise_tag(language), above or None)

    @property
    def text(self) -> str:
        return self.forms[-1]


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
        found = artifact.calibration.early_exit
        exits = found.by_language if found is not None and early_exit else {}
        self._exits = {code: entry.below for code, entry in exits.items()}
        # Unpacking the detector's model takes as long as opening the network: do both at once.
        with ThreadPoolExecutor(1) as aside:
            detector = aside.submit(LanguageDetector)
            self._tokeniser = Tokeniser(
                artifact.path / TOKENIZER_FILE, max_tokens=artifact.manifest.max_tokens
            )
            self._session = Session(_network(artifact, shared_weights), threads=threads)
        self._detector = detector.result()
        self._calibrator = Calibrator(artifact.calibration)
        self._explainer = Explainer(self._tokeniser, self._session, self._calibrator)
        self._cache = ScoreCache(cache_size, _called(artifact, early_exit=early_exit))
        self._shared: SharedCache | None = None
        self._flights: SingleFlight[tuple[Key, _Text], Score] = SingleFlight()

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
        texts = [_Text.of(one.text, one.language, one.parent) for one in contents]
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
        return self._detector.detect(normalise(text[:_TELLS_LANGUAGE]))

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
        seen = [_Text.of(text, None, parent) for text, parent in zip(texts, above, strict=True)]
        windows = self._windows(seen)
        return self._peaks(windows, [NEVER] * len(windows))[0]

    def check_canary(self) -> None:
        """Score the manifest's canaries, past the cache.

        Raises:
            EngineFailure: one is off by more than 0.02: the model does not compute here what it
                computed when it was packed.
        """
        canaries = self.artifact.manifest.canary
        texts = [_Text.of(one.text, one.language) for one in canaries]
        for place, (one, score) in enumerate(zip(canaries, self._score_new(texts), strict=True)):
            if abs(score.probability - one.probability) > CANARY_TOLERANCE:
                raise EngineFailure(
                    f"canary {place} of the manifest scored {score.probability:.3f}, packed with "
                    f"{one.probability:.3f}: run `modsvc verify`, and check that onnxruntime is "
                    "the version in the manifest"
                )

    def _spans(self, content: Content, text: _Text, score: Score) -> tuple[Span, ...] | None:
        """Spans where they are asked for; of the text as written, so that no cache holds them."""
        if not content.explain:
            return None
        if score.reason is not None:
            return ()
        return self._explainer.spans(content.text, score.language.code, text.parent)

    def _find_or_score(self, asked: Sequence[tuple[Key, _Text]]) -> list[Score]:
        """Scores of texts that this process does not know, where others may."""
        if self._shared is None:
            return self._score_new([one for _, one in asked])
        found = self._shared.get([key for key, _ in asked])
        unknown = [pair for pair, score in zip(asked, found, strict=True) if score is None]
        scores = self._score_new([one for _, one in unknown])
        self._shared.put([(key, score) for (key, _), score in zip(unknown, scores, strict=True)])
        fresh = iter(scores)
        return [score or next(fresh) for score in found]

    def _score_new(self, texts: Sequence[_Text]) -> list[Score]:
        """Scores of texts that are not in the cache; texts without letters skip the model."""
        languages = [self._detector.detect(one.text, one.declared, one.parent) for one in texts]
        legible = [place for place, one in enumerate(languages) if one.source != "none"]
        windows = self._windows([texts[place] for place in legible])
        logits, early = self._peaks(
            windows, [self._exit_below(texts[place], languages[place]) for place in legible]
        )
        probabilities = self._calibrator.probabilities(
            logits, [languages[place].code for place in legible]
        )
        scores = [self._empty(language) for language in languages]
        rows = zip(legible, probabilities.tolist(), windows, early.tolist(), strict=True)
        for place, row, pieces, soon in rows:
            scores[place] = self._to_score(languages[place], row, pieces, early=soon)
        return scores

    def _windows(self, texts: Sequence[_Text]) -> list[Windows]:
        return self._tokeniser.windows([one.text for one in texts], [one.parent for one in texts])

    def _exit_below(self, text: _Text, language: Language) -> float:
        """The alarm below which the lower layers may answer alone."""
        # What a reply says may hang on its parent, which the lower layers were not asked about.
        return NEVER if text.parent else self._exits.get(language.code, NEVER)

    def _peaks(
        self, windows: Sequence[Windows], exit_below: Sequence[float]
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """The maximum of each logit over each text's windows, [n, 8], and which texts left early.

        A text left early when all of its windows did.
        """
        if not windows:
            return np.empty((0, len(LABELS)), np.float32), np.empty(0, np.bool_)
        counts = [len(one.token_ids) for one in windows]
        bounds = np.repeat(np.array(exit_below, np.float32), counts)
        logits, alarms = self._session.answers(
            [ids for one in windows for ids in one.token_ids], bounds
        )
        if not np.isfinite(logits).all():
            raise EngineFailure("the model gave a value that is no number: run `modsvc verify`")
        firsts = list(accumulate(counts[:-1], initial=0))
        peaks: NDArray[np.float32] = np.maximum.reduceat(logits, firsts, axis=0)
        early: NDArray[np.bool_] = np.logical_and.reduceat(alarms < bounds, firsts)
        return peaks, early

    def _to_score(
        self, language: Language, row: list[float], windows: Windows, *, early: bool
    ) -> Score:
        entry = self.artifact.manifest.languages.get(language.code)
        return Score(
            probability=row[_COLUMN[MISOGYNY]],
            categories={name: row[_COLUMN[name]] for name in CATEGORIES},
            toxic_other=row[_COLUMN[TOXIC_OTHER]],
            language=language,
            supported=entry is not None and entry.supported,
            truncated=windows.truncated,
            windows=len(windows.token_ids),
            reason=None,
            model_version=self.artifact.model_version,
            early=early,
        )

    def _empty(self, language: Language) -> Score:
        return Score(
            probability=0.0,
            categories=dict.fromkeys(CATEGORIES, 0.0),
            toxic_other=0.0,
            language=language,
            supported=True,
            truncated=False,
            windows=0,
            reason="no_text",
            model_version=self.artifact.model_version,
        )


def _network(artifact: Artifact, shared_weights: Path | None) -> Path:
    """The file to open: the artefact's own, or one whose weights are shared."""
    if shared_weights is None:
        return artifact.path / MODEL_FILE
    return shared_network(artifact, shared_weights)


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
