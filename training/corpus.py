"""All declared sources → one corpus without duplicates and without leaks.

In: the raw files of a tier. Out: one row per distinct text with its labels, its
split and its group, as a 🤗 `datasets` table and a Parquet file. Rules:

1. Text: source placeholders are unified, then the serving normaliser runs, but for its reading
   of letters: what a source writes in Latin letters is learnt so. Texts
   without a letter, and the stand-ins of deleted posts, are dropped. Language tags
   lose their region, as callers' tags do. A reply under another parent is another text.
2. Same text, same source: labels that disagree become null, unless the source
   declares `conflict = "positive"` (a positive row then wins); where labels can be trusted
   more in one row than in the other (`weight`), its labels win.
3. Same text, several sources: labels given by people outrank weak ones; if those
   disagree the label is null. Rows left without any label are dropped.
4. Rows that share a text, a source's pair or thread key, or are near-duplicates
   form a group; a group is in one split. Test outranks dev outranks train; copies
   of the group in other published splits are removed. `resplit` sources and
   sources without splits are divided by the hash of the group.
5. Of near-duplicates with equal labels in one split one is kept; those with
   different labels (minimal pairs) are all kept.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from datasets import Dataset, Features, Value

from modsvc.engine.language import normalise_tag
from modsvc.engine.normalise import as_written, has_letters
from modsvc.labels import CATEGORIES, MISOGYNY, TOXIC_OTHER
from training.catalogue import Source, rows_of, sources_for
from training.dedup import digest, near_duplicates, text_key
from training.pairs import Groups
from training.placeholders import unify_placeholders
from training.rows import Label, Row
from training.splits import CorpusSplit, assign, effective

LABEL_COLUMNS = (MISOGYNY, *CATEGORIES, TOXIC_OTHER)
FEATURES = Features(
    {
        "row_id": Value("string"),
        "text": Value("string"),
        "parent": Value("string"),
        "language": Value("string"),
        "source": Value("string"),
        "tier": Value("string"),
        "split": Value("string"),
        "group": Value("string"),
        "weak": Value("bool"),
        "weight": Value("float32"),
        **{name: Value("int8") for name in LABEL_COLUMNS},
    }
)
_DELETED = {"[deleted]", "[removed]"}
#: Keys that name the same sentence in several sources.
_SHARED_KEYS = ("sib:", "ntrex:")

#: Published splits whose rows are leaks once their group went to dev or test.
_STALE = {"dev": {"train"}, "test": {"train", "train-and-test", "dev", "dev-only"}}

Labels = tuple[Label, ...]


@dataclass(slots=True)
class Entry:
    """One text of one source, normalised, with its labels in `LABEL_COLUMNS` order."""

    text: str
    parent: str | None
    key: str
    language: str
    source: Source
    published: str
    labels: Labels
    link: str | None
    weak: bool
    weight: float = 1.0
    split: CorpusSplit = "train"
    group: str = ""


def build_corpus(
    tier: str,
    raw_dir: Path,
    only: Sequence[str] = (),
    max_rows_per_source: int | None = None,
    *,
    authored: bool = True,
    reviews: Path | None = None,
) -> Dataset:
    """The corpus of the sources that `sources_for` gives for these arguments.

    `max_rows_per_source` restricts it to the first texts of each source.
    """
    entries = [
        entry
        for source in sources_for(tier, only, authored=authored, reviews=reviews).values()
        for entry in entries_of(source, raw_dir)[:max_rows_per_source]
    ]
    entries = merge_texts(entries)
    divide(entries, pairs := list(near_duplicates([entry.key for entry in entries])))
    entries = thin_out(entries, pairs)
    return Dataset.from_list([_record(entry) for entry in entries], features=FEATURES)


def entries_of(source: Source, raw_dir: Path) -> list[Entry]:
    """The source's rows, normalised; one entry per text (rule 2)."""
    rows = list(rows_of(source, raw_dir))
    published: set[str] = {row.split for row in rows}
    by_key: dict[str, Entry] = {}
    for row in rows:
        if row.text.strip() in _DELETED:
            continue
        text = as_written(unify_placeholders(row.text))
        if not has_letters(text):
            continue
        parent = as_written(unify_placeholders(row.parent)) if row.parent else None
        entry = Entry(
            text=text,
            parent=parent,
            key=text_key(f"{text} {parent}" if parent else text),
            language=normalise_tag(row.language) or row.language,
            source=source,
            published="none" if source.resplit else effective(row.split, published),
            labels=(row.misogyny, *(row.categories[name] for name in CATEGORIES), row.toxic_other),
            link=_link(row, source),
            weak=row.weak,
            weight=row.weight,
        )
        seen = by_key.get(entry.key)
        by_key[entry.key] = entry if seen is None else _merge_pair(seen, entry, source)
    return list(by_key.values())


def _link(row: Row, source: Source) -> str | None:
    if row.group is None or row.group.startswith(_SHARED_KEYS):
        return row.group
    return f"{source.name}:{row.group}"


