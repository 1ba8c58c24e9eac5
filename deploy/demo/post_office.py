"""The post room of the demonstration: what leaves by which way, what comes back, what a desk writes and hands over."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import defaultdict
from typing import Any

from deploy.demo.desk import People, Unexpected
from deploy.demo.title_desk import TitleDesk
from services.letters.domain.catalogue import KINDS
from services.letters.domain.details import Collecting
from shared.contract.letter_kinds import LetterKind

REGISTERED = frozenset({"refusal", "hearing", "withdrawal", "original_request", "debt", "penalty_notice", "penalty"})
AT_DESK = frozenset({"address_not_printable", "address_doubtful"})
DESK_KINDS = tuple(kind for kind in LetterKind if "desk" in KINDS[kind].triggers and kind is not LetterKind.CDAS_FILE)
RECEIPT = {"received_by": "applicant", "identity_paper": "passport", "desk": "Accueil de la caisse"}
ELECTRONIC = frozenset({"transmitter_receipt", "care_body_answer"})  # to professionals
KEEPING = dt.timedelta(days=16)  # a registered letter is kept fifteen days, then comes back


def way_of(kind: str) -> str:
    """By which way the post room of the demonstration lets a kind leave."""
    return "registered" if kind in REGISTERED else "electronic" if kind in ELECTRONIC else "ordinary"


class PostOffice:
    """The post of all caisses, one working day at a time."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._unclaimed: dict[str, Any] | None = None
        self._moved_away = False
        self._written_about: dict[str, Any] = {}
        self._titles = TitleDesk(people)

    @property
    def caisse_of_the_desk(self) -> str:
        """The caisse whose desk writes and hands over on the last day."""
        return str(self._written_about["caisse"])

    async def post_letters(self, day: dt.date) -> int:
        """Take to the post what was printed on an earlier day; what cannot be posted is handed over at the desk."""
        issued = await self._people.supervisor.all("letters", "/letters", state="issued", purpose="supervision")
        ready: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
        for letter in issued:
            if letter["issued_on"] < day.isoformat():
                ready[letter["caisse"], way_of(letter["kind"])].append(letter)
        posted = (self._post(caisse, way, found, day) for (caisse, way), found in sorted(ready.items()))
        await asyncio.gather(*posted)
        await self._returns(day)
        return sum(map(len, ready.values()))

    async def _post(self, caisse: str, way: str, found: list[dict[str, Any]], day: dt.date) -> None:
        ids = [letter["letter_id"] for letter in found]
        body: dict[str, Any] = {"posted_on": day.isoformat(), "way": way, "letter_ids": ids}
        if way == "registered":
            body["numbers"] = {letter["letter_id"]: f"2C{letter['number'][:12]}" for letter in found}
        answer = await self._people.technician(caisse).post("letters", "/postings", body)
        by_id = {letter["letter_id"]: letter for letter in found}
        for result in answer["results"]:
            if result["verdict"] in AT_DESK:
                await self._hand_over(caisse, by_id[result["letter_id"]], day)
            elif result["verdict"] != "posted":
                raise Unexpected(f"letters of {caisse} not posted: {result}")

    async def _hand_over(self, caisse: str, letter: dict[str, Any], day: dt.date) -> None:
        receipt = {"application_id": letter["application_id"], "object": "letter", "letter_id": letter["letter_id"]}
        body = {**RECEIPT, **receipt, "handed_on": day.isoformat()}
        await self._people.technician(caisse).post("letters", "/hand-overs", body)

    async def _returns(self, day: dt.date) -> None:
        """One registered refusal is presented, not claimed, and comes back; one ordinary letter finds nobody."""
        if self._unclaimed is None:
            letters = await self._people.supervisor.all("letters", "/letters", kind="refusal", purpose="supervision")
            sent = [one for one in letters if one["way"] == "registered" and one["notification"] == "pending"]
            early = [one for one in sent if dt.date.fromisoformat(one["posted_on"]) + KEEPING <= day]
            if early:
                self._unclaimed = early[0]
                await self._came_back(early[0], day)
        if not self._moved_away:
            letters = await self._people.supervisor.all(
                "letters", "/letters", kind="acknowledgement", notification="unprovable", purpose="supervision"
            )
            if letters:
                self._moved_away = True
                await self._return(letters[0], "1", day)

    async def _came_back(self, letter: dict[str, Any], day: dt.date) -> None:
        posted = dt.date.fromisoformat(letter["posted_on"])
        presented = (posted + dt.timedelta(days=1)).isoformat()
        facts = [{"kind": kind, "on": presented} for kind in ("presented", "notice_left")]
        path = f"/letters/{letter['letter_id']}/despatches/1/facts"
        await self._people.technician(letter["caisse"]).post("letters", path, {"facts": facts})
        await self._return(letter, "3", day)

    async def _return(self, letter: dict[str, Any], cause: str, day: dt.date) -> None:
        body = {"scanned": letter["number"], "cause": cause, "on": day.isoformat()}
        await self._people.technician(letter["caisse"]).post("letters", "/returns", body)

    async def set_appointment(self, day: dt.date) -> None:
        """On the last day a person admitted is given an appointment to take her title home."""
        granted = await self._people.supervisor.all("letters", "/letters", kind="admission", purpose="supervision")
        if not granted:
            raise Unexpected("no admission to write about")
        self._written_about = letter = granted[0]
        caisse, technician = letter["caisse"], self._people.technician(letter["caisse"])
        desk = {"name": f"Accueil de la caisse {caisse}", "capacity": 20}
        await technician.call("PUT", "intake", f"/desks/{caisse}/accueil", json=desk)
        slot = {"desk": "accueil", "day": day.isoformat(), "hour": "10:00", "purpose": "hand_over"}
        await technician.post("intake", f"/applications/{letter['application_id']}/appointments", slot)

    async def write_from_the_desk(self, day: dt.date) -> None:
        """The same day, once letters knows of the appointment, an agent writes one letter of each kind that a desk
        issues, and the cards of some households are ordered, made and handed over."""
        letter = self._written_about
        technician = self._people.technician(letter["caisse"])
        for kind in DESK_KINDS:
            details = KINDS[kind].example(day)
            # No invented appointment: what speaks of the title carries the one that was set.
            said = {} if isinstance(details, Collecting) else details.model_dump(mode="json")
            body = {"kind": kind.value, "application_id": letter["application_id"], "details": said}
            await technician.post("letters", "/letters", body, purpose="instruction")
        await self._titles.cards(day, letter["application_id"])

    async def give_attestations(self, day: dt.date) -> None:
        """The titles of the trial of 2008."""
        await self._titles.attestations(day)
