"""A message to an address that somebody outside has named: https, to a public machine, and nothing of it comes back but
whether it was taken.

A name may stand for one address when it is looked at and for another when it is used (DNS rebinding). So it is resolved
once for each message, every address it has must be public, and the connection goes to one of those very addresses; the
certificate must still be that of the name. Redirections are not followed, and no proxy of the environment is used.
"""

from __future__ import annotations

import asyncio
import json
import socket
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit

import httpx

from services.intake.domain.webhooks import InvalidAddress, check_url, is_public
from shared.settings import Settings

LONGEST_ANSWER: Final = 4096
PORTS: Final = {"https": 443, "http": 80}


class NotTaken(Exception):
    """The other side did not take the message; ``code`` says why, and holds nothing of the answer.

    ``gone``: it says that it wants no more of them.
    """

    def __init__(self, code: str, *, gone: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.gone = gone


@dataclass(frozen=True)
class Message:
    """One message: where it goes, and its bytes with the headers that sign them."""

    url: str
    body: bytes
    headers: dict[str, str]


def attempt_seconds(settings: Settings) -> float:
    """For how long an attempt may be under way: longer than a receiver has for its answer."""
    return settings.webhook_seconds * 1.5


async def addresses_of(host: str, port: int) -> list[str]:
    """The addresses a name stands for now. Raises ``NotTaken``."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotTaken("name_unknown") from None
    return list(dict.fromkeys(str(each[4][0]) for each in found))


class Sender:
    """Sends messages, each on a connection of its own: what stands behind a name may have changed since the last."""

    def __init__(self, settings: Settings, *, verify: Any = True) -> None:
        self._local = settings.is_local
        self._seconds = settings.webhook_seconds
        self._client = httpx.AsyncClient(
            verify=verify,
            follow_redirects=False,
            trust_env=False,
            timeout=self._seconds,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
            headers={"user-agent": "base-commune-webhooks/1"},
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def send(self, message: Message) -> Any:
        """Hand a message over; returns the JSON it was answered, or None. Raises ``NotTaken``.

        Name, connection and answer together have one bound: a side that sends its answer byte by byte holds nobody.
        """
        try:
            async with asyncio.timeout(self._seconds):
                return await self._send(message)
        except TimeoutError:
            raise NotTaken("timeout") from None

    async def _send(self, message: Message) -> Any:
        try:
            check_url(message.url, local=self._local)
        except InvalidAddress as refused:
            raise NotTaken(refused.code) from None
        parts = urlsplit(message.url)
        host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
        addresses = await addresses_of(host, port)
        if not self._local and not all(is_public(each) for each in addresses):
            raise NotTaken("address_not_public")
        target = httpx.URL(message.url).copy_with(host=addresses[0])
        headers = {**message.headers, "host": parts.netloc, "content-type": "application/json"}
        try:
            async with self._client.stream(
                "POST", target, content=message.body, headers=headers, extensions={"sni_hostname": host}
            ) as answer:
                return await _taken(answer)
        except httpx.TimeoutException:
            raise NotTaken("timeout") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            # Of a certificate the library says that the connection failed, and why in words.
            tls = "CERTIFICATE" in str(error).upper()
            raise NotTaken("certificate" if tls else "not_reached") from None


async def _taken(answer: httpx.Response) -> Any:
    if not answer.is_success:
        raise NotTaken(f"http_{answer.status_code}", gone=answer.status_code == 410)
    content = b""
    async for part in answer.aiter_raw():
        content += part
        if len(content) > LONGEST_ANSWER:
            return None  # taken; what else it says does not matter
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None
