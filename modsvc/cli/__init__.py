"""The command line: `modsvc serve | score | verify | info | db | user | routes`, and `evidence |
verify-evidence | evidence-key | transparency | statements`.
"""

from modsvc.cli.main import main

__all__ = ["main"]
