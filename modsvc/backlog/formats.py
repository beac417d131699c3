"""Which file format `modsvc score` reads and which it writes."""

from pathlib import Path
from typing import Final, Literal

from modsvc.errors import InputError

Format = Literal["jsonl", "csv", "txt", "parquet"]

_FORMATS: Final[dict[str, Format]] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".txt": "txt",
    ".parquet": "parquet",
}


def is_known(name: Path) -> bool:
    """Whether the extension tells the format."""
    return name.suffix.lower() in _FORMATS


def choose_formats(
    source: Path | None, target: Path | None, given: Format | None
) -> tuple[Format, Format]:
    """The formats of input and output; None stands for standard input and output.

    The input's is `given`, or that of its extension, or `jsonl` on standard input. The
    output's is that of its extension, or else the input's; texts are answered in `jsonl`.
    Raises InputError when no rule tells.
    """
    if given is None and source is not None and not is_known(source):
        raise InputError(f"Cannot tell the format of {source.name}: name it with --format.")
    guessed = "jsonl" if source is None else _FORMATS.get(source.suffix.lower(), "jsonl")
    read = given or guessed
    written = _FORMATS.get(target.suffix.lower(), read) if target is not None else read
    if read == "parquet" and source is None:
        raise InputError("Parquet cannot be read from standard input: name a file with --input.")
    return read, "jsonl" if written == "txt" else written
