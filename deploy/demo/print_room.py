"""The print room of the demonstration: paper signed for by two, a sheet that jams, a batch, a seal read back."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.demo.desk import People, Unexpected
from services.letters.commands.cli import code_of
from services.letters.domain.seal_check import KeyList, Verdict, check_seal, read_voided

ROLL = {"first_serial": "DEMO-000001", "last_serial": "DEMO-000100"}
SHEETS = 100
HANDED = {"object": "letter", "received_by": "applicant", "identity_paper": "passport", "desk": "Accueil de la caisse"}


@dataclass(frozen=True)
class PrintRoomDay:
    """What the print room did: its register, its batch, the hash of what was fetched twice, and the seal it read."""

    caisse: str
    stock: dict[str, Any]
    batch: dict[str, Any]
    printed: int
    fetched: tuple[str, str]
    seal: Verdict
    person_on_paper: bool

    @property
    def fates(self) -> dict[str, int]:
        """Sheets by fate, over all deliveries."""
        names = ("sheets", "stock", "used", "spoiled", "unaccounted")
        return {name: sum(one[name] for one in self.stock["deliveries"]) for name in names}


class PrintRoom:
    """The print room of one caisse, on one day."""

    def __init__(self, people: People, caisse: str, day: dt.date) -> None:
        self._people, self._caisse, self._day = people, caisse, day.isoformat()
        self._one = people.technician(caisse)
        self._two = people.lead(caisse)

    async def receive_paper(self) -> None:
        """A delivery, counted by two persons."""
        body = {"supplier": "Imprimerie de l'Exemple", "received_on": self._day, "sheets": [ROLL], "counted": SHEETS}
        count = await self._one.post("letters", "/paper/deliveries", body)
        path = f"/paper/counts/{count['count_id']}/confirmation"
        confirmed = await self._two.post("letters", path, {"counted": SHEETS})
        if not confirmed["agrees"]:
            raise Unexpected(f"two persons counted the delivery otherwise: {confirmed}")

    async def work(self) -> PrintRoomDay:
        """Print the attestation that the desk wrote, on a second sheet after a jam; batch the rest; read a seal."""
        found = await self._one.all("letters", "/letters", kind="title", state="issued", purpose="instruction")
        letter = next(one for one in found if (one["caisse"], one["issued_on"]) == (self._caisse, self._day))
        verdict, person_on_paper = await self._read_seal(letter)
        await self._print_title(letter)
        batch, printed, fetched = await self._batch()
        stock = await self._one.get("letters", "/paper/stock")
        return PrintRoomDay(self._caisse, stock, batch, printed, fetched, verdict, person_on_paper)

    async def _print_title(self, letter: dict[str, Any]) -> None:
        """Printed, jammed and printed again; then handed over. Without its sheets it would not leave."""
        path, key = f"/letters/{letter['letter_id']}", letter["letter_id"]
        handed = {**HANDED, "application_id": letter["application_id"], "letter_id": key, "handed_on": self._day}
        answer = await self._one.call("POST", "letters", "/hand-overs", json=handed, accept=(409,))
        if answer.json().get("code") != "sheets_missing":
            raise Unexpected(f"a letter on secured paper left without its sheets: {answer.text[:300]}")
        pages = (await self._one.get("letters", path))["pages"]
        for first in (1, 1 + pages):
            serials = [f"DEMO-{number:06d}" for number in range(first, first + pages)]
            body = {"serials": serials, "printed_on": self._day}
            await self._one.call("PUT", "letters", f"{path}/sheets", json=body)
        await self._one.post("letters", "/hand-overs", handed)

    async def _batch(self) -> tuple[dict[str, Any], int, tuple[str, str]]:
        """What is ready goes into batches; the first is printed and posted, taken twice with the same PDF."""
        made = await self._one.post("letters", "/print-batches", {})
        batch = next(one for one in made if (one["paper"], one["way"]) == ("plain", "ordinary"))
        path = f"/print-batches/{batch['batch_id']}"
        await self._one.post("letters", f"{path}/closing")
        fetched = []
        for desk in (self._one, self._two):
            await desk.post("letters", f"{path}/taking")
            answer = await desk.call("GET", "letters", f"{path}/pdf")
            fetched.append(hashlib.sha256(answer.content).hexdigest())
        done = await self._one.post("letters", f"{path}/printing", {"printed_on": self._day})
        posted = await self._one.post("letters", f"{path}/posting", {"posted_on": self._day})
        return posted["batch"], done["printed"], (fetched[0], fetched[1])

    async def _read_seal(self, letter: dict[str, Any]) -> tuple[Verdict, bool]:
        """Scan the code of the printed letter, as anybody can, with the two lists that anybody gets."""
        pdf = await self._one.call("GET", "letters", f"/letters/{letter['letter_id']}/pdf", purpose="instruction")
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "attestation.pdf"
            file.write_bytes(pdf.content)
            text = await asyncio.to_thread(code_of, file)
        client = self._people.clients["letters"]
        keys = KeyList.parse((await client.get("/seal/keys.json")).json())
        voided = read_voided((await client.get("/seal/voided.jws")).text, keys)
        found = check_seal(text or "", keys, voided, dt.date.fromisoformat(self._day))
        detail = await self._one.get("letters", f"/letters/{letter['letter_id']}", purpose="instruction")
        named = [name for name, *_ in found.claims.get("p", [])]
        printed = str(detail["content"]["blocks"])
        return found.verdict, bool(named) and all(name in printed for name in named)
