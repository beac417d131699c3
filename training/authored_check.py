"""What a machine can say of the project's own sentences: their form, counts and variety.

In: `training/authored/*.jsonl` and the functional suites. Out: one `Checked` a language.
Whether a sentence is right is left to readers: none of them is verified by a native
speaker, and every record says so.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rich.table import Table

from eval.functional.suite import load_suites
from modsvc.engine.language import LanguageDetector
from modsvc.engine.normalise import normalise
from modsvc.labels import CATEGORIES
from training.catalogue import AUTHORED_DIR
from training.dedup import near_duplicates, text_key

KINDS: Final = (
    *("abuse", "news", "awareness", "testimony", "counter_speech", "question", "title"),
    *("medical_legal", "praise", "self_deprecation", "reclaimed", "profanity", "insult_men"),
    *("insult_any", "hate_other_group", "name", "sport", "women_plain", "image_report", "everyday"),
)
REGISTERS: Final = (
    *("plain", "short", "long", "misspelt", "no_diacritics", "code_switched", "emoji"),
)
KEYS: Final = {
    *("id", "group", "text", "parent", "language", "misogyny", "categories", "toxic_other"),
    *("kind", "register", "author", "verified_by_native"),
}
#: Vocabulary variety is compared on this many words, because it falls with length.
WORDS: Final = 2_000
_WORD: Final = re.compile(r"""[^\s\d_.,;:!?…"“”„«»()'’]+""")

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Checked:
    """One file: counts, and what is wrong with it (`faults`, empty when nothing is).

    `detected` is the share of plain, short and long texts that the detector takes for the
    language, but for those in Latin letters that are not its own (`hi-Latn`), which it was not made
    to know; `variety` the share of distinct words among the first `WORDS`.
    """

    language: str
    rows: int
    positives: int
    categories: Mapping[str, int]
    kinds: Mapping[str, int]
    detected: float
    variety: float
    faults: tuple[str, ...]


def read_authored(folder: Path = AUTHORED_DIR) -> dict[str, list[Record]]:
    """The records of every file, by the name of the file."""
    return {
        path.stem: [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        for path in sorted(folder.glob("*.jsonl"))
    }


def check_authored(files: Mapping[str, Sequence[Record]]) -> list[Checked]:
    """Every file, in the order of `files`."""
    copies = _copies(files)
    detector = LanguageDetector()
    return [
        _check(name, records, detector, copies.get(name, [])) for name, records in files.items()
    ]


def _check(
    name: str, records: Sequence[Record], detector: LanguageDetector, copies: Sequence[str]
) -> Checked:
    clear = [
        r["text"]
        for r in records
        if r["register"] in {"plain", "short", "long"} and not r["language"].endswith("-Latn")
    ]
    found = [detector.detect(normalise(text)).code.split("-")[0] for text in clear]
    words = [word for r in records for word in _WORD.findall(r["text"].lower())][:WORDS]
    return Checked(
        language=name,
        rows=len(records),
        positives=sum(r["misogyny"] for r in records),
        categories=Counter(category for r in records for category in r["categories"]),
        kinds=Counter(r["kind"] for r in records),
        detected=sum(code == name for code in found) / len(found) if found else 0.0,
        variety=len(set(words)) / len(words) if words else 0.0,
        faults=(*(fault for r in records if (fault := _fault(name, r))), *copies),
    )


def _fault(name: str, record: Record) -> str | None:
    """What is wrong with the form of a record."""
    where = record.get("id", "a record without id")
    if set(record) != KEYS:
        return f"{where}: the keys must be {sorted(KEYS)}"
    if not record["language"].startswith(name) or not record["id"].startswith(f"{name}-"):
        return f"{where}: does not belong into {name}.jsonl"
    if record["kind"] not in KINDS or record["register"] not in REGISTERS:
        return f"{where}: unknown kind or register"
    if (record["kind"] == "abuse") != bool(record["misogyny"]):
        return f"{where}: abuse is misogyny 1, every other kind 0"
    if bool(record["misogyny"]) != bool(record["categories"]):
        return f"{where}: abuse has categories, other kinds have none"
    if not set(record["categories"]) <= set(CATEGORIES):
        return f"{where}: categories must be of the taxonomy"
    if record["author"] != "project" or record["verified_by_native"] is not False:
        return f"{where}: author and verification must be stated as they are"
    return None


def _copies(files: Mapping[str, Sequence[Record]]) -> dict[str, list[str]]:
    """Near-copies between groups of one file, and of cases of the functional suites."""
    names = [(name, r["id"], r["group"]) for name, records in files.items() for r in records]
    texts = [r["text"] for records in files.values() for r in records]
    for suite in load_suites():
        names += [("suite", case.id, case.id) for case in suite.cases]
        texts += [case.text for case in suite.cases]
    found: dict[str, list[str]] = defaultdict(list)
    keys = [text_key(normalise(text)) for text in texts]
    for first, second in near_duplicates(keys):
        if names[first][2] != names[second][2] and names[first][0] != "suite":
            found[names[first][0]].append(f"{names[first][1]} is nearly {names[second][1]}")
    return found


def render(checked: Sequence[Checked]) -> Table:
    """One line a language."""
    table = Table(title="authored sentences, not verified by native speakers", title_justify="left")
    head = ("language", "rows", "abuse", *CATEGORIES, "detected", "variety", "faults")
    for name in head:
        table.add_column(name.replace("_", " "), justify="left" if name == "language" else "right")
    for one in checked:
        counts = [str(one.categories.get(category, 0)) for category in CATEGORIES]
        shares = [f"{one.detected:.0%}", f"{one.variety:.2f}", str(len(one.faults))]
        table.add_row(one.language, str(one.rows), str(one.positives), *counts, *shares)
    return table
