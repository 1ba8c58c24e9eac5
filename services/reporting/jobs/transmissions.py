"""Approved quarters leave for the national office: files to a folder, and a mail where the settings name a server."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import os
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import sqlalchemy as sa
from psycopg import AsyncConnection

from services.reporting.domain.transmission import csv_file, ods_file, rows_of
from services.reporting.store import quarters, transmissions
from services.reporting.store.activity import names
from services.reporting.store.heads import head_of
from shared.database.leader_election import LeaderElection, WakeSignal
from shared.observability.logs import logger
from shared.service.runtime import Runtime
from shared.settings import Settings

log = logger("transmissions")
LOOK_SECONDS: Final = 30.0
LOCAL_LOOK_SECONDS: Final = 1.0
TIMEOUT_SECONDS: Final = 20.0


class NotTaken(RuntimeError):
    """The mail server did not take the message; the text holds no address."""


async def run(runtime: Runtime) -> None:
    """Send what is due, in one instance per database, for ever."""

    async def work(connection: AsyncConnection, wake: WakeSignal) -> None:
        while True:
            while await send_next(runtime, dt.datetime.now(dt.UTC)):
                pass
            await wake.wait(LOCAL_LOOK_SECONDS if runtime.settings.movable_clock else LOOK_SECONDS)
            await connection.execute("SELECT 1")  # still the leader?

    await LeaderElection(runtime.settings, "transmissions").run(work)


async def send_next(runtime: Runtime, now: dt.datetime) -> bool:
    """Send one transmission that is due; returns whether there was one."""
    async with runtime.database.unit() as unit:
        row = await transmissions.take_due(unit, now)
    if row is None:
        return False
    async with runtime.database.unit() as unit:
        files = await _files(runtime, unit, row)
    hashes = tuple(hashlib.sha256(content).hexdigest() for content in files.values())
    to = addresses(runtime.settings)
    not_taken: frozenset[str] = frozenset()
    try:
        await asyncio.to_thread(_keep, folder(runtime.settings) / row.period, files)
        if to:
            not_taken = await asyncio.to_thread(_mail, runtime.settings, _message(runtime.settings, row, files, to))
    except (NotTaken, OSError) as error:
        detail = str(error) if isinstance(error, NotTaken) else type(error).__name__
        async with runtime.database.unit() as unit:
            state = await transmissions.failed(unit, row, now, detail)
        log.warning("transmission_failed", caisse=row.caisse, period=row.period, revision=row.revision, state=state)
        return True
    async with runtime.database.unit() as unit:
        taken = [address for address in to if address not in not_taken]
        partly = f"{len(not_taken)} address(es) refused" if not_taken else ""
        await transmissions.sent(unit, row, taken, (hashes[0], hashes[1]), partly)
    log.info("transmission_sent", caisse=row.caisse, period=row.period, revision=row.revision)
    return True


async def _files(runtime: Runtime, unit: Any, row: sa.Row[Any]) -> dict[str, bytes]:
    """The ODS, then the CSV, of the stored row, by name."""
    frozen = await quarters.stored(unit, row.caisse, row.period, row.revision)
    table = quarters.frozen_table(frozen.period, [frozen], whole=False)
    heads, rows = [head_of(frozen, names(runtime))], rows_of(table, names(runtime))
    stem = f"ame-{row.period}-{row.caisse}-r{row.revision}"
    return {f"{stem}.ods": ods_file(heads, rows), f"{stem}.csv": csv_file(heads, rows)}


def folder(settings: Settings) -> Path:
    """Where the files are kept."""
    return settings.transmission_folder or settings.state_dir / "transmissions"


def addresses(settings: Settings) -> list[str]:
    """To whom mails go; empty: the folder alone."""
    return [one.strip() for one in settings.transmission_to.split(",") if one.strip()]


def _keep(place: Path, files: dict[str, bytes]) -> None:
    place.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        part = place / f".{name}.part"
        part.write_bytes(content)
        os.replace(part, place / name)


def _message(settings: Settings, row: sa.Row[Any], files: dict[str, bytes], to: list[str]) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = settings.transmission_from, ", ".join(to)
    message["Subject"] = f"AME, tableau {row.period}, caisse {row.caisse}, révision {row.revision}"
    message["Date"] = formatdate()
    host = settings.transmission_from.partition("@")[2] or "localhost"
    message["Message-ID"] = f"<ame-{row.period}-{row.caisse}-r{row.revision}@{host}>"
    told = [f"{name} : SHA-256 {hashlib.sha256(content).hexdigest()}" for name, content in files.items()]
    message.set_content("Tableau de suivi de l'activité AME, approuvé par la direction.\n\n" + "\n".join(told) + "\n")
    for name, content in files.items():
        kind = "vnd.oasis.opendocument.spreadsheet" if name.endswith(".ods") else "octet-stream"
        message.add_attachment(content, maintype="application", subtype=kind, filename=name)
    return message


def _mail(settings: Settings, message: EmailMessage) -> frozenset[str]:
    """Hand the message over; returns the addresses that the server did not take. Raises ``NotTaken`` when it took
    none: what left once does not leave again, so that one wrong address among several is shown and not retried."""
    url = urlsplit(settings.transmission_smtp_url.get_secret_value())
    if url.scheme not in ("smtp", "smtp+tls", "smtps") or not url.hostname or not settings.transmission_from:
        raise NotTaken("AME_TRANSMISSION_SMTP_URL: smtp, smtp+tls or smtps, a host; AME_TRANSMISSION_FROM: a sender")
    if url.username and url.scheme == "smtp":
        raise NotTaken("AME_TRANSMISSION_SMTP_URL: smtp+tls or smtps, where one signs in")
    context = ssl.create_default_context()
    made: smtplib.SMTP
    try:
        if url.scheme == "smtps":
            made = smtplib.SMTP_SSL(url.hostname, url.port or 0, timeout=TIMEOUT_SECONDS, context=context)
        else:
            made = smtplib.SMTP(url.hostname, url.port or 0, timeout=TIMEOUT_SECONDS)
        with made as server:
            if url.scheme == "smtp+tls":
                server.starttls(context=context)
            if url.username:
                server.login(unquote(url.username), unquote(url.password or ""))
            not_taken = server.send_message(message)
    except smtplib.SMTPRecipientsRefused as refused:
        raise NotTaken(f"recipient refused: {next(iter(refused.recipients.values()))[0]}") from None
    except smtplib.SMTPResponseException as answer:
        raise NotTaken(f"mail server: {answer.smtp_code}") from None
    except (smtplib.SMTPException, OSError) as error:
        raise NotTaken(f"mail server: {type(error).__name__}") from None
    return frozenset(not_taken)
