"""The steering of the demonstration: two quarters frozen, approved, accepted and sent, one revised; a sample looked at.

Everything over the public interfaces, by the roles whose acts they are.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from deploy import reference
from deploy.demo.desk import Desk, People, Unexpected
from deploy.demo.mail_server import MailServer
from deploy.demo.simulated_year import QUARTERS
from shared.access.principal import Role

FIRST, SECOND = "2008-T1", "2008-T2"
LATE_CAISSE = "973"
"""No pilot: it prepares in March, and its director approves the first quarter when it is no longer on time."""
PREPARES = dt.date(2008, 3, 18)
PREPARED = ("lists_read", "letters_replaced", "address_known")
CAISSE = "751"
"""Whose decisions are looked at, and whose second quarter is revised."""
SIZES = {"random": 30, "negative": 10}
CAME_BACK = dt.date(2008, 6, 30)
WHY = "Un courrier revenu le 30 juin, saisi en juillet."
FORMAL, GRAVE = "delegation", "residence_proved"
"""What the reviewers answer no to, here and there: a fault of form, and one that touches a right."""


@dataclass(frozen=True)
class Steered:
    """What was read when all was over: the roll-out at the end of March 2008, quarters as the national office sees
    them, by name, what the revision changed, the draw, what reporting says of its looks, the funnels of the simulated
    year, and the mails that arrived."""

    rollout: Mapping[str, Any]
    quarters: Mapping[str, Any]
    changed: Mapping[str, Any]
    draw: Mapping[str, Any]
    quality: Mapping[str, Any]
    funnels: Mapping[str, Any]
    hashes: Sequence[frozenset[str]]


class Steering:
    """What supervisors, directors and the national office do, each on the first day lived from its own on."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._caisses = sorted(reference.caisses())
        self._office = people.desk(Role.NATIONAL_OFFICE)
        self._second = Desk(people, Role.SUPERVISOR, CAISSE, f"supervisor-{CAISSE}-2")
        self._agenda: list[tuple[dt.date, Callable[[dt.date], Awaitable[None]]]] = [
            (PREPARES, self._prepare),
            (dt.date(2008, 4, 15), self._first_quarter),
            (dt.date(2008, 7, 15), self._second_quarter),
            (dt.date(2008, 7, 29), self._revision),
        ]

    async def live(self, day: dt.date) -> None:
        """Do what is due on this day."""
        while self._agenda and self._agenda[0][0] <= day:
            await self._agenda.pop(0)[1](day)

    async def _prepare(self, day: dt.date) -> None:
        supervisor = self._people.desk(Role.SUPERVISOR, LATE_CAISSE)
        for item in PREPARED:
            path = f"/rollout/{LATE_CAISSE}/checklist/{item}"
            await supervisor.call("PUT", "reporting", path, json={"done": True})

    async def _first_quarter(self, day: dt.date) -> None:
        on_time = [caisse for caisse in self._caisses if caisse != LATE_CAISSE]
        await asyncio.gather(*(self._through(FIRST, caisse) for caisse in on_time))
        await self._supervisor.call("PUT", "decision", f"/supervision/{SECOND}/nonce")

    async def _second_quarter(self, day: dt.date) -> None:
        through = [self._through(FIRST, LATE_CAISSE), *(self._through(SECOND, caisse) for caisse in self._caisses)]
        await asyncio.gather(*through, self._look_at_samples())
        await self._late_return()

    async def _through(self, period: str, caisse: str) -> None:
        """One quarter of one caisse: closed by its supervisor or before by the service, approved, accepted."""
        path = f"/quarters/{period}/{caisse}"
        supervisor = self._people.desk(Role.SUPERVISOR, caisse)
        await supervisor.call("POST", "reporting", f"{path}/close", json={}, accept=(409,))
        await self._people.desk(Role.DIRECTOR, caisse).post("reporting", f"{path}/approve")
        await self._office.post("reporting", f"{path}/accept")

    async def _late_return(self) -> None:
        """A letter that came back before the end of the quarter is put on record after its closing."""
        letters = await self._people.supervisor.all(
            "letters", "/letters", kind="acknowledgement", notification="unprovable", purpose="supervision"
        )
        sent = (one for one in letters if one["caisse"] == CAISSE and one["posted_on"] < CAME_BACK.isoformat())
        letter = max(sent, key=lambda one: (one["posted_on"], one["number"]), default=None)
        if letter is None:
            raise Unexpected("no letter that could have come back late")
        body = {"scanned": letter["number"], "cause": "access", "on": CAME_BACK.isoformat()}
        await self._people.technician(CAISSE).post("letters", "/returns", body)

    async def _revision(self, day: dt.date) -> None:
        """Taken back from above, revised with its reason, and through again."""
        path, director = f"/quarters/{SECOND}/{CAISSE}", self._people.desk(Role.DIRECTOR, CAISSE)
        why = {"reason": WHY}
        await self._office.post("reporting", f"{path}/take_back_acceptance", why)
        await director.post("reporting", f"{path}/take_back_approval", why)
        await self._supervisor.post("reporting", f"{path}/revise", why)
        await director.post("reporting", f"{path}/approve")
        await self._office.post("reporting", f"{path}/accept")

    # -- supervision ---------------------------------------------------------------------------------------------

    @property
    def _supervisor(self) -> Desk:
        return self._people.desk(Role.SUPERVISOR, CAISSE)

    async def _look_at_samples(self) -> None:
        """Draw, and answer the grid of what was drawn at random; a second reviewer where a second look is due."""
        drawn = await self._supervisor.post("decision", f"/supervision/{SECOND}/draw", SIZES)
        chosen = [one for one in drawn["samples"] if one["draw"] == "random"]
        await asyncio.gather(*(self._look_at(place, one) for place, one in enumerate(chosen)))

    async def _look_at(self, place: int, sample: Mapping[str, Any]) -> None:
        path = f"/supervision/samples/{sample['sample_id']}"
        detail = await self._supervisor.get("decision", path)
        answers = {item["code"]: "yes" for item in detail["items"]}
        if place % 9 == 4:
            answers[FORMAL] = "no"
        if place % 13 == 5:
            answers[GRAVE] = "no"
        await self._supervisor.post("decision", f"{path}/reviews", {"answers": answers})
        if sample["second_look"]:
            await self._second.post("decision", f"{path}/reviews", {"answers": answers})


async def gather(people: People, mail: MailServer) -> Steered:
    """Read what was frozen, looked at and found."""
    office, supervisor = people.desk(Role.NATIONAL_OFFICE), people.desk(Role.SUPERVISOR, CAISSE)
    quality = await supervisor.get("reporting", "/supervision/quality", period=SECOND)
    return Steered(
        rollout=await office.get("reporting", "/rollout", period=FIRST),
        quarters={period: await office.get("reporting", f"/quarters/{period}") for period in (FIRST, SECOND)},
        changed=await office.get("reporting", f"/quarters/{SECOND}/{CAISSE}/revisions/2"),
        draw=await supervisor.get("decision", f"/supervision/{SECOND}"),
        quality=next(row for row in quality if row["draw"] == "random"),
        funnels={period: await office.get("reporting", "/equal-treatment", period=period) for period in QUARTERS},
        hashes=mail.hashes,
    )
