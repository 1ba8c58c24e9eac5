"""A front end that hears of changes by webhook: a server of its own that reads each message with the client's receiver,
answers as its script says, and keeps what it was told."""

from __future__ import annotations

import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from base_commune_client import BulkCheckEnd, Message, NotOurs, Receiver

Script = Callable[[Message], int]


@dataclass
class FrontEnd:
    """What arrived: ``told`` in the order in which it was taken, ``tried`` with what was refused too."""

    url: str = ""
    secrets: list[str] = field(default_factory=list)
    script: Script = lambda _: 204
    told: list[Message] = field(default_factory=list)
    tried: list[Message] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    forged: int = 0
    at_once: int = 0
    most_at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def statuses(self, application_id: str) -> list[str]:
        """What one application was told to be, repeats of a message left out."""
        first: dict[str, str] = {}
        for message in list(self.told):
            if message.change is not None and str(message.change.application_id) == application_id:
                first.setdefault(message.id, message.change.status)
        return list(first.values())

    def bulk_checks(self) -> list[BulkCheckEnd]:
        """The files of persons that were told to have ended, each as often as it was taken."""
        return [message.bulk_check for message in list(self.told) if message.bulk_check is not None]

    @property
    def repeats(self) -> int:
        """How many messages were taken more than once."""
        return sum(times - 1 for times in Counter(message.id for message in self.told).values())

    def take(self, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        """Read one message and answer it."""
        with self.lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            try:
                message = Receiver(*self.secrets).read(headers, body)
            except (NotOurs, ValueError):
                self.forged += 1
                return 401, b""
            if message.answer is not None:
                return 200, message.answer
            status = self.script(message)
            with self.lock:
                self.tried.append(message)
                self.bodies.append(body)
                self.headers.append(headers)
                if status < 300:
                    self.told.append(message)
            return status, b""
        finally:
            with self.lock:
                self.at_once -= 1


@contextmanager
def front_end(script: Script = lambda _: 204, *, tls: ssl.SSLContext | None = None) -> Iterator[FrontEnd]:
    """A front end that listens until the block ends, over TLS where it has a certificate."""
    made = FrontEnd(script=script)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, answer = made.take({name.lower(): value for name, value in self.headers.items()}, body)
            if status == 0:  # the line breaks before the answer
                self.close_connection = True
                return
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", f"{made.url}/elsewhere")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    made.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{server.server_port}/changes"
    thread = threading.Thread(target=server.serve_forever, name="front-end", daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)


def fails(times: int, status: int = 500) -> Script:
    """Refuses each message so often, then takes it."""
    seen: Counter[str] = Counter()

    def script(message: Message) -> int:
        seen[message.id] += 1
        return status if seen[message.id] <= times else 204

    return script


def slow(seconds: float) -> Script:
    """Takes each message after a while: how long it is under way is what is measured."""

    def script(_: Message) -> int:
        time.sleep(seconds)  # noqa: TID251 - a slow side is what is meant
        return 204

    return script
