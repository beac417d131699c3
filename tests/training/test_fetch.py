"""Fetching declared files from a host that is here, slow to none, and sometimes wrong."""

import hashlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from training.catalogue import Source, SourceFile, load_sources
from training.errors import TrainingError
from training.fetch import fetch

CONTENT = "id,text\n1,пример\n".encode()
COMMIT = "c" * 40


@dataclass
class Host:
    """A server on this machine: what it has, what it cuts short, and what it was asked for."""

    files: dict[str, bytes] = field(default_factory=dict)
    cut_short: bool = False
    asked: list[str] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def host() -> Iterator[Host]:
    host = Host()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host.asked.append(self.path)
            content = host.files.get(self.path)
            if content is None:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2] if host.cut_short else content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        host.url = f"http://127.0.0.1:{server.server_port}"
        yield host
        server.shutdown()
        thread.join()


def declared(path: str = "data/train set.csv", content: bytes = CONTENT) -> Source:
    """A source of one file of the repository `lab/corpus`."""
    digest = hashlib.sha256(content).hexdigest()
    file = SourceFile("lab/corpus", COMMIT, path, len(content), digest)
    return replace(load_sources()["edos"], name="example", files=(file,))


def files_below(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_file_is_taken_at_its_commit_and_lies_under_its_repository(
    host: Host, tmp_path: Path
) -> None:
    host.files[f"/lab/corpus/{COMMIT}/data/train%20set.csv"] = CONTENT
    assert fetch([declared()], tmp_path, host=host.url) == 1
    assert files_below(tmp_path) == {"lab/corpus/data/train set.csv": CONTENT}


def test_a_second_call_asks_the_network_for_nothing(host: Host, tmp_path: Path) -> None:
    host.files[f"/lab/corpus/{COMMIT}/a.csv"] = CONTENT
    fetch([declared("a.csv")], tmp_path, host=host.url)
    assert fetch([declared("a.csv")], tmp_path, host=host.url) == 0
    assert len(host.asked) == 1


def test_a_file_that_two_sources_share_is_downloaded_once(host: Host, tmp_path: Path) -> None:
    host.files[f"/lab/corpus/{COMMIT}/a.csv"] = CONTENT
    other = replace(declared("a.csv"), name="other")
    assert fetch([declared("a.csv"), other], tmp_path, host=host.url) == 1


def test_a_file_that_is_gone_may_be_put_there_by_hand(host: Host, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"answered 404.*put it at lab/corpus/a\.csv below"):
        fetch([declared("a.csv")], tmp_path, host=host.url)
    assert files_below(tmp_path) == {}


def test_without_a_network_a_folder_with_the_files_will_do(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        refusing = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(TrainingError, match=r"check the network, or give --raw-dir"):
            fetch([declared()], tmp_path, host=refusing)
    assert files_below(tmp_path) == {}


def test_a_connection_that_breaks_off_leaves_no_half_file(host: Host, tmp_path: Path) -> None:
    host.files[f"/lab/corpus/{COMMIT}/a.csv"] = CONTENT
    host.cut_short = True
    with pytest.raises(TrainingError, match="check the network"):
        fetch([declared("a.csv")], tmp_path, host=host.url)
    assert files_below(tmp_path) == {}


def test_other_content_than_declared_is_refused(host: Host, tmp_path: Path) -> None:
    host.files[f"/lab/corpus/{COMMIT}/a.csv"] = b"another edition"
    with pytest.raises(TrainingError, match=r"sha256 .* declared is .*: delete it and fetch again"):
        fetch([declared("a.csv")], tmp_path, host=host.url)
    assert not list(tmp_path.rglob("*.part"))


def test_a_file_changed_on_disk_is_reported_and_not_replaced(host: Host, tmp_path: Path) -> None:
    host.files[f"/lab/corpus/{COMMIT}/a.csv"] = CONTENT
    changed = tmp_path / "lab" / "corpus" / "a.csv"
    changed.parent.mkdir(parents=True)
    changed.write_bytes(b"edited by hand")
    with pytest.raises(TrainingError, match=r"a\.csv has sha256"):
        fetch([declared("a.csv")], tmp_path, host=host.url)
    assert changed.read_bytes() == b"edited by hand"
    assert host.asked == []
