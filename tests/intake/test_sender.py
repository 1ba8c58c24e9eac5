"""What a webhook may reach: public machines only, the one that the name stood for when it was looked at, under its own
certificate."""

from __future__ import annotations

import asyncio
import datetime as dt
import socket
import ssl
from pathlib import Path
from typing import Any

import httpcore
import pytest

from deploy.embedded.certificates import make_certificates
from services.intake.domain.webhooks import challenge_body, headers, secret_of
from services.intake.notices import sender as module
from services.intake.notices.sender import Message, NotTaken, Sender
from shared.settings import Settings
from tests.front_end import FrontEnd, front_end

SECRET = secret_of(b"s" * 32)


def settings(*, local: bool, seconds: float = 2.0) -> Settings:
    profile: Any = "test" if local else "production"
    return Settings(profile=profile, service="intake", webhook_seconds=seconds, jwks_file=Path("/dev/null"))


def message(url: str) -> Message:
    now = dt.datetime.now(dt.UTC)
    body = challenge_body("c", now)
    return Message(url, body, headers([SECRET], "m-1", now, body))


def stands_for(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """The name stands for these addresses, one answer after the other; who asked is noted."""
    asked, left = list[str](), list(answers)

    async def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return left.pop(0) if len(left) > 1 else left[0]

    monkeypatch.setattr(module, "addresses_of", resolve)
    return asked


def connects(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Where connections are opened to; none is."""
    opened: list[str] = []

    async def connect_tcp(self: Any, host: str, *_: Any, **__: Any) -> Any:
        opened.append(host)
        raise httpcore.ConnectError("not in a test")

    monkeypatch.setattr("httpcore._backends.auto.AutoBackend.connect_tcp", connect_tcp)
    return opened


async def why(configured: Settings, url: str, **options: Any) -> str:
    """The code with which a message to this address is not taken; empty: it was."""
    async with Sender(configured, **options) as sender:
        try:
            await sender.send(message(url))
        except NotTaken as refused:
            return refused.code
    return ""


def listening(front: FrontEnd, host: str) -> str:
    front.secrets = [SECRET]
    return front.url.replace("127.0.0.1", host)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"]
)
async def test_no_way_to_write_this_machine_is_public(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    opened = connects(monkeypatch)
    assert await why(settings(local=False), f"https://{host}/") in ("address_not_public", "name_unknown")
    assert opened == []


async def test_one_private_address_among_public_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = connects(monkeypatch)
    stands_for(monkeypatch, ["93.184.216.34", "10.0.0.8"])
    assert await why(settings(local=False), "https://front.example/") == "address_not_public"
    assert opened == []


async def test_a_name_that_changes_its_mind_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Public when it is looked at, private when it is used: the connection goes to what was looked at."""
    opened = connects(monkeypatch)
    asked = stands_for(monkeypatch, ["93.184.216.34"], ["127.0.0.1"])
    lookups: list[Any] = []

    def look_up(*given: Any, **_: Any) -> list[Any]:
        lookups.append(given)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    assert await why(settings(local=False), "https://front.example/") == "not_reached"
    assert asked == ["front.example"]
    assert opened == ["93.184.216.34"]
    assert lookups == []


async def test_http_and_other_schemes_stay_inside_the_local_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = connects(monkeypatch)
    for url in ("http://front.example/", "file:///etc/passwd", "https://a:b@front.example/"):
        assert await why(settings(local=False), url) in ("url_not_https", "url_unreadable")
    assert opened == []


async def test_the_receiver_is_told_its_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    with front_end() as front:
        url = listening(front, "front.example")
        take = front.take

        def taking(given: dict[str, str], body: bytes) -> tuple[int, bytes]:
            seen.append(given["host"])
            return take(given, body)

        monkeypatch.setattr(front, "take", taking)
        stands_for(monkeypatch, ["127.0.0.1"])
        assert await why(settings(local=True), url) == ""
    assert seen == [url.split("/")[2]]


async def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with front_end() as proxy, front_end() as front:
        url = listening(front, "front.example")
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, proxy.url.removesuffix("/changes"))
        stands_for(monkeypatch, ["127.0.0.1"])
        assert await why(settings(local=True), url) == ""
        assert proxy.forged == 0


async def test_a_slow_answer_has_one_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """One byte now and then is no progress: connection, request and answer have one time together."""

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        try:
            for _ in range(1000):
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.05)
        except ConnectionError:
            pass

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    began = asyncio.get_running_loop().time()
    assert await why(settings(local=True, seconds=0.4), f"http://127.0.0.1:{port}/") == "timeout"
    assert asyncio.get_running_loop().time() - began < 5
    server.close()


async def test_a_long_answer_is_not_read_to_its_end() -> None:
    sent = 0

    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        try:
            while True:
                writer.write(b"x" * 65536)
                await writer.drain()
                sent += 65536
        except ConnectionError:
            pass

    server = await asyncio.start_server(flood, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    assert await why(settings(local=True), f"http://127.0.0.1:{port}/") == ""
    assert sent < 50_000_000
    server.close()


@pytest.mark.parametrize(("name", "code"), [("localhost", ""), ("front.example", "certificate")])
async def test_the_certificate_must_be_that_of_the_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, code: str
) -> None:
    """The connection goes to an address, which this certificate names too: it is the name that must be there."""
    authority, own = make_certificates(tmp_path, "receiver")
    served = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    served.load_cert_chain(own)
    with front_end(tls=served) as front:
        url = listening(front, name)
        stands_for(monkeypatch, ["127.0.0.1"])
        trusted = ssl.create_default_context(cafile=str(authority))
        assert await why(settings(local=True), url, verify=trusted) == code
        assert await why(settings(local=True), url) == "certificate"  # of an authority that nobody knows
