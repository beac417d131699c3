"""What is to be done, written down once: which pieces of which files, by which model and policy.

In: inputs, their pieces, and what decides the results. Out: a `Plan`, as JSON and back, and its
`Part`s, each the whole task of writing one file. A second run finds the plan of the first and goes
on with it, or is refused where it would mix decisions that differ. Doing it is left to `parts`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict

from modsvc.backlog.formats import Format
from modsvc.backlog.inputs import Input
from modsvc.backlog.readers import Piece
from modsvc.errors import InputError


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a file, and the name of the file that its decisions go to."""

    name: str
    url: str
    token: str
    read: Format
    written: Format
    piece: Piece
    language: str | None


class PlannedFile(BaseModel):
    """An `Input` with its pieces: start, stop, line and rows of each."""

    model_config = ConfigDict(frozen=True)

    name: str
    url: str
    token: str
    read: Format
    written: Format
    header: tuple[str, ...]
    pieces: tuple[tuple[int, int, int, int], ...]

    @classmethod
    def of(cls, file: Input, pieces: Sequence[Piece]) -> "PlannedFile":
        """The file as it is planned."""
        kept = tuple((one.start, one.stop, one.line, one.rows) for one in pieces)
        return cls(**file._asdict(), header=pieces[0].header, pieces=kept)


class Decided(BaseModel):
    """What the results depend on, beside the texts."""

    model_config = ConfigDict(frozen=True)

    model_version: str
    model_sha256: str
    policy_version: str
    early_exit: bool
    language: str | None


class Plan(BaseModel):
    """Everything that a backlog's output is made from."""

    model_config = ConfigDict(frozen=True)

    schema_version: Literal[1] = 1
    decided: Decided
    files: tuple[PlannedFile, ...]

    @classmethod
    def of(
        cls, inputs: Sequence[Input], pieces: Sequence[Sequence[Piece]], decided: Decided
    ) -> "Plan":
        """The plan of inputs with the pieces of each."""
        files = tuple(PlannedFile.of(*both) for both in zip(inputs, pieces, strict=True))
        return cls(decided=decided, files=files)

    @property
    def rows(self) -> int:
        """Rows of all files."""
        return sum(rows for file in self.files for *_, rows in file.pieces)

    def parts(self) -> Iterator[Part]:
        """All parts, in the order of the files and their rows."""
        for file in self.files:
            for number, (start, stop, line, rows) in enumerate(file.pieces):
                yield Part(
                    name=f"{file.name}/part-{number:05}.{file.written}",
                    url=file.url,
                    token=file.token,
                    read=file.read,
                    written=file.written,
                    piece=Piece(start, stop, line, rows, file.header),
                    language=self.decided.language,
                )

    def check(self, inputs: Sequence[Input], decided: Decided) -> None:
        """Raise InputError unless the same files are to be scored in the same way."""
        was = {file.name: (file.url, file.token, file.read, file.written) for file in self.files}
        now = {file.name: file[1:] for file in inputs}
        names = sorted(was.keys() | now.keys())
        if changed := [name for name in names if was.get(name) != now.get(name)]:
            raise InputError(
                f"The output was begun from other files ({changed[0]} changed, came or went): "
                "begin again in another --output."
            )
        for name, before in self.decided:
            if (here := getattr(decided, name)) != before:
                raise InputError(
                    f"The output was begun with another {name} ({before}, now {here}): use that "
                    "one again, or begin in another --output."
                )
