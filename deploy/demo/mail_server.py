"""The mail server of the national office in the demonstration: a real one, that keeps what it takes."""

from __future__ import annotations

import hashlib
from email import message_from_bytes
from email.message import Message
from types import TracebackType
from typing import Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.processes import free_port

HOST = "127.0.0.1"
OFFICE = "statistiques@echelon-national.example"


class MailServer:
    """Listens while the block runs. ``taken``: the messages, in the order in which they came."""

    def __init__(self) -> None:
        self.taken: list[Message] = []
        self._controller = Controller(self, hostname=HOST, port=free_port())

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._controller.stop()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """What the library calls for each message."""
        content = envelope.content
        self.taken.append(message_from_bytes(content.encode() if isinstance(content, str) else content or b""))
        return "250 OK"

    @property
    def environment(self) -> dict[str, str]:
        """The settings that let reporting send here."""
        return {
            "AME_TRANSMISSION_SMTP_URL": f"smtp://{HOST}:{self._controller.port}",
            "AME_TRANSMISSION_FROM": "ame@caisses.example",
            "AME_TRANSMISSION_TO": OFFICE,
        }

    @property
    def hashes(self) -> list[frozenset[str]]:
        """The SHA-256 of the files of each message."""
        return [frozenset(map(_sha256, filter(Message.get_filename, one.walk()))) for one in self.taken]


def _sha256(part: Message) -> str:
    content = part.get_payload(decode=True)
    return hashlib.sha256(content if isinstance(content, bytes) else b"").hexdigest()
