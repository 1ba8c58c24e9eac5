"""The end of the demonstration: two quarters closed, approved, accepted and sent; one revised for what came late.

The mail server is a real one, on this machine, and keeps what it takes.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.demo.checks import Check
from deploy.demo.desk import People, Unexpected
from deploy.demo.simulated_year import STRICTER, year
from deploy.processes import free_port
from shared.access.principal import Role

FROZEN = ("2008-T2", "2026-T3")
REVISED = "2026-T3"
OFFICE = "dcg.dar@national.example"
PATIENCE_SECONDS = 60.0
REASON = "un courrier revenu, enregistré après la clôture"


class MailBox:
    """What the national office received."""

    def __init__(self) -> None:
        self.letters: list[Message] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep one message: the name is the library's."""
        assert isinstance(envelope.content, bytes)
        self.letters.append(message_from_bytes(envelope.content))
        return "250 OK"


@contextmanager
def mail_server() -> Iterator[tuple[MailBox, dict[str, str]]]:
    """A mail server for as long as the block lasts, and the settings that make reporting send to it."""
    box = MailBox()
    port = free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        settings = {"SMTP_URL": f"smtp://127.0.0.1:{port}", "FROM": "ame@caisses.example", "TO": OFFICE}
        yield box, {f"AME_TRANSMISSION_{name}": value for name, value in settings.items()}
    finally:
        controller.stop()


async def steer(people: People, caisses: Sequence[str], box: MailBox, folder: Path) -> list[Check]:
    """Two quarters through all their steps; returns what must hold of them."""
    for period in FROZEN:
        await asyncio.gather(*(_approved(people, period, caisse) for caisse in caisses))
        office = people.desk(Role.NATIONAL_OFFICE)
        await asyncio.gather(*(_act(office, period, caisse, "accept") for caisse in caisses))
    await _until(lambda: _sent(people, FROZEN, len(caisses)))
    revised = await _revised(people)
    await _until(lambda: _sent(people, (REVISED,), len(caisses) + 1))
    views = [await people.desk(Role.NATIONAL_OFFICE).get("reporting", f"/quarters/{period}") for period in FROZEN]
    for period in FROZEN:
        for kind in ("csv", "ods"):
            answer = await people.desk(Role.NATIONAL_OFFICE).call(
                "GET", "reporting", f"/quarters/{period}/table.{kind}"
            )
            (folder / f"arrete-{period}.{kind}").write_bytes(answer.content)
    return [*_checks(views, box, len(caisses), revised), _strict()]


async def _act(desk: Any, period: str, caisse: str, act: str, reason: str = "") -> Any:
    return await desk.post("reporting", f"/quarters/{period}/{caisse}/{act}", {"reason": reason})


async def _approved(people: People, period: str, caisse: str) -> None:
    view = await people.desk(Role.DIRECTOR, caisse).get("reporting", f"/quarters/{period}")
    if view["caisses"][0]["state"] == "open":  # else it closed by itself, on the 15th
        await _act(people.desk(Role.SUPERVISOR, caisse), period, caisse, "close")
    await _act(people.desk(Role.DIRECTOR, caisse), period, caisse, "approve")


async def _revised(people: People) -> dict[str, Any]:
    """A letter of the quarter came back, and is put on record after all was accepted: the steps are taken back, from
    above, then made again."""
    letters = await people.supervisor.all("letters", "/letters", kind="acknowledgement", purpose="supervision")
    letter = next(one for one in letters if "2026-09-01" <= (one["posted_on"] or "") <= "2026-09-24")
    caisse, back = letter["caisse"], dt.date.fromisoformat(letter["posted_on"]) + dt.timedelta(days=5)
    body = {"scanned": letter["number"], "cause": "1", "on": back.isoformat()}
    await people.technician(caisse).post("letters", "/returns", body)
    place = f"/quarters/{REVISED}/{caisse}"
    await _until(lambda: people.desk(Role.SUPERVISOR, caisse).get("reporting", f"{place}/late"))
    await _act(people.desk(Role.NATIONAL_OFFICE), REVISED, caisse, "take_back_acceptance", REASON)
    await _act(people.desk(Role.DIRECTOR, caisse), REVISED, caisse, "take_back_approval", REASON)
    await _act(people.desk(Role.SUPERVISOR, caisse), REVISED, caisse, "revise", REASON)
    await _act(people.desk(Role.DIRECTOR, caisse), REVISED, caisse, "approve")
    await _act(people.desk(Role.NATIONAL_OFFICE), REVISED, caisse, "accept")
    difference = await people.desk(Role.DIRECTOR, caisse).get("reporting", f"{place}/revisions/2")
    return {"caisse": caisse, **difference}


async def _sent(people: People, periods: Sequence[str], expected: int) -> bool:
    for period in periods:
        view = await people.desk(Role.NATIONAL_OFFICE).get("reporting", f"/quarters/{period}")
        if sum(one["state"] == "sent" for one in view["transmissions"]) < expected:
            return False
    return True


async def _until(condition: Callable[[], Awaitable[Any]]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not await condition():
        if time.monotonic() > end:
            raise Unexpected("a quarter did not reach its next step in time")
        await asyncio.sleep(0.2)


def _checks(views: list[Any], box: MailBox, caisses: int, revised: dict[str, Any]) -> list[Check]:
    told = {one["ods_sha256"] for view in views for one in view["transmissions"]}
    taken = [
        hashlib.sha256(part.get_payload(decode=True)).hexdigest()  # type: ignore[arg-type]
        for letter in box.letters
        for part in letter.walk()
        if str(part.get_filename()).endswith(".ods")
    ]
    ids = [letter["Message-ID"] for letter in box.letters]
    whole = all(view["present"] == view["expected"] == caisses for view in views)
    states = {one["state"] for view in views for one in view["caisses"]}
    changed = {one["code"] for one in revised["changes"]}
    return [
        Check(
            f"Deux trimestres arrêtés, approuvés et acceptés par {caisses} caisses",
            whole and states == {"accepted"},
            f"{states}, {[view['present'] for view in views]}",
        ),
        Check(
            f"{len(ids)} transmissions parties, aucune deux fois, empreintes égales",
            len(ids) == len(set(ids)) == 2 * caisses + 1 and set(taken) == told,
            f"{len(ids)} courriels, {len(set(ids))} différents, {len(set(taken) ^ told)} empreintes d'écart",
        ),
        Check(
            f"Révision 2 de {REVISED}, caisse {revised['caisse']} : le courrier revenu, et rien d'autre",
            changed == {"letters_returned", "late_events"} or changed == {"letters_returned"},
            f"changé : {sorted(changed)}",
        ),
    ]


def _strict() -> Check:
    """The monitor of equal treatment on two simulated years."""
    strict, plain = year(1, STRICTER), year(1)
    return Check(
        f"Année simulée : la caisse deux fois plus sévère ({STRICTER}) signalée au 2e trimestre, aucune sans elle",
        strict[1] == {STRICTER} and not any(plain),
        f"{strict}, {plain}",
    )
