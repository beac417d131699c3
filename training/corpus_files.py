"""The corpus on disk, and its table of counts.

In: a tier and the raw files. Out: `corpus.parquet`; `counts.csv`, one line per
source × language × split × label; and `measured.parquet`, what the pack stage is
measured on: an open corpus's dev and test rows with the dev rows of those research
sources that the raw directory has (they measure an open model and never train it),
or a research corpus's dev rows.
"""

import csv
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from datasets import Dataset, concatenate_datasets
from rich.console import Console
from rich.table import Table

from training.catalogue import load_sources
from training.corpus import build_corpus, counts

CORPUS = "corpus.parquet"
MEASURED = "measured.parquet"
COUNTS = "counts.csv"


def write_corpus(
    tier: str,
    raw_dir: Path,
    folder: Path,
    *,
    only: Sequence[str] = (),
    max_rows_per_source: int | None = None,
    authored: bool = True,
    reviews: Path | None = None,
) -> Dataset:
    """Build the corpus of `tier` and write its files into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    corpus = build_corpus(
        tier, raw_dir, only, max_rows_per_source, authored=authored, reviews=reviews
    )
    corpus.to_parquet(folder / CORPUS)
    with (folder / COUNTS).open("w", newline="", encoding="utf-8") as file:
        records = list(counts(corpus))
        writer = csv.DictWriter(file, fieldnames=list(records[0]))
        writer.writeheader()
        writer.writerows(records)
    measured(corpus, tier, raw_dir, only).to_parquet(folder / MEASURED)
    return corpus


def measured(corpus: Dataset, tier: str, raw_dir: Path, only: Sequence[str]) -> Dataset:
    """The rows to measure on; test splits are for the model that ships.

    A research row is left out when its group has a row that an open corpus trains on.
    """
    splits = {"dev", "test"} if tier == "open" else {"dev"}
    held_out = corpus.filter(lambda split: split in splits, input_columns="split")
    if tier != "open" or only or not has_research(raw_dir):
        return held_out
    wide = build_corpus("research", raw_dir)
    trained = set(_ids(corpus, "train") + _ids(corpus, "calibration"))
    table = wide.select_columns(["row_id", "group", "tier", "split"]).to_pandas()
    tainted = set(table.loc[table["row_id"].isin(trained), "group"])
    usable = (
        (table["tier"] == "research") & (table["split"] == "dev") & ~table["group"].isin(tainted)
    )
    return concatenate_datasets([held_out, wide.select(usable.to_numpy().nonzero()[0])])


def has_research(raw_dir: Path) -> bool:
    """Whether every file of every research source is in `raw_dir`."""
    return all(
        (raw_dir / file.local).is_file()
        for source in load_sources().values()
        if source.tier == "research"
        for file in source.files
    )


def print_counts(folder: Path, console: Console) -> None:
    """Show counts.csv: a line per source and language, rows/positives in each split."""
    table = pd.read_csv(folder / COUNTS)
    table["cell"] = table["rows"].astype(str) + "/" + table["positives"].astype(str)
    splits = ["train", "calibration", "dev", "test"]
    for label, part in table.groupby("label", sort=False):
        shown = Table(title=f"{label}: rows/positives, unstated labels included in rows")
        for name in ("source", "language", *splits):
            shown.add_column(name, justify="left" if name in {"source", "language"} else "right")
        wide = part.pivot(index=["source", "language"], columns="split", values="cell")
        for key, row in wide.reindex(columns=splits, fill_value="").fillna("").iterrows():
            shown.add_row(*key, *row)
        console.print(shown)


def _ids(corpus: Dataset, split: str) -> list[str]:
    part = corpus.filter(lambda value: value == split, input_columns="split")
    return list(part["row_id"])
