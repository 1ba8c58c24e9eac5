"""The player: moves the running platform from day to day and lets everybody do that day's work."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx

from deploy import reference
from deploy.demo.agents import Agents, Filed, Ledger
from deploy.demo.desk import People, Unexpected
from deploy.demo.post_office import PostOffice
from deploy.demo.print_room import PrintRoom, PrintRoomDay
from deploy.demo.script import PERIODS, ROUND, Script, Sending
from deploy.demo.steering import Steering
from deploy.local.quiescence import Quiescence
from services.intake.domain.application import ActionContext
from services.intake.domain.contradictions import FixedReferenceLookup
from services.intake.domain.csv_import.header import header_of
from services.intake.domain.csv_import.lines import groups_of, rows_of
from services.intake.domain.csv_import.records import record
from shared.contract.events import Actor, ApplicationSubmitted
from shared.messaging.reference_table import ReferenceWriter

IMPORTS_AT_WORK = "SELECT count(*) FROM imports WHERE state IN ('waiting', 'running')"
LETTERS_TO_DRAW = "SELECT count(*) FROM documents WHERE next_attempt_at IS NOT NULL"
WORK = {"intake.imports": ("intake", IMPORTS_AT_WORK)}
PATIENCE = 180.0  # seconds; a loaded machine is slow, not broken

Tell = Callable[[dt.date, Mapping[str, int]], None]


@dataclass(frozen=True)
class RejectedRow:
    """A line of an import that intake refused, and why."""

    reference: str
    caisse: str
    column: str
    code: str
    message: str


@dataclass
class Played:
    """What was done, as the people at the desks counted it: the summary and the checks compare it with the services."""

    ledger: Ledger = field(default_factory=Ledger)
    rejected_rows: list[RejectedRow] = field(default_factory=list)
    days: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    print_room: PrintRoomDay | None = None

    def count(self, name: str, more: int) -> None:
        """Add to the count of this name."""
        self.counts[name] = self.counts.get(name, 0) + more


class Player:
    """Plays a script on a running platform."""

    def __init__(self, people: People, script: Script, quiet: Quiescence, writer: ReferenceWriter, tell: Tell) -> None:
        self._people, self._script, self._quiet, self._writer = people, script, quiet, writer
        self._tell = tell
        self.played = Played()
        self._agents = Agents(people, script, self.played.ledger)
        self._post_office = PostOffice(people)
        self._steering = Steering(people)

    async def play(self) -> Played:
        """Live through all periods."""
        began = time.monotonic()
        await self._writer.put(reference.records())
        for first, last in PERIODS:
            day: dt.date | None = self._script_day(first - dt.timedelta(days=1), last)
            lived = first
            while day is not None:
                await self._live(day)
                lived, day = day, await self._next_day(day, last)
            if last < PERIODS[-1][0]:
                await self._post_office.give_attestations(lived)
                await self._quiet.wait(PATIENCE)
        await self._post_office.set_appointment(PERIODS[-1][1])
        await self._quiet.wait(PATIENCE)
        last = PERIODS[-1][1]
        room = PrintRoom(self._people, self._post_office.caisse_of_the_desk, last)
        await room.receive_paper()
        await self._post_office.write_from_the_desk(last)
        await self._quiet.wait(PATIENCE)
        self.played.print_room = await room.work()
        await self._quiet.wait(PATIENCE)
        self.played.seconds = time.monotonic() - began
        return self.played

    def _script_day(self, after: dt.date, last: dt.date) -> dt.date | None:
        return next((day for day in self._script.days if after < day <= last), None)

    async def _next_day(self, day: dt.date, last: dt.date) -> dt.date | None:
        """The next day on which something happens: mail, else once a round while files are open."""
        coming = self._script_day(day, last)
        if coming is not None or day == last:
            return coming
        waiting = await self._people.supervisor.get("decision", "/cases", state="open", limit=1)
        if not waiting["items"]:
            return last if any(period[1] == last for period in PERIODS[1:]) else None
        return min(day + ROUND, last)

    async def _live(self, day: dt.date) -> None:
        """One working day: the post, the counter, the mail, then what waits on the screens."""
        await self._writer.set_business_date(day)
        await self._quiet.wait(PATIENCE, until=lambda: self._reached(day))
        played = self.played
        played.count("posted", await self._post_office.post_letters(day))
        played.count("moved", await self._agents.move(day))
        played.count("papers", await self._agents.bring_papers(day))
        await self._steering.live(day)
        imports = await asyncio.gather(*(self._send(sending) for sending in self._script.sendings.get(day, ())))
        for pair in self._script.simultaneous.get(day, ()):
            await asyncio.gather(*(self._post(sending) for sending in pair))
        await self._quiet.wait(PATIENCE)
        for sending, import_id in imports:
            await self._collect(sending, import_id)
        while await self._agents.judge_pairs():
            await self._quiet.wait(PATIENCE)
        await self._agents.note_requests(day)
        if await self._agents.decide():
            await self._quiet.wait(PATIENCE)
        played.days += 1
        self._tell(day, played.counts)

    async def _reached(self, day: dt.date) -> bool:
        """Whether every service lives on this day and the clocks have told what they had to tell."""
        if await self._quiet.ticked() != day:
            return False
        try:
            answers = await asyncio.gather(*(client.get("/ready") for client in self._people.clients.values()))
        except httpx.TransportError:
            return False  # a service that is coming back has not reached the day yet
        return all(answer.is_success and answer.json()["business_date"] == day.isoformat() for answer in answers)

    # -- the mail ------------------------------------------------------------------------------------------------

    async def _send(self, sending: Sending) -> tuple[Sending, UUID]:
        """One caisse sends its file of the day."""
        name = f"depots-{sending.caisse}-{sending.day.isoformat()}.csv"
        return sending, await self._people.front_end(sending.caisse).import_file(sending.csv, name=name)

    async def _collect(self, sending: Sending, import_id: UUID) -> None:
        """The verdict of each row: applications are filed under their reference, refused rows are kept for the
        summary."""
        refused: set[str] = set()
        async for row in self._people.front_end(sending.caisse).import_rows(import_id):
            if row.verdict == "accepted":
                self._file(row.reference, str(row.application_id), sending)
            elif row.reference not in refused and row.errors:
                refused.add(row.reference)
                error = row.errors[0]
                self.played.rejected_rows.append(
                    RejectedRow(row.reference, sending.caisse, error.column, error.code, error.message)
                )
        self.played.count("applications", len(sending.references))

    async def _post(self, sending: Sending) -> None:
        """One application over the HTTP interface, as a front end does."""
        body = {**facts_of(sending), "reference": sending.references[0]}
        front_end = self._people.front_end(sending.caisse)
        receipt = await front_end.file_application(body, key=f"demo-{sending.references[0]}")
        self._file(receipt.reference, str(receipt.application_id), sending)
        self.played.count("applications", 1)

    def _file(self, name: str, application_id: str, sending: Sending) -> None:
        self.played.ledger.file(Filed(name, application_id, sending.caisse, sending.day))


def facts_of(sending: Sending) -> dict[str, Any]:
    """The facts of a sending of one application, as a front end would send them: no ids, only what is said."""
    lines = sending.csv.decode().splitlines()
    (group,) = groups_of(rows_of(lines[1:], header_of(lines[0])))
    codes = FixedReferenceLookup(
        frozenset(reference.caisses()), {code: body.channel for code, body in reference.deposit_bodies().items()}
    )
    by = ActionContext(Actor(role="frontend", id="demo"), "", dt.datetime.now(dt.UTC), sending.day)
    found = record(group, import_id=UUID(int=0), caisse=sending.caisse, scope=None, known=codes, by=by, resolved={})
    if isinstance(found, list) or not isinstance(found[1][0], ApplicationSubmitted):
        raise Unexpected(f"{sending.references[0]} cannot be filed: {found}")
    facts: dict[str, Any] = json.loads(found[1][0].facts.model_dump_json(exclude_none=True))
    for member in facts["members"]:
        del member["member_id"]
    for paper in facts["papers"]:
        del paper["paper_id"]
    return facts
