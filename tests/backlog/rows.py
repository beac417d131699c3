"""Files of texts with everything in them that a file can have, good and bad, and how to read both.

In: a folder. Out: its files, one of each format, in a partition of its own; `decided` reads the
output that a file of any format has, whole or in parts.
"""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

WORDS = ("hello hateword", "hello women", "", "the threatsword", "привет", "no letters: 123")

JSONL = [
    b'\xef\xbb\xbf{"text": "hello hateword"}',
    b"{not json",
    b"",
    b'{"text": 5}',
    b'{"text": "\xff"}',
    b'{"text": "hello \\ud83d hateword", "id": 4}\r',
    b"   ",
    b'{"text": "hello women", "language": "es", "id": "x"}',
]

CSV = (
    '\ufeffid,text,language\r\n1,"hello\nhateword",\n\n2,hello women,es\r3,too,many,cells\n'
    '4,"a ""quoted"" rudeword",\n5,"open"x,\n6,\ufeffhello,\n7,"last\r\nline without end",'
)


def write_inputs(folder: Path, rows: int) -> Path:
    """`rows` good rows beside the bad ones in each of four files, in two partitions."""
    old, new = folder / "dt=2026-01-01", folder / "dt=2026-01-02"
    for place in (old, new):
        place.mkdir(parents=True)
    texts = [f"{WORDS[number % len(WORDS)]} {number}" for number in range(rows)]
    good = [json.dumps({"id": n, "text": text}).encode() for n, text in enumerate(texts)]
    (old / "a.jsonl").write_bytes(b"\n".join([*JSONL, *good]))
    lines = "".join(f"\n{n},{text},en" for n, text in enumerate(texts))
    (old / "b.csv").write_bytes((CSV + lines).encode() + b"\n8,caf\xe9,\n")
    (new / "c.txt").write_bytes("\n".join(["hello\u2028women", "", *texts]).encode())
    table = pa.table(
        {"id": range(len(texts) + 1), "text": [None, *texts], "likes": [0] * (rows + 1)}
    )
    pq.write_table(table, new / "d.parquet", row_group_size=max(1, rows // 3))
    (new / "_SUCCESS").write_bytes(b"")
    return folder


def decided(path: Path) -> list[Any]:
    """The rows of one output: of a file, or of a folder's parts one after the other."""
    if path.is_dir():
        return [row for part in sorted(path.iterdir()) for row in decided(part)]
    if path.suffix == ".parquet":
        return list(pq.read_table(path).to_pylist())
    lines = path.read_bytes().split(b"\n")[:-1]
    # Each part of a CSV file has the header.
    return lines[1:] if path.suffix == ".csv" else lines
