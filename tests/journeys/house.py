"""The running platform as the people of the caisses see it: their desks, the day, and when everybody is done."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from deploy import reference
from deploy.demo.desk import Desk, People
from deploy.demo.player import LETTERS_TO_DRAW, WORK
from deploy.local.platform import Platform
from deploy.local.quiescence import Quiescence
from services.reporting.domain.periods import quarter_of
from shared.access.principal import Role
from shared.messaging.reference_table import ReferenceWriter

DRAWING = {"letters.drawing": ("letters", LETTERS_TO_DRAW)}
PATIENCE = 180.0  # seconds for the slowest step on a busy machine


@dataclass
class Calendar:
    """The day of a platform, which only goes forward, from one journey to the next."""

    today: dt.date = dt.date.min
    begun: bool = False


@dataclass
class House:
    """One platform on one day. Its caisses are many: each journey takes its own, so that their figures stay apart."""

    people: People
    quiet: Quiescence
    writer: ReferenceWriter
    calendar: Calendar

    @property
    def today(self) -> dt.date:
        return self.calendar.today

    def desk(self, role: Role, caisse: str | None = None) -> Desk:
        return self.people.desk(role, caisse)

    async def live(self, day: dt.date) -> None:
        """Let the day come, for every service and every clock. A day already reached stays."""
        if day > self.today:
            self.calendar.today = day
            await self.writer.set_business_date(day)
        await self.quiet.wait(PATIENCE, until=self._reached)

    async def tomorrow(self) -> dt.date:
        await self.live(self.today + dt.timedelta(days=1))
        return self.today

    async def rest(self) -> None:
        """Until nobody has work left, the last letter drawn."""
        await self.quiet.wait(PATIENCE)

    async def _reached(self) -> bool:
        if await self.quiet.ticked() != self.today:
            return False
        answers = await asyncio.gather(*(client.get("/ready") for client in self.people.clients.values()))
        return all(one.is_success and one.json()["business_date"] == self.today.isoformat() for one in answers)

    async def submit(self, body: dict[str, Any]) -> str:
        """Hand an application in at the counter of its caisse; returns its id at once."""
        headers = {"Idempotency-Key": f"journey-{body['reference']}"}
        answer = await self.desk(Role.FRONTEND, body["caisse"]).call(
            "POST", "intake", "/applications", json=body, headers=headers
        )
        application: str = answer.json()["application_id"]
        return application

    async def filed(self, body: dict[str, Any]) -> str:
        """Hand an application in and wait until every service did its part."""
        application = await self.submit(body)
        await self.rest()
        return application

    async def case(self, caisse: str, application: str) -> dict[str, Any]:
        shown: dict[str, Any] = await self.desk(Role.TECHNICIAN, caisse).get(
            "decision", f"/cases/{application}", purpose="instruction"
        )
        return shown

    async def status(self, caisse: str, application: str) -> str:
        """What the counter sees of the application."""
        told = await self.desk(Role.FRONTEND, caisse).get("intake", f"/applications/{application}/status")
        status: str = told["status"]
        return status

    async def decide(self, caisse: str, application: str, outcome: str, *motives: str) -> None:
        """A technician of the caisse decides, having read the case."""
        case = await self.case(caisse, application)
        body = {
            "outcome": outcome,
            "reason": "Situation examinée au vu des pièces.",
            "motives": [{"code": code, "member_rank": 0} for code in motives],
            "version": case["version"],
        }
        path = f"/cases/{application}/decisions"
        answer = await self.desk(Role.TECHNICIAN, caisse).call("POST", "decision", path, json=body)
        if answer.status_code == 202:  # a caisse that wants a second look
            read = {"If-Match": f'"{answer.json()["version"]}"'}
            await self.people.lead(caisse).post(
                "decision", f"{path}/confirmation", {"confirm": True, "reason": "Relu."}, headers=read
            )
        await self.rest()

    async def acted(self, caisse: str, application: str, path: str, body: dict[str, Any]) -> str:
        """A technician puts something on record on the case he has just read; the state of the case when all have
        heard."""
        headers = {"If-Match": f'"{(await self.case(caisse, application))["version"]}"'}
        await self.desk(Role.TECHNICIAN, caisse).post("decision", f"/cases/{application}/{path}", body, headers=headers)
        await self.rest()
        state: str = (await self.case(caisse, application))["state"]
        return state

    async def letters(self, caisse: str, application: str) -> dict[str, dict[str, Any]]:
        """The letters of an application, by kind (each journey gets at most one of a kind)."""
        desk = self.desk(Role.TECHNICIAN, caisse)
        found = await desk.all("letters", "/letters", purpose="instruction", application=application)
        by_kind = {letter["kind"]: letter for letter in found}
        assert len(by_kind) == len(found)
        return by_kind

    async def pdf(self, caisse: str, letter: dict[str, Any]) -> bytes:
        path = f"/letters/{letter['letter_id']}/pdf"
        return (await self.desk(Role.TECHNICIAN, caisse).call("GET", "letters", path, purpose="instruction")).content

    async def post_letter(self, caisse: str, letter: dict[str, Any]) -> None:
        body = {"posted_on": self.today.isoformat()}
        await self.desk(Role.TECHNICIAN, caisse).post("letters", f"/letters/{letter['letter_id']}/posting", body)
        await self.rest()

    async def pairs(self, caisse: str, application: str) -> list[dict[str, Any]]:
        """The signals that the caisse sees on one of its applications."""
        return await self.desk(Role.TECHNICIAN, caisse).all("dedup", "/pairs", application=application)

    async def figures(self, caisse: str) -> dict[str, Any]:
        """The quarter's figures of one caisse that are not zero or missing; parts as ``code.part``."""
        table = await self.desk(Role.TECHNICIAN, caisse).get("reporting", f"/tables/{quarter_of(self.today).id}")
        [column] = table["caisses"]
        return {
            f"{one['code']}.{one['part']}".rstrip("."): one["value"]
            for one in column["figures"]
            if one["value"] not in (0, None)
        }


@asynccontextmanager
async def house_of(platform: Platform, calendar: Calendar) -> AsyncIterator[House]:
    """The platform with its reference data."""
    urls = {service: platform.url(service) for service in platform.databases}
    databases = {service: platform.database(service) for service in platform.databases}
    async with (
        People(platform.state_folder, urls) as people,
        Quiescence(platform.bootstrap, databases, urls, WORK | DRAWING) as quiet,
        ReferenceWriter(platform.bootstrap) as writer,
    ):
        if not calendar.begun:
            await writer.put(reference.records())
            calendar.begun = True
        yield House(people, quiet, writer, calendar)
