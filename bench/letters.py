"""How fast letters are drawn and batched, each beside a reference of the same run.

    python -m bench.letters [--letters 10000] [--drawn 200]

Drawing: letters of every kind, sealed where their kind is, in processor time of one process; its reference makes the
same content and draws nothing. Batching: a caisse with so many letters ready, from the query to the fixed PDFs, on a
real database; its reference reads the same filed PDFs and joins none.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from deploy.embedded.databases import Database as MadeDatabase
from deploy.embedded.postgres import EmbeddedPostgres
from services.letters import tables
from services.letters.domain.catalogue import KINDS
from services.letters.domain.composition import Letter
from services.letters.domain.examples import DAYS, example_letter
from services.letters.domain.seals import Sealer
from services.letters.rendering import batches, service
from services.letters.rendering.typst import Pdf, render
from services.letters.store import print_batches
from services.letters.store.seal_keys import FileSigner
from services.letters.store.seals import sealed
from shared import clock
from shared.contract.letter_kinds import LetterKind
from shared.database.unit_of_work import Database
from shared.ids import uuid7
from shared.messaging.reference_table import ReferenceTable
from shared.service.runtime import Runtime
from shared.settings import Settings
from tests.servers import migrate

FOLDER = Path(".local/bench/letters")
DRAWN_A_SECOND = 100.0
BATCH_SECONDS = 180.0
CAISSE = "931"
DAY = DAYS["2019-"]
say = Console(stderr=True).print


@dataclass(frozen=True)
class Figures:
    """Letters drawn a second and core; seconds of a batching; and what the references took."""

    letters: int
    composed_ms: float
    rendered_ms: float
    batched: int
    batches: int
    read_seconds: float
    batch_seconds: float

    @property
    def rendered_a_second(self) -> float:
        """Letters a second of one core."""
        return 1000 / self.rendered_ms


def compose(count: int, folder: Path) -> list[Letter]:
    """Letters of every kind in turn, sealed where they are."""
    sealer = Sealer(FileSigner(folder, makes_keys=True), "https://verificateur.example/")
    kinds = itertools.cycle([LetterKind.ADMISSION, *KINDS])
    return [sealed(example_letter(next(kinds), DAY), sealer) for _ in range(count)]


def draw(count: int, folder: Path) -> tuple[list[Pdf], float, float]:
    """The letters, and milliseconds of processor each took to compose and to draw."""
    compose(len(KINDS) + 1, folder)
    before = time.process_time()
    letters = compose(count, folder)
    composed = time.process_time()
    for letter in letters[: len(KINDS) + 1]:
        render(letter.content, letter.template.file)  # the typesetter reads fonts and layouts once
    warm = time.process_time()
    pdfs = [render(letter.content, letter.template.file) for letter in letters]
    done = time.process_time()
    return pdfs, 1000 * (composed - before) / count, 1000 * (done - warm) / count


async def fill(runtime: Runtime, pdfs: list[Pdf], count: int) -> list[str]:
    """A caisse with so many letters ready for the printer; returns the hashes of the filed PDFs."""
    hashes = [await service.archive_of(runtime).put(pdf.body) for pdf in pdfs]
    for start in range(0, count, 1000):
        letters, documents = [], []
        for number in range(start, min(start + 1000, count)):
            letter_id, application_id, which = uuid7(), uuid7(), number % len(pdfs)
            letters.append(
                {
                    "letter_id": letter_id,
                    "application_id": application_id,
                    "caisse": CAISSE,
                    "holder": CAISSE,
                    "kind": "acknowledgement",
                    "number": f"{number:020d}",
                    "template": "letter",
                    "template_version": 4,
                    "language": "fr",
                    "content_hash": "",
                    "issued_on": DAY,
                    "problems": [],
                    "cause_id": letter_id,
                    "correlation_id": "",
                    "state": "issued",
                    "pdf_sha256": hashes[which],
                    "pages": pdfs[which].pages,
                }
            )
            window = ["PERSONNE DE L EXEMPLE", f"{13000 + number % 900:05d} EXEMPLE"]
            documents.append({"letter_id": letter_id, "application_id": application_id, "content": {"window": window}})
        async with runtime.database.unit() as unit:
            await unit.insert_many(tables.letters, letters)
            await unit.insert_many(tables.documents, documents)
    return hashes


async def batch(made: MadeDatabase, pdfs: list[Pdf], count: int) -> tuple[int, float, float]:
    """Batches made, seconds to read the same PDFs, seconds to batch them."""
    settings = Settings(profile="test", service="letters", state_dir=FOLDER / "state", **made.settings_fields())
    runtime = Runtime(settings, Database(settings), ReferenceTable.of(settings, []))
    await service.start_rendering(runtime)
    try:
        say(f"{count} letters are filed...")
        hashes = await fill(runtime, pdfs, count)
        before = time.perf_counter()
        for number in range(count):
            assert await service.archive_of(runtime).get(hashes[number % len(hashes)]) is not None
        read = time.perf_counter() - before
        before = time.perf_counter()
        async with runtime.database.unit() as unit:
            opened = await batches.batch_all(runtime, unit, CAISSE, DAY)
        for batch_id in opened:
            async with runtime.database.unit() as unit:
                await batches.close(runtime, unit, await print_batches.by_id(unit, batch_id))
        return len(opened), read, time.perf_counter() - before
    finally:
        await service.stop_rendering(runtime)
        await runtime.database.close()


def measure(letters: int, drawn: int) -> Figures:
    """Draw, then batch, on a database of this run."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    clock.set_day(DAY)
    pdfs, composed_ms, rendered_ms = draw(drawn, FOLDER / "keys")
    server = EmbeddedPostgres(FOLDER / "postgres", durable=False)
    server.start()
    try:
        made = server.server.create("letters", f"ame_letters_bench_{time.time_ns()}")
        migrate("letters", made)
        found, read, took = asyncio.run(batch(made, pdfs, letters))
    finally:
        server.stop()
        shutil.rmtree(FOLDER, ignore_errors=True)
    return Figures(drawn, composed_ms, rendered_ms, letters, found, read, took)


def table(figures: Figures) -> Table:
    """The figures beside their references and limits."""
    shown = Table("measure", "value", "limit", "reference of the same run", title="letters")
    drawn = f"{figures.rendered_a_second:.0f} a second and core ({figures.rendered_ms:.1f} ms)"
    composing = f"composing and sealing {figures.composed_ms:.1f} ms"
    shown.add_row("letters drawn (PDF/A and UA, CPU)", drawn, f"{DRAWN_A_SECOND:.0f} a second", composing)
    took = f"{figures.batch_seconds:.0f} s, {figures.batches} batches"
    reading = f"reading the PDFs {figures.read_seconds:.0f} s"
    shown.add_row(f"{figures.batched} letters batched", took, f"{BATCH_SECONDS:.0f} s", reading)
    return shown


def main() -> int:
    """Measure and print; 1 where batching misses its limit. The speed of drawing is told as it is."""
    parser = argparse.ArgumentParser(prog="python -m bench.letters", description=__doc__)
    parser.add_argument("--letters", type=int, default=10_000)
    parser.add_argument("--drawn", type=int, default=200)
    options = parser.parse_args()
    figures = measure(options.letters, options.drawn)
    Console().print(table(figures))
    return 0 if figures.batch_seconds <= BATCH_SECONDS * figures.batched / 10_000 else 1


if __name__ == "__main__":
    sys.exit(main())
