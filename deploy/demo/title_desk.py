"""The titles of the demonstration: attestations with photograph in the trial of 2008, cards ordered in 2026."""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from typing import Any

from deploy.demo.desk import Desk, People, Unexpected
from deploy.demo.portraits import portrait

TRIAL = frozenset({"131", "781"})
HOUSEHOLDS = 3
RECEIPT = {"object": "title", "received_by": "applicant", "identity_paper": "passport", "desk": "Accueil de la caisse"}


class TitleDesk:
    """What desks do with titles, over HTTP like anybody."""

    def __init__(self, people: People) -> None:
        self._people = people

    async def attestations(self, day: dt.date) -> None:
        """In the trial of 2008: drawn with the photograph, handed over; one that was lost has its duplicate."""
        admitted = [one for one in await self._admitted(day) if one["caisse"] in TRIAL]
        if not admitted:
            raise Unexpected("no admission at the caisses of the trial")
        given = 0
        for letter in admitted:
            if given == HOUSEHOLDS:
                break
            technician = self._people.technician(letter["caisse"])
            titles = await self._ordered(technician, letter["application_id"])
            if not titles:
                continue
            given, title = given + 1, titles[0]
            await self._made_and_given(technician, title, day)
            if given == 1:
                lost = {"reason": "loss", "on": day.isoformat()}
                await technician.post("letters", f"/titles/{title['serial']}/void", lost, purpose="instruction")
                again = await technician.post("letters", f"/titles/{title['serial']}/duplicate")
                await self._made_and_given(technician, again, day)

    async def cards(self, day: dt.date, first: str) -> None:
        """In 2026: the cards of some households are ordered with their photographs, made and received; the household
        of the application ``first`` collects its own."""
        admitted = await self._admitted(day)
        chosen = sorted(admitted, key=lambda one: one["application_id"] != first)[:HOUSEHOLDS]
        for letter in chosen:
            technician = self._people.technician(letter["caisse"])
            titles = await self._ordered(technician, letter["application_id"])
            if not titles:
                continue
            await self._order_file(technician, day)
            for title in titles:
                await technician.post("letters", f"/titles/{title['serial']}/reception", {"on": day.isoformat()})
                if letter["application_id"] == first:
                    await self._hand_over(technician, title, day)

    async def _admitted(self, day: dt.date) -> list[dict[str, Any]]:
        """The admissions of the year, one for each application."""
        letters = await self._people.supervisor.all("letters", "/letters", kind="admission", purpose="supervision")
        this_year = [one for one in letters if one["issued_on"][:4] == str(day.year) and one["state"] != "cancelled"]
        return list({one["application_id"]: one for one in this_year}.values())

    async def _ordered(self, technician: Desk, application: str) -> list[dict[str, Any]]:
        """The titles of a household, with the photographs that they wait for."""
        body = {"application_id": application}
        answer = await technician.call("POST", "letters", "/titles", json=body, purpose="instruction", accept=(409,))
        if not answer.is_success:
            return []  # the right was withdrawn since
        made = answer.json()
        for rank in made["photographs_missing"]:
            path = f"/applications/{application}/members/{rank}/photograph"
            picture, kind = portrait(f"{application}-{rank}"), {"content-type": "image/jpeg"}
            given = (await technician.call("PUT", "letters", path, content=picture, headers=kind)).json()
            await technician.post("letters", f"{path}/crop", given["box"])
        found: list[dict[str, Any]] = made["titles"]
        return found

    async def _made_and_given(self, technician: Desk, title: dict[str, Any], day: dt.date) -> None:
        path = f"/titles/{title['serial']}/production"
        await technician.post("letters", path, {"on": day.isoformat()}, purpose="instruction")
        await self._hand_over(technician, title, day)

    async def _hand_over(self, technician: Desk, title: dict[str, Any], day: dt.date) -> None:
        told = {"application_id": title["application_id"], "serial": title["serial"], "handed_on": day.isoformat()}
        await technician.post("letters", "/hand-overs", {**RECEIPT, **told})

    async def _order_file(self, technician: Desk, day: dt.date) -> None:
        """The file goes to the card maker, who makes all of it and names one serial that nobody knows here."""
        order = await technician.post("letters", "/title-orders")
        path = f"/title-orders/{order['order_id']}"
        file = await technician.call("GET", "letters", f"{path}/file")
        with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
            serials = json.loads(archive.read("manifest.json"))["serials"]
        lines = ["serial;verdict;on;reason", *(f"{serial};made;{day};" for serial in serials), f"000-404;made;{day};"]
        body, kind = "\r\n".join(lines).encode(), {"content-type": "text/csv"}
        answer = (await technician.call("POST", "letters", f"{path}/answer", content=body, headers=kind)).json()
        verdicts = [one["verdict"] for one in answer["results"]]
        if verdicts != ["made"] * len(serials) + ["unknown_serial"]:
            raise Unexpected(f"an answer of the card maker: {verdicts}")
