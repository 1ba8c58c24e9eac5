"""Mail over TLS with a login, to a real server with a certificate made here: STARTTLS and implicit TLS."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

from services.letters.domain.notices import Notice, ReminderChannel
from services.letters.notices.senders import MailServer, NotSent, senders
from shared.settings import Settings
from tests.letters.jobs.mail_room import MailRoom

USER, PASSWORD = "rappels@caisse.example", "mot de passe: @/coder"
NOTICE = Notice("k", ReminderChannel.EMAIL, "personne@courrier.example", "s", "t")
SENDER = "courrier@caisse.example"


@dataclass(frozen=True)
class Authority:
    """A certificate for one host, signed by itself, in files."""

    ca: Path
    context: ssl.SSLContext


def authority(folder: Path, host: str = "127.0.0.1") -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "courrier de test")])
    today = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder.mkdir(exist_ok=True)
    ca, private = folder / "ca.pem", folder / "key.pem"
    ca.write_bytes(certificate.public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(ca, private)
    return Authority(ca, context)


def checked(server: Any, session: Any, envelope: Any, mechanism: Any, given: Any) -> AuthResult:
    """Called by the server for each login."""
    known = (given.login.decode(), given.password.decode()) == (USER, PASSWORD)
    return AuthResult(success=known, handled=False)


@dataclass(frozen=True)
class Post:
    """One running server: what it took, where it is, and the authority that vouches for it."""

    room: MailRoom
    url: str
    ca: Path

    def server(self, **changed: Any) -> MailServer:
        return MailServer(self.url, SENDER, **{"user": USER, "password": PASSWORD, "ca_file": self.ca, **changed})


@pytest.fixture(params=["smtp+tls", "smtps"])
async def post(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Post]:
    room, loop, made = MailRoom(), asyncio.get_running_loop(), authority(tmp_path)
    implicit = request.param == "smtps"

    def protocol() -> SMTP:
        return SMTP(
            room,
            loop=loop,
            authenticator=checked,
            auth_required=True,
            auth_require_tls=not implicit,  # of implicit TLS the server below does not know that it is there
            tls_context=None if implicit else made.context,
            require_starttls=not implicit,
        )

    server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=made.context if implicit else None)
    yield Post(room, f"{request.param}://127.0.0.1:{server.sockets[0].getsockname()[1]}", made.ca)
    server.close()


async def test_a_notice_leaves_over_tls_after_a_login(post: Post) -> None:
    await post.server().send(NOTICE)
    (mail,) = post.room.taken
    assert (mail["to"], mail["from"]) == ("personne@courrier.example", SENDER)


async def test_a_wrong_password_is_no_fault_of_the_notice(post: Post) -> None:
    with pytest.raises(NotSent, match="mail server: 535") as failed:
        await post.server(password="autre").send(NOTICE)
    assert not failed.value.for_good
    assert post.room.taken == []


async def test_a_server_that_nobody_vouches_for_gets_nothing(post: Post, tmp_path: Path) -> None:
    other = authority(tmp_path / "other")
    for ca in (None, other.ca):
        with pytest.raises(NotSent, match="SSLCertVerificationError"):
            await post.server(ca_file=ca).send(NOTICE)
    assert post.room.taken == []


async def test_a_certificate_for_another_host_is_refused(tmp_path: Path) -> None:
    room, loop, made = MailRoom(), asyncio.get_running_loop(), authority(tmp_path, "127.0.0.9")
    server = await loop.create_server(lambda: SMTP(room, loop=loop), "127.0.0.1", 0, ssl=made.context)
    url = f"smtps://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    with pytest.raises(NotSent, match="SSLCertVerificationError"):
        await MailServer(url, SENDER, ca_file=made.ca).send(NOTICE)
    server.close()
    assert room.taken == []


async def test_a_server_without_starttls_gets_nothing_in_the_clear() -> None:
    room, loop = MailRoom(), asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(room, loop=loop), "127.0.0.1", 0)
    url = f"smtp+tls://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    with pytest.raises(NotSent, match="SMTPNotSupportedError"):
        await MailServer(url, SENDER).send(NOTICE)
    server.close()
    assert room.taken == []


def test_no_password_is_told_in_the_clear() -> None:
    with pytest.raises(ValueError, match="where one signs in"):
        MailServer("smtp://someone:secret@mail.example:25", SENDER)
    with pytest.raises(ValueError, match="ASCII"):
        MailServer("smtps://mail.example:465", SENDER, user="someone", password="à coder")


async def test_the_settings_name_the_server_the_login_and_the_authority(
    post: Post, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """From the environment, and the password from a file as container engines mount secrets."""
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "ame_reminder_smtp_password").write_text(PASSWORD)
    monkeypatch.setenv("AME_REMINDER_SMTP_URL", post.url)
    monkeypatch.setenv("AME_REMINDER_SMTP_USER", USER)
    monkeypatch.setenv("AME_REMINDER_SMTP_CA_FILE", str(post.ca))
    monkeypatch.setenv("AME_REMINDER_FROM", SENDER)
    settings = Settings(profile="test", service="letters", _secrets_dir=secrets)
    assert settings.reminder_smtp_password == SecretStr(PASSWORD)
    await senders(settings)[ReminderChannel.EMAIL].send(NOTICE)
    assert len(post.room.taken) == 1