def _merge_pair(first: Entry, second: Entry, source: Source) -> Entry:
    """One entry for the same text twice in a source: the higher split, the agreed labels."""
    order = ("none", "train-and-test", "train", "dev-only", "dev", "test")
    kept = max((first, second), key=lambda entry: order.index(entry.published))
    heavy, light = sorted((first, second), key=lambda entry: -entry.weight)
    if heavy.weight > light.weight:
        stated = zip(heavy.labels, light.labels, strict=True)
        kept.labels = tuple(other if label is None else label for label, other in stated)
    elif source.conflict == "positive" and first.labels[0] != second.labels[0]:
        kept.labels = first.labels if first.labels[0] == 1 else second.labels
    else:
        kept.labels = agreed([first.labels, second.labels])
    # Last, because `kept` may be the lighter one.
    kept.weight = heavy.weight
    return kept


def agreed(labels: Iterable[Labels]) -> Labels:
    """Label by label, the value on which all that state one agree; None where they differ."""
    columns = zip(*labels, strict=True)
    stated = [{value for value in column if value is not None} for column in columns]
    return tuple(values.pop() if len(values) == 1 else None for values in stated)


def merge_texts(entries: list[Entry]) -> list[Entry]:
    """One entry per text over all sources (rule 3); texts left without a label are dropped."""
    by_key: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_key[entry.key].append(entry)
    merged: list[Entry] = []
    for copies in by_key.values():
        strong = [entry for entry in copies if not entry.weak] or copies
        kept = max(strong, key=lambda entry: entry.published in {"dev", "test"})
        kept.labels = agreed(entry.labels for entry in strong)
        if any(label is not None for label in kept.labels):
            merged.append(kept)
    return merged


def divide(entries: list[Entry], pairs: list[tuple[int, int]]) -> None:
    """Set `group` and `split` of every entry (rule 4)."""
    groups = Groups(len(entries))
    linked: dict[str, int] = {}
    for index, entry in enumerate(entries):
        if entry.link is not None:
            groups.join(linked.setdefault(entry.link, index), index)
    for first, second in pairs:
        groups.join(first, second)
    members: dict[int, list[Entry]] = defaultdict(list)
    for index, entry in enumerate(entries):
        members[groups.find(index)].append(entry)
    for group in members.values():
        name = digest(min(entry.key for entry in group))
        split = assign(name, (entry.published for entry in group))
        for entry in group:
            entry.group, entry.split = name, split


def thin_out(entries: list[Entry], pairs: list[tuple[int, int]]) -> list[Entry]:
    """Without the copies in other published splits (rule 4) and near-duplicates (rule 5)."""
    dropped = {index for index, entry in enumerate(entries) if _is_stale_copy(entry)}
    for first, second in pairs:
        if first in dropped or second in dropped:
            continue
        if entries[first].labels == entries[second].labels:
            dropped.add(second)
    return [entry for index, entry in enumerate(entries) if index not in dropped]


def _is_stale_copy(entry: Entry) -> bool:
    """Whether the group went to a published dev or test set that this row is not from."""
    return entry.published in _STALE.get(entry.split, ())


def _record(entry: Entry) -> dict[str, object]:
    return {
        "row_id": f"{entry.source.name}-{digest(entry.key)}",
        "text": entry.text,
        "parent": entry.parent,
        "language": entry.language,
        "source": entry.source.name,
        "tier": entry.source.tier,
        "split": entry.split,
        "group": entry.group,
        "weak": entry.weak,
        "weight": entry.weight,
        **dict(zip(LABEL_COLUMNS, entry.labels, strict=True)),
    }


def corpus_sha256(corpus: Dataset) -> str:
    """A hash of ids, splits and labels, and of weights other than 1; not of the file's format."""
    columns = corpus.select_columns(["row_id", "split", *LABEL_COLUMNS]).to_dict()
    rows = sorted(repr(row) for row in zip(*columns.values(), strict=True))
    weights = zip(corpus["row_id"], corpus["weight"], strict=True)
    rows += sorted(repr(row) for row in weights if row[1] != 1)
    return hashlib.sha256("\n".join(rows).encode("utf-8")).hexdigest()


def counts(corpus: Dataset) -> Iterator[dict[str, object]]:
    """One record per source × language × split × label: rows, positives, nulls."""
    columns = ("source", "language", "split")
    table: dict[tuple[str, ...], dict[str, Counter[Label]]] = defaultdict(
        lambda: {name: Counter() for name in LABEL_COLUMNS}
    )
    for row in corpus.select_columns([*columns, *LABEL_COLUMNS]):
        cell = table[tuple(row[name] for name in columns)]
        for name in LABEL_COLUMNS:
            cell[name][row[name]] += 1
    for key in sorted(table):
        for name, tally in table[key].items():
            yield {
                **dict(zip(columns, key, strict=True)),
                "label": name,
                "rows": tally.total(),
                "positives": tally[1],
                "nulls": tally[None],
            }
