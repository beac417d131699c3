"""SIGTERM in the middle of everything, once and twice; and `kill -9`.

In: a plan. Out: who was not answered, what was lost (nothing may be), and how it ended.
"""

import asyncio
import json
import signal
import socket
import subprocess
import time
from collections import Counter

from eval.bench.servers import HOST
from eval.errors import EvalError
from eval.faults.fault import Measured, Plan, serving
from eval.faults.traffic import check_kept, ingesting
from eval.load.http import Connection, Lost
from eval.load.service import Service

#: MODSVC_GRACE_S, and what follows it.
GRACE_S = 25.0


def drain(plan: Plan, measured: Measured) -> None:
    """SIGTERM while texts are scored and kept; then a new start, and what is there is compared."""
    with serving(plan, "drain", cache_size=0, log_level="info") as service:
        with ingesting(service, plan.pick(50, 20)) as sending:
            scored = asyncio.run(_stop_amid(service, 32, plan.pick(5, 1), measured))
            begun = _logged(service)
            service.start()
            service.wait()
            time.sleep(1)
        measured.say("scored by the service, and known to clients", f"{begun}, {scored}")
        measured.expect(begun == scored, "some that it had scored were not told so")
        measured.say("ingests that had to be sent again", sum(one.lost for one in sending.sent))
        service.stop()
        check_kept(service, sending, measured)


def twice(plan: Plan, measured: Measured) -> None:
    """A second SIGTERM, of somebody who does not want to wait for the first."""
    with serving(plan, "twice") as service:
        with ingesting(service, plan.pick(50, 20)) as sending:
            time.sleep(plan.pick(5, 1))
            process = service.process
            # What is slow to send keeps the first one waiting; who asks nothing is let go by it.
            idle, stuck = _connected(service), _half_a_request(service)
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            idle.recv(1)
            idle.close()
            time.sleep(0.5)
            measured.expect(process.poll() is None, "it did not wait for what had begun")
            process.send_signal(signal.SIGTERM)
            code = _ended(process, plan.pick(5, 20))
            took = time.monotonic() - began
            stuck.close()
            measured.say("ended", f"by signal {-code} {took:.1f} s after the first one")
            measured.expect(code == -signal.SIGTERM, f"it ended with {code}")
            service.start()
            service.wait()
            time.sleep(1)
        service.stop()
        check_kept(service, sending, measured)


def killed(plan: Plan, measured: Measured) -> None:
    """`kill -9`, as by the kernel when memory is out, under ingest."""
    with serving(plan, "killed") as service:
        with ingesting(service, plan.pick(50, 20)) as sending:
            for _ in range(int(plan.pick(5, 2))):
                time.sleep(plan.pick(3, 1))
                service.kill()
                began = time.monotonic()
                service.start()
                service.wait()
            measured.say("started again in", f"{time.monotonic() - began:.1f} s")
            time.sleep(1)
        measured.say("connections lost", sum(one.lost for one in sending.sent))
        service.stop()
        check_kept(service, sending, measured)


async def _stop_amid(service: Service, clients: int, seconds: float, measured: Measured) -> int:
    """Score from many connections, stop the service amid it, and count."""
    ends: Counter[str] = Counter()

    async def use(number: int) -> None:
        connection = Connection(HOST, service.port)
        for count in range(1_000_000):
            begun = b'{"text": "hello %d from %d"}' % (count, number)
            try:
                answer = await connection.ask("POST", "/v1/score", {}, begun)
            except Lost as lost:
                ends[str(lost)] += 1
                break
            ends[str(answer.status)] += 1
        connection.close()

    users = [asyncio.create_task(use(number)) for number in range(clients)]
    await asyncio.sleep(seconds)
    process, began = service.process, time.monotonic()
    process.send_signal(signal.SIGTERM)
    await asyncio.gather(*users)
    code = await asyncio.to_thread(_ended, process, GRACE_S + 5)
    took = time.monotonic() - began
    answered = ends.pop("200", 0)
    measured.say("ended", f"with {code} after {took:.2f} s")
    measured.say("ends of connections", ", ".join(f"{k}: {v}" for k, v in sorted(ends.items())))
    measured.expect(code == 0, f"it ended with {code}")
    measured.expect(took < GRACE_S, "it took longer than the grace time")
    # Each client's last request met a closed connection or a closed port: it was never begun.
    cut = {end: ends[end] for end in ends if end.isdigit()}
    measured.expect(not cut, f"requests that had begun were answered {cut}")
    return answered


def _logged(service: Service) -> int:
    """How many texts the service says that it scored."""
    lines = service.log.read_text(encoding="utf-8", errors="replace").splitlines()
    entries = (json.loads(line) for line in lines if line.startswith("{"))
    return sum(one.get("route") == "/v1/score" and one.get("status") == 200 for one in entries)


def _connected(service: Service) -> socket.socket:
    return socket.create_connection((HOST, service.port), timeout=30)


def _half_a_request(service: Service) -> socket.socket:
    """One that the service has begun to read: it says so."""
    connection = _connected(service)
    head = b"POST /v1/score HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n"
    connection.sendall(head + b"Expect: 100-continue\r\n\r\n{")
    said = connection.recv(1000)
    if b" 100 " not in said:
        raise EvalError("the service does not wait for the rest of a request")
    return connection


def _ended(process: subprocess.Popen[bytes], seconds: float) -> int:
    try:
        return process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return 1_000
