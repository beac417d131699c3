"""What the commands share: options that mean the same everywhere, and files that are written alike.

In: what was typed. Out: types of options with their help, and JSON in files. Whatever takes long
to import is imported inside the commands, so that `--help` answers at once.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console

DEFAULT_MODEL: Final = Path("models/default")
DEFAULT_CORPUS: Final = Path("data/corpus/open/corpus.parquet")
DEFAULT_CACHE: Final = Path("runs/eval/predictions")

Model = Annotated[Path, typer.Option(help="The model folder.")]
Corpus = Annotated[Path, typer.Option(help="The corpus, from: python -m training corpus.")]
Cache = Annotated[Path, typer.Option(help="Where predictions are kept between runs.")]
Split = Annotated[str, typer.Option(help="dev while working; test for the final report.")]
Threads = Annotated[int, typer.Option(help="Threads of the engine.")]
Draws = Annotated[int, typer.Option(help="Bootstrap resamples.")]
Languages = Annotated[list[str] | None, typer.Option(help="Only these languages.")]
AlsoTo = Annotated[Path | None, typer.Option(help="A JSON file to write as well.")]

console = Console()


def place(kind: str, folder: Path | None) -> Path:
    """The folder of one run: what was asked for, else runs/<kind>/<time>."""
    return folder or Path("runs") / kind / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"


def tell_written(files: str) -> None:
    """Say where what was measured is: in one line, however long, so that it can be copied."""
    console.print(f"written: {files}", soft_wrap=True, highlight=False)


def write_json(path: Path, value: Any) -> None:
    """Write a value as readable JSON; the folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
