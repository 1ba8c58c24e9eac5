"""How a notice leaves: by the mail server or the gateway that the settings name. Where they name none, none leaves."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from collections.abc import Mapping
from email.message import EmailMessage
from email.utils import formatdate
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

import httpx

from services.letters.domain.notices import Notice, ReminderChannel
from shared.settings import Settings

TIMEOUT_SECONDS = 20.0


class NotSent(RuntimeError):
    """The other side did not take the notice. ``for_good``: it never will. The message holds no destination."""

    def __init__(self, reason: str, *, for_good: bool = False) -> None:
        super().__init__(reason)
        self.for_good = for_good


class Sender(Protocol):
    """One way out."""

    async def send(self, notice: Notice) -> None:
        """Hand a notice over. Raises NotSent."""


class MailServer:
    """A mail server: ``smtp://host:port`` in the clear inside one's own network, ``smtp+tls`` (STARTTLS), ``smtps``.

    Its certificate must name the host and come from a public authority, or from the one of ``ca_file``. A password is
    told over TLS only.
    """

    def __init__(
        self, url: str, sender: str, *, user: str = "", password: str = "", ca_file: Path | None = None
    ) -> None:
        self._url = urlsplit(url)
        self._from = sender
        self._user = unquote(self._url.username or "") or user
        self._password = unquote(self._url.password or "") or password
        if self._url.scheme not in ("smtp", "smtp+tls", "smtps") or not self._url.hostname or not sender:
            raise ValueError("AME_REMINDER_SMTP_URL: smtp, smtp+tls or smtps, a host; AME_REMINDER_FROM: a sender")
        if self._user and self._url.scheme == "smtp":
            raise ValueError("AME_REMINDER_SMTP_URL: smtp+tls or smtps, where one signs in")
        if not (self._user + self._password).isascii():
            raise ValueError("AME_REMINDER_SMTP_PASSWORD: the login of mail servers knows plain letters only (ASCII)")
        self._context = ssl.create_default_context(cafile=ca_file) if self._url.scheme != "smtp" else None

    async def send(self, notice: Notice) -> None:
        """In a thread: the library blocks. Raises NotSent."""
        await asyncio.to_thread(self._send, notice)

    def _send(self, notice: Notice) -> None:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._from, notice.destination, notice.subject
        message["Date"] = formatdate()
        message["Message-ID"] = f"<{notice.key}@{self._from.partition('@')[2] or 'localhost'}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(notice.text)
        try:
            with self._connected() as server:
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as refused:
            code = next(iter(refused.recipients.values()))[0]
            raise NotSent(f"recipient refused: {code}", for_good=code >= 500) from None
        except smtplib.SMTPResponseException as answer:
            raise NotSent(f"mail server: {answer.smtp_code}") from None
        except (smtplib.SMTPException, OSError) as error:
            raise NotSent(f"mail server: {type(error).__name__}") from None

    def _connected(self) -> smtplib.SMTP:
        host, port = str(self._url.hostname), self._url.port or 0
        server: smtplib.SMTP
        if self._url.scheme == "smtps":
            server = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=self._context)
        else:
            server = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
        try:
            if self._url.scheme == "smtp+tls":
                server.starttls(context=self._context)
            if self._user:
                server.login(self._user, self._password)
        except BaseException:
            server.close()
            raise
        return server


class SmsGateway:
    """A gateway for SMS: POST of ``{"id", "to", "text"}`` as JSON; the ``id`` is the same for each attempt."""

    def __init__(self, url: str, token: str = "") -> None:
        self._url, self._token = url, token
        if urlsplit(url).scheme not in ("http", "https"):
            raise ValueError("AME_REMINDER_SMS_URL wants http or https")

    async def send(self, notice: Notice) -> None:
        """Raises NotSent; a 4xx other than 408 and 429 is for good."""
        headers = {"Idempotency-Key": notice.key}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        body = {"id": notice.key, "to": notice.destination, "text": notice.text}
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS) as client:
                answer = await client.post(self._url, json=body, headers=headers)
        except httpx.HTTPError as error:
            raise NotSent(f"gateway: {type(error).__name__}") from None
        if not answer.is_success:
            status = answer.status_code
            raise NotSent(f"gateway: {status}", for_good=400 <= status < 500 and status not in (401, 403, 408, 429))


def senders(settings: Settings) -> Mapping[ReminderChannel, Sender]:
    """The ways out that the settings name; none by default. Raises ValueError for a setting that names nothing."""
    found: dict[ReminderChannel, Sender] = {}
    if url := settings.reminder_smtp_url.get_secret_value():
        found[ReminderChannel.EMAIL] = MailServer(
            url,
            settings.reminder_from,
            user=settings.reminder_smtp_user,
            password=settings.reminder_smtp_password.get_secret_value(),
            ca_file=settings.reminder_smtp_ca_file,
        )
    if settings.reminder_sms_url:
        found[ReminderChannel.SMS] = SmsGateway(
            settings.reminder_sms_url, settings.reminder_sms_token.get_secret_value()
        )
    return found
