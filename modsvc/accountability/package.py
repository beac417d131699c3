"""The file that evidence travels in: a ZIP whose every byte follows from what is in it.

In: named files, and a `Signer`. Out: `pack`, the bytes of a ZIP that holds them, a manifest
with their hashes, its signature and the public key; `unpack`, the files again. What the files
say is left to `evidence`, whether they still do to `verify_evidence`.
"""

import hashlib
import io
import json
import struct
import zipfile
from collections.abc import Mapping
from typing import Any, Final

from modsvc.accountability.signing import Signer
from modsvc.errors import AccountabilityError

MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "manifest.sig"
PUBLIC_KEY: Final = "public_key.pem"

#: Files that the manifest does not list, because they vouch for it.
VOUCHING: Final = frozenset((MANIFEST, SIGNATURE, PUBLIC_KEY))

#: What every entry has instead of a time; the first that a ZIP can say.
_NO_TIME: Final = (1980, 1, 1, 0, 0, 0)


def pack(files: Mapping[str, bytes], manifest: Mapping[str, Any], signer: Signer) -> bytes:
    """A signed package of `files`; the same bytes for the same arguments.

    `manifest` is what is said of them; their hashes and sizes are added as `files`.
    """
    listed = {
        name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in files.items()
    }
    signed = as_json({**manifest, "files": listed})
    vouching = {
        MANIFEST: signed,
        SIGNATURE: signer.sign(signed),
        PUBLIC_KEY: signer.public_pem,
    }
    return zipped({**files, **vouching})


def unpack(package: bytes) -> dict[str, bytes]:
    """The files of a package, damaged or not: the manifest's hashes tell.

    Raises AccountabilityError when it is none.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            entries = archive.infolist()
            files = {entry.filename: _stored(package, entry) for entry in entries}
    except (zipfile.BadZipFile, struct.error, ValueError) as error:
        raise AccountabilityError(
            "This is not a ZIP file, or a damaged one: ask for it again."
        ) from error
    whole = sum(entry.file_size for entry in entries) <= len(package)
    if not whole or len(files) != len(entries) or any(entry.compress_type for entry in entries):
        raise AccountabilityError("This is not a package that modsvc made.")
    return files


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A ZIP of files in the order of their names, uncompressed, without times."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _NO_TIME)
            entry.create_system = 3
            entry.external_attr = 0o600 << 16
            archive.writestr(entry, files[name])
    return written.getvalue()


def as_json(value: Mapping[str, Any]) -> bytes:
    """The one way in which a package writes an object."""
    text = json.dumps(value, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode()


def line(value: Mapping[str, Any]) -> bytes:
    """The one way in which a package writes one of many objects."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode()


def _stored(package: bytes, entry: zipfile.ZipInfo) -> bytes:
    # Not by `ZipFile.read`: that refuses what was changed, and it is to be named instead.
    sizes = struct.unpack_from("<HH", package, entry.header_offset + 26)
    begin = entry.header_offset + 30 + sum(sizes)
    return package[begin : begin + entry.file_size]
