"""A platform's end of a webhook: a real HTTP server that writes down what it gets."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Received:
    """One request."""

    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """What came, and the statuses to answer with, in turn; the last one stays."""

    url: str = ""
    statuses: list[int] = field(default_factory=lambda: [200])
    delay_s: float = 0.0
    requests: list[Received] = field(default_factory=list)

    def wait_for(self, count: int, seconds: float = 60) -> list[Received]:
        """The requests, once there are `count` of them."""
        give_up = time.monotonic() + seconds
        while len(self.requests) < count:
            if time.monotonic() > give_up:
                raise TimeoutError(f"{len(self.requests)} of {count} requests came")
            time.sleep(0.01)
        return self.requests


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on a free port of the loopback address."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            time.sleep(receiver.delay_s)
            receiver.requests.append(Received(dict(self.headers), body))
            status = receiver.statuses[0]
            if len(receiver.statuses) > 1:
                receiver.statuses.pop(0)
            self.send_response(status)
            self.send_header("Location", receiver.url)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/hook?a=1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
