"""A public attack against the scoring endpoint; runs where TextAttack is installed.

In: an address, a key and sentences, as JSON on standard input. Out: a line of JSON a sentence:
how many texts were asked for, how it ended, and after how many the service noticed. It knows of
the service what any holder of a key knows; that it was noticed is read from the service's
metrics, for the record, and changes nothing that it does. Nothing of this project is imported:
`eval.probing.run` starts it with another interpreter.

The attack is TextAttack's recipe for DeepWordBug (Gao et al. 2018), as it is. NLTK's list of the
words that it leaves alone is downloaded; where that cannot be, TextFooler's list, which comes with
TextAttack, is put in its place.
"""

import http.client
import importlib.util
import json
import re
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nltk
import numpy as np

if TYPE_CHECKING:
    from textattack import Attack


def provide_stopwords() -> None:
    """Make NLTK's list of English words that say little available, or another one in its place.

    TextAttack reads it as soon as it is imported.
    """
    try:
        nltk.data.find("corpora/stopwords")
    except LookupError:
        if nltk.download("stopwords", quiet=True):
            return
        spec = importlib.util.find_spec("textattack")
        if spec is None or spec.origin is None:
            raise SystemExit("pip install textattack 'transformers<5'") from None
        path = Path(spec.origin).parent / "attack_recipes" / "textfooler_jin_2019.py"
        listed = re.search(r"set\(\s*(\[.*?\])\s*\)", path.read_text("utf-8"), re.DOTALL)
        if listed is None:
            raise SystemExit(
                "NLTK's stopwords are missing: run nltk.download('stopwords')"
            ) from None
        folder = Path(tempfile.mkdtemp(prefix="nltk-"))
        (folder / "corpora" / "stopwords").mkdir(parents=True)
        words = "\n".join(json.loads(listed[1]))
        (folder / "corpora" / "stopwords" / "english").write_text(words, encoding="utf-8")
        nltk.data.path.append(str(folder))


class Refused(Exception):
    """The service does not answer any more."""


class Endpoint:
    """`/v1/score` as a classifier of two classes: not flagged, flagged."""

    def __init__(self, port: int, key: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self._before = 0.0
        self.asked = 0
        self.noticed_at: int | None = None

    def begin(self) -> None:
        """Count anew."""
        self._before = self._noticed()
        self.asked, self.noticed_at = 0, None

    def __call__(self, texts: list[str]) -> np.ndarray:
        """The probabilities of both classes, in which the greater one is what was decided.

        Each text is asked for by itself, as an attacker would who can be refused.
        """
        return np.array([self._ask(text) for text in texts])

    def _ask(self, text: str) -> list[float]:
        self.asked += 1
        body = json.dumps({"text": text, "language": "en"})
        status, content = self._call("POST", "/v1/score", body)
        if self.noticed_at is None and self._noticed() > self._before:
            self.noticed_at = self.asked
        if status == 429:
            raise Refused
        result = json.loads(content)["results"][0]
        # The decision counts, and below it the score says which way to go.
        flagged = (result["flagged"] + result["probability"]) / 2
        return [1 - flagged, flagged]

    def _noticed(self) -> float:
        _, content = self._call("GET", "/metrics", None)
        found = re.findall(r"^modsvc_probing_total\{[^}]*\} (\S+)", content.decode(), re.MULTILINE)
        return sum(map(float, found))

    def _call(self, method: str, path: str, body: str | None) -> tuple[int, bytes]:
        self._connection.request(method, path, body, self._headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()


def recipe(endpoint: Endpoint) -> "Attack":
    """TextAttack's DeepWordBug against the endpoint."""
    from textattack.attack_recipes import DeepWordBugGao2018
    from textattack.models.wrappers import ModelWrapper

    class Wrapper(ModelWrapper):  # type: ignore[misc]
        model = None

        def __call__(self, texts: list[str]) -> np.ndarray:
            return endpoint(texts)

    return DeepWordBugGao2018.build(Wrapper())


def main() -> None:
    """Attack each sentence once."""
    provide_stopwords()
    from textattack.attack_results import SkippedAttackResult, SuccessfulAttackResult
    from textattack.shared.utils import set_seed

    order: dict[str, Any] = json.load(sys.stdin)
    set_seed(order["seed"])
    endpoint = Endpoint(order["port"], order["key"])
    attack = recipe(endpoint)
    for sentence in order["sentences"]:
        endpoint.begin()
        # A transformation that was tried before is asked for again, as by somebody else.
        attack.clear_cache()
        try:
            result = attack.attack(sentence, 1)
        except Refused:
            ended, words = "refused", 0.0
        else:
            ended = {SkippedAttackResult: "not flagged", SuccessfulAttackResult: "evaded"}.get(
                type(result), "gave up"
            )
            words = _changed(result) if ended == "evaded" else 0.0
        told = {"ended": ended, "asked": endpoint.asked, "noticed_at": endpoint.noticed_at}
        print(json.dumps({**told, "words_changed": words}), flush=True)


def _changed(result: Any) -> float:
    """The share of words that are no longer as they were."""
    before, after = result.original_result.attacked_text, result.perturbed_result.attacked_text
    return len(before.all_words_diff(after)) / max(1, len(before.words))


if __name__ == "__main__":
    main()
