"""The key that evidence is signed with: Ed25519, made once in the data folder.

In: the data folder. Out: `Signer`; `fingerprint` and `verifies` for whoever has the public
half. The private half is in `evidence.key` (PEM, PKCS #8), readable by its owner alone; a
backup has a copy of it beside it. What is signed proves that this service made it only for
those who know the public key's fingerprint from elsewhere, so publish it.
"""

import hashlib
import os
import secrets
from pathlib import Path
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from modsvc.errors import AccountabilityError

KEY_FILE: Final = "evidence.key"


class Signer:
    """Signs under one private key."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    @classmethod
    def open(cls, data_dir: Path) -> Self:
        """The data folder's key, made there if it has none.

        Raises AccountabilityError when it can be neither read nor made.
        """
        path = data_dir / KEY_FILE
        try:
            if not path.exists():
                data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
                _make(path)
            key = load_pem_private_key(path.read_bytes(), password=None)
        except (OSError, ValueError, TypeError) as error:
            raise AccountabilityError(
                f"Cannot read or make {path} ({type(error).__name__}): make its folder writable, "
                "or restore the file."
            ) from error
        if not isinstance(key, Ed25519PrivateKey):
            raise AccountabilityError(f"{path} is not an Ed25519 key: restore the file.")
        return cls(key)

    def sign(self, message: bytes) -> bytes:
        """64 bytes, the same for the same message."""
        return self._key.sign(message)

    @property
    def public_pem(self) -> bytes:
        """The public half, PEM."""
        public = self._key.public_key()
        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def back_up(data_dir: Path, backup: Path) -> Path | None:
    """Copy the key, if there is one, beside a backup of the database; where it is then.

    Raises AccountabilityError when that is not possible.
    """
    path, copy = data_dir / KEY_FILE, _beside(backup)
    if not path.exists():
        return None
    try:
        _write(copy, path.read_bytes())
    except OSError as error:
        raise AccountabilityError(
            f"Cannot write {copy} ({type(error).__name__}): move it away if it is there."
        ) from error
    return copy


def put_back(backup: Path, data_dir: Path, *, force: bool = False) -> bool:
    """Put the key that is beside a backup into the data folder; false if there is none.

    Raises AccountabilityError when that is not possible, or there is another key and `force` is
    not given.
    """
    copy, path = _beside(backup), data_dir / KEY_FILE
    if not copy.exists():
        return False
    try:
        kept = copy.read_bytes()
        if path.exists() and path.read_bytes() == kept:
            return True
        if path.exists() and not force:
            raise AccountabilityError(
                f"{path} is another key than {copy}: give --force to lose it, or move it away."
            )
        draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(draft, kept)
        draft.replace(path)
    except OSError as error:
        raise AccountabilityError(
            f"Cannot copy {copy} to {path} ({type(error).__name__}): check both folders."
        ) from error
    return True


def fingerprint(public_pem: bytes) -> str:
    """The SHA-256 of a public key (DER), 64 hex digits. Raises AccountabilityError."""
    der = _public(public_pem).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()


def verifies(public_pem: bytes, signature: bytes, message: bytes) -> bool:
    """Whether the holder of the key signed `message`. Raises AccountabilityError."""
    try:
        _public(public_pem).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _public(pem: bytes) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(pem)
    except ValueError as error:
        raise AccountabilityError("This is not a public key in PEM.") from error
    if not isinstance(key, Ed25519PublicKey):
        raise AccountabilityError("This is not an Ed25519 public key.")
    return key


def _make(path: Path) -> None:
    # Written aside and linked into place: two services that start together agree on one, and
    # a crash leaves none that is half written.
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    pem = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    _write(draft, pem)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _write(path: Path, data: bytes) -> None:
    """A new file, for its owner alone."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _beside(backup: Path) -> Path:
    return backup.with_name(f"{backup.name}.{KEY_FILE}")
