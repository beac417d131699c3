"""Sights, one after another → alarms.

In: a reference and what is decided since. Out: an `Alarm` for each signal of a language that has
moved, and for each new word that has come up. Nothing is read or written here: that is left to
`modsvc.drift.follow`.
"""

from collections.abc import Iterator
from math import sqrt

import numpy as np

from modsvc.drift.detectors import Detector
from modsvc.drift.novelty import Novelty
from modsvc.drift.reference import Digest, LanguageReference, Reference
from modsvc.drift.signals import OTHER, Alarm, Move, Sight, Signal, distance, score


class Watch:
    """All signals of all languages; what it sees must come in order."""

    def __init__(self, reference: Reference, digest: Digest) -> None:
        """`digest` must be the one that the reference was learnt with."""
        self._languages = {
            language: _Language(known, digest) for language, known in reference.languages.items()
        }
        self._shares = {
            language: Detector(share, sqrt(share * (1 - share)), "up")
            for language, share in {**reference.shares, OTHER: 0.0}.items()
        }
        self._seen = dict.fromkeys(self._shares, 0)

    def see(self, sight: Sight) -> list[Alarm]:
        """The alarms that a text completes; mostly none."""
        language = sight.language if sight.language in self._shares else OTHER
        self._seen[language] += 1
        alarms = [
            Alarm("share", name, move, sight, self._seen[name])
            for name, detector in self._shares.items()
            if (move := detector.see(float(name == language))) is not None
        ]
        known = self._languages.get(language)
        moved = () if known is None else known.see(sight)
        alarms += [
            Alarm(signal, language, move, sight, self._seen[language], word)
            for signal, move, word in moved
        ]
        return alarms


class _Language:
    """The signals of one language's texts."""

    def __init__(self, known: LanguageReference, digest: Digest) -> None:
        self._digest = digest
        self._centre = np.array(known.centre)
        self._spread = np.array(known.spread)
        self._score = Detector(known.score.mean, known.score.deviation, "both")
        self._embedding = Detector(known.embedding.mean, known.embedding.deviation, "up")
        self._novelty = Novelty(known.words)

    def see(self, sight: Sight) -> Iterator[tuple[Signal, Move, str | None]]:
        """What moved with this text; a word that came up moved from none to its share."""
        if sight.probabilities is not None:
            away = distance(sight.probabilities, self._centre, self._spread)
            if (move := self._score.see(score(sight.probabilities))) is not None:
                yield "score", move, None
            if (move := self._embedding.see(away)) is not None:
                yield "embedding", move, None
        if sight.words is not None:
            for word in self._novelty.see(frozenset(map(self._digest, sight.words))):
                yield "words", Move(0.0, self._novelty.share(word)), word
