"""Reference data that every service reads and none writes: caisses, deposit and appeal bodies, agents, the business
day.

The compacted topic ``ame.reference.v1`` is read whole at start, before readiness, and followed from then on. It is
written by the operator's command; of services, only the end of a session is (``shared/web/backchannel_logout.py``).
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Iterable, Mapping
from typing import Any, Self

from ktables import KafkaTable, KafkaTableWriter

from shared import clock
from shared.contract.events import REFERENCE
from shared.contract.facts import Fact
from shared.contract.reference_data import (
    MODELS,
    Agent,
    AppealBody,
    Caisse,
    Delegation,
    DepositBody,
    Revocation,
    record_key,
)
from shared.contract.sandbox import in_sandbox
from shared.messaging.kafka_connection import Connection, connection_of
from shared.settings import Settings

"""What is signed in the name of the director: a grant, a refusal, a withdrawal or early end, the answer to an
appeal."""


class ReferenceTable:
    """A read-only view of the reference records; complete before the service is ready."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._records: dict[str, Any] = {}
        self._appeal_bodies: dict[str, list[AppealBody]] | None = None
        self._table: KafkaTable[dict[str, Any]] = KafkaTable(
            connection=connection_of(settings),
            topic=REFERENCE,
            value_decoder=json.loads,
            ensure_topic=False,
            on_set=self._apply,
            on_delete=lambda key: self._apply(key, None),
        )

    @classmethod
    def of(cls, settings: Settings, records: Iterable[Fact]) -> Self:
        """A reference with fixed records, for work without a broker (simulations in tests, previews, tools)."""
        reference = cls.__new__(cls)
        reference._settings, reference._records = settings, {record_key(record): record for record in records}
        reference._appeal_bodies = None
        return reference

    async def start(self) -> None:
        """Read the topic to its end. Raises ``RuntimeError`` when that fails."""
        await self._table.start()
        if not self._table.is_caught_up:
            raise RuntimeError("reference_incomplete: the reference topic could not be read to its end")

    async def stop(self) -> None:
        """Stop following. A fetch that was waiting for a lost broker is cancelled inside; that is not our
        cancellation."""
        try:
            await self._table.stop()
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise

    @property
    def loaded(self) -> bool:
        """Whether it is read to its end and still followed."""
        return self._table.is_caught_up and self._table.status != "failed"

    def _apply(self, key: str, value: Mapping[str, Any] | None) -> None:
        if key == "business_date":
            if self._settings.movable_clock:
                clock.set_day(dt.date.fromisoformat(value["date"]) if value else None)
            return
        self._appeal_bodies = None
        model = MODELS.get(key.split(":", 1)[0])
        if model is None:
            return  # a kind that a later version added
        if value is None:
            self._records.pop(key, None)
        else:
            self._records[key] = model.model_validate(value)

    def caisse(self, code: str) -> Caisse | None:
        """The caisse of this code, or None."""
        return self._records.get(f"caisse:{code}")

    def caisses(self) -> list[Caisse]:
        """All caisses, by code; not the sandbox, which ``caisse`` knows too."""
        found = (r for r in self._records.values() if isinstance(r, Caisse) and not in_sandbox(r.code))
        return sorted(found, key=lambda caisse: caisse.code)

    def deposit_body(self, code: str) -> DepositBody | None:
        """The deposit body of this code, or None."""
        return self._records.get(f"deposit_body:{code}")

    def deposit_bodies(self) -> list[DepositBody]:
        """All deposit bodies, by code."""
        return sorted((r for r in self._records.values() if isinstance(r, DepositBody)), key=lambda body: body.code)

    def agent(self, agent_id: str) -> Agent | None:
        """The agent of this id, or None."""
        return self._records.get(f"agent:{agent_id}")

    def agent_name(self, agent_id: str | None) -> str:
        """How people know the agent of this id; the id itself where nobody told, empty for nobody."""
        known = self.agent(agent_id or "")
        return known.display_name if known else agent_id or ""

    def agents(self) -> list[Agent]:
        """All agents, by id."""
        return sorted((r for r in self._records.values() if isinstance(r, Agent)), key=lambda agent: agent.id)

    def may_sign(self, caisse: str, agent: str, act: str, on: dt.date) -> bool:
        """Whether an agent holds the signature of an act on a day. A caisse that records no delegation leaves it to
        roles."""
        given = [one for one in self._records.values() if isinstance(one, Delegation) and one.caisse == caisse]
        return not given or any(
            one.agent == agent and act in one.acts and one.since <= on and (one.until is None or on <= one.until)
            for one in given
        )

    def revoked(self, token: str, subject: str, issued_at: float) -> bool:
        """Whether a token was revoked: by its id, or with all that its person was issued until a moment."""
        by_id = self._records.get(f"revocation:token:{token}") if token else None
        of_person = self._records.get(f"revocation:subject:{subject}")
        return by_id is not None or (of_person is not None and issued_at <= of_person.revoked_at.timestamp())

    def over_revocations(self, now: dt.datetime) -> list[str]:
        """The keys of revocations that stop nothing any more."""
        found = ((key, record) for key, record in self._records.items() if isinstance(record, Revocation))
        return [key for key, record in found if record.forgotten_at <= now]

    def appeal_body(self, caisse: str, decided_on: dt.date) -> AppealBody | None:
        """The body before which a decision of this caisse, taken on this day, is contested."""
        if self._appeal_bodies is None:  # asked for every letter and decision: not among the agents of all caisses
            self._appeal_bodies = {}
            for record in self._records.values():
                if isinstance(record, AppealBody):
                    self._appeal_bodies.setdefault(record.caisse, []).append(record)
        for body in self._appeal_bodies.get(caisse, ()):
            if body.since <= decided_on and (body.until is None or decided_on <= body.until):
                return body
        return None


class ReferenceWriter:
    """Writes reference records: for the operator's command and for tools that move the day in local and test
    profiles."""

    def __init__(self, connection: Connection) -> None:
        self._writer: KafkaTableWriter[dict[str, Any]] = KafkaTableWriter(
            connection=connection,
            topic=REFERENCE,
            value_encoder=lambda value: json.dumps(value).encode(),
            ensure_topic=False,
        )

    async def __aenter__(self) -> Self:
        await self._writer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._writer.stop()

    async def put(self, records: Iterable[Fact]) -> int:
        """Write records; returns how many."""
        count = 0
        for record in records:
            await self._writer.set(record_key(record), record.model_dump(mode="json"))
            count += 1
        return count

    async def forget(self, keys: Iterable[str]) -> None:
        """Take records back."""
        for key in keys:
            await self._writer.delete(key)

    async def set_business_date(self, day: dt.date) -> None:
        """Move every service in the local and test profiles to ``day``."""
        await self._writer.set("business_date", {"date": day.isoformat()})
