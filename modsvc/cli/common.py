"""What every command does: read the settings, and explain errors without a traceback.

In: options that override settings. Out: `Settings`, or the process ends with 2; within
`explained`, an expected error becomes one line on standard error and the exit code 1; within
`usage` one of what was typed is of the code 2; within `opened`, there is a database, too;
`new_file` is a file for its owner alone.
"""

import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer
from pydantic import ValidationError

from modsvc.errors import InputError, ModsvcError
from modsvc.settings import PREFIX, Settings, load_settings

if TYPE_CHECKING:
    from modsvc.store.database import Database

ModelOption = Annotated[
    Path | None, typer.Option("--model", help="The model's folder [MODSVC_MODEL_DIR].")
]


def settings_or_exit(**overrides: object) -> Settings:
    """The settings in force; an override of None leaves the setting alone."""
    try:
        return load_settings(**overrides)
    except ValidationError as error:
        for item in error.errors(include_url=False):
            name = "_".join(str(part) for part in item["loc"]).upper()
            # What concerns several settings names them itself.
            complain(f"{PREFIX}{name}: {item['msg']}" if name else item["msg"])
    except (OSError, ValueError) as error:
        complain(str(error))
    raise typer.Exit(2)


@contextmanager
def explained() -> Iterator[None]:
    """Say what went wrong, as far as it was to be expected, and end with 1."""
    try:
        yield
    except BrokenPipeError:
        # Whoever read the output has seen enough; the framework ends quietly.
        raise
    except (ModsvcError, OSError) as error:
        complain(str(error))
        raise typer.Exit(1) from error


@contextmanager
def usage() -> Iterator[None]:
    """Say of what was typed wrongly that it is that, and end with 2."""
    try:
        yield
    except InputError as error:
        raise typer.BadParameter(str(error)) from error


@contextmanager
def opened(*, current: bool = False) -> Iterator[tuple["Database", Settings]]:
    """The database that the settings name, with the settings; closed at the end.

    With `current` its schema must be that of this program.
    """
    settings = settings_or_exit()
    with explained():
        from modsvc.store.database import Database
        from modsvc.store.schema import check

        database = Database.open(*settings.database_place)
        try:
            if current:
                check(database)
            yield database, settings
        finally:
            database.close()


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """A new file for its owner alone, which is gone again if anything fails."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise FileExistsError(f"{path} exists: name another file.") from error
    try:
        with open(descriptor, "wb") as file:
            yield file
    except BaseException:
        path.unlink()
        raise


def operator() -> str:
    """Who acts when somebody with a shell on the server does, as the record names them."""
    return f"operator:{getpass.getuser()}"[:64]


def complain(message: str) -> None:
    """One line on standard error."""
    print(f"modsvc: {message}", file=sys.stderr)
