"""An operator has a certificate, and the service answers over TLS and over nothing else."""

import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from ipaddress import IPv4Address
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from eval.bench.servers import free_port
from modsvc.client import Client, Unreachable
from modsvc.store.columns import utcnow
from tests.api.serving import fresh_data_dir

COMMAND = [sys.executable, "-c", "from modsvc.cli import main; main()", "serve"]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate that vouches for itself, and its key."""
    return self_signed(tmp_path_factory.mktemp("tls"))


def self_signed(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "modsvc")])
    now = utcnow()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "service.pem", folder / "service.key"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths


def environment(model: Path, certificate: Path | None, key: Path | None) -> dict[str, str]:
    given = {
        "MODSVC_MODEL_DIR": model,
        "MODSVC_DATA_DIR": fresh_data_dir(),
        "MODSVC_TLS_CERTIFICATE": certificate,
        "MODSVC_TLS_KEY": key,
    }
    return {**os.environ, **{name: str(value) for name, value in given.items() if value}}


@contextmanager
def running(variables: Mapping[str, str]) -> Iterator[int]:
    """`modsvc serve` as a process of its own; its port, once it is bound."""
    port = free_port()
    process = subprocess.Popen(
        [*COMMAND, "--port", str(port)], env=dict(variables), stderr=subprocess.PIPE, text=True
    )
    try:
        give_up = time.monotonic() + 300
        while not _bound(port):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < give_up
            time.sleep(0.1)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


def _bound(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_the_service_answers_over_tls_alone(tiny_artifact: Path, files: tuple[Path, Path]) -> None:
    with running(environment(tiny_artifact, *files)) as port:
        url = f"https://127.0.0.1:{port}"
        trusting = ssl.create_default_context(cafile=str(files[0]))
        with Client(url, verify=trusting) as client:
            assert client.score("hello hateword").flagged
        with pytest.raises(httpx.TransportError):
            httpx.get(f"http://127.0.0.1:{port}/healthz")
        # Who does not trust the certificate is told at once, and sends nothing.
        with Client(url) as client, pytest.raises(Unreachable, match="in 1 attempt "):
            client.score("hello")
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.load_verify_locations(files[0])
        with pytest.warns(DeprecationWarning, match="TLSv1_1"):
            old.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{url}/healthz", verify=old, timeout=60)


def failing(variables: Mapping[str, str]) -> tuple[int, str]:
    done = subprocess.run(
        COMMAND, env=dict(variables), capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stderr


def test_one_without_the_other_is_refused(tiny_artifact: Path, files: tuple[Path, Path]) -> None:
    for pair in ((files[0], None), (None, files[1])):
        code, said = failing(environment(tiny_artifact, *pair))
        assert code == 2
        assert "MODSVC_TLS_CERTIFICATE and MODSVC_TLS_KEY go together" in said


def test_files_that_are_no_pair_are_refused_before_anything_is_bound(
    tiny_artifact: Path, files: tuple[Path, Path], tmp_path: Path
) -> None:
    other = self_signed(tmp_path)
    for pair in ((files[0], other[1]), (files[0], tmp_path / "nowhere.pem"), (files[1], files[0])):
        code, said = failing(environment(tiny_artifact, *pair))
        assert code == 1
        assert "Cannot use the certificate" in said
        assert "MODSVC_TLS_KEY" in said
        assert "Traceback" not in said


def test_a_key_with_a_password_is_refused_and_nobody_is_asked_for_it(
    tiny_artifact: Path, files: tuple[Path, Path], tmp_path: Path
) -> None:
    key = serialization.load_pem_private_key(files[1].read_bytes(), None)
    locked = tmp_path / "locked.key"
    locked.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"xyzzy"),
        )
    )
    code, said = failing(environment(tiny_artifact, files[0], locked))
    assert (code, "without a password" in said) == (1, True)
