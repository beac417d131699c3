"""The secret key and what is made with it: author keys, text hashes and seals.

In: `MODSVC_SECRET_KEY`, or the file `secret.key` of the data folder, which is made at the
first start. Out: `Keys`. Every use has a purpose of its own, so that a seal of one kind never
passes for another. Without the secret nobody can test which text or author a hash stands for.
"""

import hashlib
import hmac
import os
import secrets
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from modsvc.errors import StoreUnavailable
from modsvc.store.columns import storable

SECRET_FILE: Final = "secret.key"

_INFO: Final = "modsvc_keys"


class Keys:
    """Keyed hashes under one secret, 64 hex digits each, and keys that come from it."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def author_key(self, author_id: str) -> str:
        """What stands for an author: the platform's own id is never stored."""
        return self._hmac("author", storable(author_id))

    def text_sha256(self, text: str) -> str:
        """What stays of a text when it is erased; equal for equal texts."""
        return self._hmac("text", storable(text))

    def word_sha256(self, word: str) -> str:
        """What stands for a word of somebody's text where words may not be kept."""
        return self._hmac("word", storable(word))

    def seal(self, purpose: str, message: str) -> str:
        """Proof that a holder of the secret wrote `message` for `purpose`."""
        return self._hmac(f"seal {purpose}", message)

    def sealed(self, purpose: str, message: str, mac: str) -> bool:
        """Whether `mac` is the seal of `message`."""
        return hmac.compare_digest(self.seal(purpose, message).encode(), mac.encode())

    def key_for(self, purpose: str) -> bytes:
        """A key of 32 bytes: what is made with it cannot be made, or tested, without the secret."""
        return bytes.fromhex(self._hmac("key", purpose))

    def bind(self, info: dict[str, object]) -> None:
        """Leave these keys where `keys_of` finds them."""
        info[_INFO] = self

    def _hmac(self, purpose: str, message: str) -> str:
        return hmac.new(self._secret, f"{purpose}\0{message}".encode(), hashlib.sha256).hexdigest()


def keys_of(session: Session) -> Keys:
    """The keys of the database that opened this session."""
    keys = session.info.get(_INFO)
    if not isinstance(keys, Keys):
        raise TypeError("this session was not opened by modsvc.store.database.Database")
    return keys


def read_secret(data_dir: Path) -> str:
    """The secret of a data folder, made there if it has none, readable by its owner alone.

    Raises StoreUnavailable when it can be neither read nor made.
    """
    path = data_dir / SECRET_FILE
    try:
        if not path.exists():
            _make_secret(path)
        secret = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise StoreUnavailable(
            f"Cannot read or make {path} ({type(error).__name__}): make its folder writable, or "
            "set MODSVC_SECRET_KEY."
        ) from error
    if not secret:
        raise StoreUnavailable(f"{path} is empty: restore it, or set MODSVC_SECRET_KEY.")
    return secret


def _make_secret(path: Path) -> None:
    # Written aside and linked into place: two services that start together agree on one, and
    # a crash leaves none that is half written.
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_hex(32) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
