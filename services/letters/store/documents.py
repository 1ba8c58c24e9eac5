"""Rendered documents noted and published, retries planned."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from prometheus_client import Counter, Histogram

from services.letters.domain.addressee import SYSTEM
from services.letters.domain.printable_letters import RenderFailure
from services.letters.tables import discards, documents
from shared.contract.events import LetterRendered
from shared.database.unit_of_work import UnitOfWork, emit
from shared.ids import named_uuid
from shared.observability import metrics

FIRST_PAUSE = 15.0
TRIES = 3
"""A letter that was not drawn so often waits for a person, with its reason: what is written in it will not change."""

rendered = Counter("ame_letters_rendered_total", "Letters rendered as PDF", registry=metrics.registry)
failures = Counter("ame_letters_render_failures_total", "Attempts at rendering that failed", registry=metrics.registry)
waited = Histogram(
    "ame_letters_drawn_after_seconds",
    "From the issue of a letter to its PDF",
    registry=metrics.registry,
    buckets=(0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600),
)
FAILURES = [failure.value for failure in RenderFailure]
"""Among the problems of a letter: why nobody could draw it."""


@dataclass(frozen=True)
class RenderResult:
    """One attempt: the PDF as filed, or the error."""

    letter_id: UUID
    sha256: str | None
    pages: int
    attempts: int
    error: str = ""


async def record(unit: UnitOfWork, results: Sequence[RenderResult]) -> None:
    """Write what was rendered and publish it, once per letter; plan the next attempt of what failed, three in all.

    A letter erased meanwhile has no document any more: its PDF is marked for removal instead.
    """
    done = {result.letter_id: result for result in results if result.sha256 is not None}
    if done:
        alive = {row.letter_id for row in await unit.rows(_ALIVE, {"ids": sorted(done)})}
        await _file(unit, [done[key] for key in sorted(alive)])
        gone = [{"sha256": result.sha256} for key, result in done.items() if key not in alive]
        await unit.insert_many(discards, gone, conflict=["sha256"])
    for result in results:
        if result.sha256 is None:
            failures.inc()
            pause = dt.timedelta(seconds=FIRST_PAUSE * 2.0**result.attempts)
            following = sa.func.now() + pause if result.attempts < TRIES else None
            again = sa.update(documents).where(documents.c.letter_id == result.letter_id)
            await unit.execute(again.values(next_attempt_at=following, error=result.error))
            if following is None:
                await unit.execute(
                    _FOR_A_PERSON, {"id": result.letter_id, "failures": FAILURES, "reason": result.error}
                )


async def _file(unit: UnitOfWork, results: Sequence[RenderResult]) -> None:
    """Note the PDFs of these letters and publish those that had none; a second, different PDF of a letter goes."""
    if not results:
        return
    values = {
        "rows": json.dumps([{"letter_id": str(d.letter_id), "sha256": d.sha256, "pages": d.pages} for d in results])
    }
    by_id = {result.letter_id: result for result in results}
    for row in await unit.rows(_FILE, {**values, "failures": FAILURES}):
        emit(unit, _letter_rendered(row, by_id[row.letter_id]))
        rendered.inc()
    issues = [named_uuid("letter.issued", letter_id) for letter_id in sorted(by_id)]
    for row in await unit.rows(_ISSUED, {"ids": issues}):
        waited.observe(float(row.seconds))
    await unit.execute(_SECOND_COPIES, values)
    await unit.execute(_DONE, {"ids": sorted(by_id)})


def _letter_rendered(row: sa.Row[Any], result: RenderResult) -> LetterRendered:
    return LetterRendered.new(
        application_id=row.application_id,
        caisse=row.caisse,
        actor=SYSTEM,
        correlation_id=row.correlation_id,
        id=named_uuid("letter.rendered", row.letter_id),
        letter_id=row.letter_id,
        kind=row.kind,
        pdf_sha256=result.sha256,
        pages=result.pages,
    )


_ALIVE = sa.text(
    "SELECT letter_id FROM documents WHERE letter_id = ANY(CAST(:ids AS uuid[])) ORDER BY letter_id FOR KEY SHARE"
)
_RENDERED = "json_to_recordset(CAST(:rows AS json)) AS rendered_rows(letter_id uuid, sha256 text, pages int)"
_FILE = sa.text(
    "UPDATE letters SET pdf_sha256 = rendered_rows.sha256, pages = rendered_rows.pages, "
    f"problems = problems - CAST(:failures AS text[]) FROM {_RENDERED} "
    "WHERE letters.letter_id = rendered_rows.letter_id AND letters.pdf_sha256 IS NULL "
    "RETURNING letters.letter_id, letters.application_id, letters.caisse, letters.kind, letters.correlation_id"
)
# The event that issued it says when; it is kept for a week, and what is drawn later than that is no measure of ours.
_ISSUED = sa.text(
    "SELECT extract(epoch FROM now() - created_at) AS seconds FROM outbox WHERE event_id = ANY(CAST(:ids AS uuid[]))"
)
_SECOND_COPIES = sa.text(
    f"INSERT INTO discards (sha256) SELECT rendered_rows.sha256 FROM {_RENDERED} JOIN letters USING (letter_id) "
    "WHERE letters.pdf_sha256 <> rendered_rows.sha256 ON CONFLICT DO NOTHING"
)
_FOR_A_PERSON = sa.text(
    "UPDATE letters SET problems = (problems - CAST(:failures AS text[])) || to_jsonb(CAST(:reason AS text)) "
    "WHERE letter_id = :id AND pdf_sha256 IS NULL"
)
_DONE = sa.text("UPDATE documents SET next_attempt_at = NULL, error = '' WHERE letter_id = ANY(CAST(:ids AS uuid[]))")
