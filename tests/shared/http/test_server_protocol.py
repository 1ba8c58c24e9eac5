"""Bytes that are no request of ours, sent to a real server: an answer, an end, and nothing kept."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest
import uvicorn
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from deploy import processes
from shared.http.server_protocol import LARGEST_HEAD
from shared.service.app import server_options


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the path."""
    await PlainTextResponse(scope["path"])(scope, receive, send)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    free = processes.free_port()
    options = server_options() | {"lifespan": "off"}
    server = uvicorn.Server(uvicorn.Config(echo, host="127.0.0.1", port=free, **options))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    processes.await_condition(lambda: server.started, within=20, failure=lambda: "the server did not start")
    yield free
    server.should_exit = True
    thread.join(20)


def told(port: int, *parts: bytes) -> bytes:
    """What a server answers to these bytes, until it closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        try:
            for part in parts:
                line.sendall(part)
        except OSError:
            pass  # it closed before it had everything
        answer = b""
        try:
            while part := line.recv(65_536):
                answer += part
        except ConnectionResetError:
            pass
        return answer


END = b"Host: test\r\nConnection: close\r\n\r\n"


def test_a_request_is_answered(port: int) -> None:
    answer = told(port, b"GET /dossiers/%C3%A9 HTTP/1.1\r\n" + END)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith("/dossiers/é".encode())


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param([b"GET / HTTP/1.1\r\nX-Name: ", *[b"a" * 8192] * 100], id="a header without end"),
        pytest.param([b"GET / HTTP/1.1\r\n", *[b"X-Name: a\r\n" * 700] * 100], id="headers without end"),
        pytest.param([b"GET /", *[b"a" * 8192] * 100], id="a path without end"),
    ],
)
def test_what_stands_before_a_body_has_an_end(port: int, parts: list[bytes]) -> None:
    assert sum(map(len, parts)) > 10 * LARGEST_HEAD
    answer = told(port, *parts)
    assert not answer or answer.startswith(b"HTTP/1.1 400 ")
    assert told(port, b"GET /live HTTP/1.1\r\n" + END).endswith(b"/live")


@pytest.mark.parametrize(
    "start", [b"GET /\xe9 HTTP/1.1\r\n", b"BREW /\x00 HTTP/1.1\r\n", b"\x16\x03\x01\x02\x00", b"GET\r\n\r\n"]
)
def test_bytes_that_are_no_request_are_refused(port: int, start: bytes) -> None:
    assert told(port, start + END).startswith(b"HTTP/1.1 400 ")


def test_requests_that_follow_each_other_are_counted_apart(port: int) -> None:
    """Each head is within its limit; together they are beyond it."""
    padding = b"X-Padding: " + b"a" * 30_000 + b"\r\nHost: test\r\n\r\n"
    requests = [b"GET /%d HTTP/1.1\r\n" % number + padding for number in range(4)]
    answer = told(port, *requests, b"GET /last HTTP/1.1\r\n" + END)
    assert answer.count(b"HTTP/1.1 200 ") == 5
