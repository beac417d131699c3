"""Passwords: hashed with argon2id, checked in constant time, never kept.

In: a password. Out: its hash, or whether it fits one. Hashing takes some 50 ms and 64 MiB on
purpose, so none of it belongs inside a write transaction. Names and lock-outs are left to
`modsvc.review.accounts` and `modsvc.review.sign_in`.
"""

import secrets
import unicodedata
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from modsvc.errors import InputError

MIN_CHARS: Final = 12

#: Longer ones only cost time.
MAX_CHARS: Final = 1024

_HASHER: Final = PasswordHasher()


def hash_password(password: str) -> str:
    """What to keep. Raises InputError for a password that is too short or too long."""
    plain = _plain(password)
    if not MIN_CHARS <= len(plain) <= MAX_CHARS:
        raise InputError(f"Choose a password of {MIN_CHARS} to {MAX_CHARS} characters.")
    return _HASHER.hash(plain)


def fits(password: str, password_hash: str) -> bool:
    """Whether this is the password."""
    plain = _plain(password)
    if len(plain) > MAX_CHARS:
        return False
    try:
        return _HASHER.verify(password_hash, plain)
    except (VerificationError, InvalidHashError):
        return False


def fits_nobody(password: str) -> None:
    """Take as long as for an account that exists, so that time does not tell which do."""
    fits(password, nobodys())


@cache
def nobodys() -> str:
    """The hash of a password that nobody knows; one for the whole process."""
    return _HASHER.hash(secrets.token_urlsafe())


def is_outdated(password_hash: str) -> bool:
    """Whether it was made with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(password_hash)


def _plain(password: str) -> str:
    # The same characters, typed on another keyboard, may come composed differently.
    return unicodedata.normalize("NFC", password)
