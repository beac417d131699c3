"""The platform's end of a webhook: a real HTTP server that writes down what it is told.

In: requests. Out: a `Receipt` each. Now and then it fails, so that it has to be told again.
"""

import json
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from modsvc.webhooks.signature import HEADER, verify

#: So many requests are answered by an error.
FAILING_SHARE: Final = 0.01


@dataclass(frozen=True, slots=True)
class Receipt:
    """One request: which message, at which attempt, and whether it was taken."""

    message: str
    attempt: int
    kind: str
    content: str
    signed: bool
    taken: bool


@dataclass
class Receiver:
    """Where it is to be reached, the secret that it was given, and what came."""

    url: str = ""
    secret: str = ""
    receipts: list[Receipt] = field(default_factory=list)


@contextmanager
def receiving(seed: int) -> Iterator[Receiver]:
    """A receiver on a free port of the loopback address."""
    receiver, chance = Receiver(), random.Random(seed)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            body = self.rfile.read(length)
            if len(body) < length:
                # Its sender was killed in the middle of it: it will come again.
                return
            told = json.loads(body)
            taken = chance.random() >= FAILING_SHARE
            receiver.receipts.append(
                Receipt(
                    message=self.headers["Modsvc-Delivery"],
                    attempt=int(self.headers["Modsvc-Attempt"]),
                    kind=told["type"],
                    content=told["content"]["id"],
                    signed=verify(receiver.secret, self.headers[HEADER], body, time.time()),
                    taken=taken,
                )
            )
            self.send_response(204 if taken else 503)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
