"""The command line. `modsvc --help` names the commands; each has its options beside it."""

from modsvc.cli.main import main

__all__ = ["main"]
