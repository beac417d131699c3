"""The command line: `modsvc serve | score | verify | info`."""

from modsvc.cli.main import main

__all__ = ["main"]
