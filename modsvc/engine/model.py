"""Texts as the model sees them → scores: language, windows, network, calibration.

In: an artefact and normalised texts. Out: a `Score` for each, in order: detect the language, cut
into windows, run, take the maximum over the windows, calibrate. What is known already is left to
`engine`, why a text scored as it did to `explain`.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from modsvc.engine.artifact import MODEL_FILE, TOKENIZER_FILE, Artifact
from modsvc.engine.calibrate import Calibrator
from modsvc.engine.explain import Explainer
from modsvc.engine.language import LanguageDetector, normalise_tag
from modsvc.engine.normalise import forms, normalise
from modsvc.engine.session import NEVER, Session
from modsvc.engine.shared_weights import shared_network
from modsvc.engine.tokenise import Tokeniser, Windows
from modsvc.errors import EngineFailure
from modsvc.labels import CATEGORIES, LABELS, MISOGYNY, TOXIC_OTHER
from modsvc.types import Language, Score

#: So many characters of a raw text are looked at for `Model.detect`.
_TELLS_LANGUAGE: Final = 512

_COLUMN: Final = {label: column for column, label in enumerate(LABELS)}


@dataclass(frozen=True, slots=True)
class Seen:
    """A content as the model sees it: normalised, with the caller's language tag, if any."""

    forms: tuple[str, ...]
    declared: str | None
    parent: str | None

    @classmethod
    def of(cls, text: str, language: str | None = None, parent: str | None = None) -> "Seen":
        """Raises InputError for a `language` that is not a BCP-47 tag."""
        above = normalise(parent) if parent else ""
        return cls(forms(text), normalise_tag(language), above or None)

    @property
    def text(self) -> str:
        """What is scored: the text as it is read."""
        return self.forms[-1]


class Model:
    """An artefact's network, opened, and what stands around it. Safe to share between threads."""

    def __init__(
        self, artifact: Artifact, *, threads: int, early_exit: bool, shared_weights: Path | None
    ) -> None:
        """Open the network and the tokenizer; see `modsvc.engine.engine.Engine.load`."""
        self._artifact = artifact
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
        self.explainer = Explainer(self._tokeniser, self._session, self._calibrator)

    def score(self, texts: Sequence[Seen]) -> list[Score]:
        """One score for each text, in order; texts without letters skip the network.

        Raises EngineFailure: the network's output is not finite.
        """
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

    def logits(self, texts: Sequence[Seen]) -> NDArray[np.float32]:
        """Uncalibrated logits [n, 8], all layers asked: the maximum over each text's windows.

        Raises EngineFailure: the network's output is not finite.
        """
        windows = self._windows(texts)
        return self._peaks(windows, [NEVER] * len(windows))[0]

    def detect(self, text: str) -> Language:
        """The language that the start of a raw text is in, whatever its sender calls it."""
        return self._detector.detect(normalise(text[:_TELLS_LANGUAGE]))

    def _windows(self, texts: Sequence[Seen]) -> list[Windows]:
        return self._tokeniser.windows([one.text for one in texts], [one.parent for one in texts])

    def _exit_below(self, text: Seen, language: Language) -> float:
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
        entry = self._artifact.manifest.languages.get(language.code)
        return Score(
            probability=row[_COLUMN[MISOGYNY]],
            categories={name: row[_COLUMN[name]] for name in CATEGORIES},
            toxic_other=row[_COLUMN[TOXIC_OTHER]],
            language=language,
            supported=entry is not None and entry.supported,
            truncated=windows.truncated,
            windows=len(windows.token_ids),
            reason=None,
            model_version=self._artifact.model_version,
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
            model_version=self._artifact.model_version,
        )


def _network(artifact: Artifact, shared_weights: Path | None) -> Path:
    """The file to open: the artefact's own, or one whose weights are shared."""
    if shared_weights is None:
        return artifact.path / MODEL_FILE
    return shared_network(artifact, shared_weights)
