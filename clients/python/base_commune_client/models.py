"""What the interface answers, typed. Fields that a later version adds are passed over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Self
from uuid import UUID


class Answer:
    """Base of the answers: made from a JSON object, of which unknown fields are passed over."""

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> Self:
        """The answer in a JSON object. Raises ``KeyError`` naming a field that is missing."""
        values = {}
        for field in fields(cls):  # type: ignore[arg-type]
            read = _READ.get(str(field.type))
            values[field.name] = body[field.name] if read is None else read(body[field.name])
        return cls(**values)


@dataclass(frozen=True)
class Receipt(Answer):
    """What became of an act on an application. ``version`` is what the next amendment names."""

    application_id: UUID
    caisse: str
    reference: str
    state: str
    version: int


@dataclass(frozen=True)
class PaperReceipt(Answer):
    """One paper as it was received; ``sha256`` is the hash of its bytes, None for a paper without bytes."""

    paper_id: UUID
    kind: str
    sha256: str | None


@dataclass(frozen=True)
class ApplicationSummary(Answer):
    """One application in a list: ids, codes and dates."""

    application_id: UUID
    caisse: str
    reference: str
    state: str
    status: str
    version: int
    kind: str
    channel: str
    deposited_on: dt.date
    received_on: dt.date


@dataclass(frozen=True)
class Status(Answer):
    """Where an application stands, as of the last event received. ``identity``, ``decision`` and ``letters`` hold codes
    and dates."""

    application_id: UUID
    caisse: str
    state: str
    status: str
    version: int
    as_of: dt.datetime
    identity: dict[str, Any]
    decision: dict[str, Any]
    letters: dict[str, Any]


@dataclass(frozen=True)
class ImportProgress(Answer):
    """How far an import of a file has come; ``progress`` goes from 0 to 1, ``failure`` says what ended it."""

    import_id: UUID
    state: str
    dry_run: bool
    lines: int
    progress: float
    rows_accepted: int
    rows_refused: int
    rows_already_here: int
    applications: int
    failure: str

    @property
    def over(self) -> bool:
        """Whether nothing more will happen to this import by itself."""
        return self.state in ("done", "failed")


@dataclass(frozen=True)
class RowFault(Answer):
    """What is wrong in one column of a line."""

    column: str
    code: str
    message: str


@dataclass(frozen=True)
class RowVerdict(Answer):
    """What became of one line of an imported file."""

    row: int
    reference: str
    verdict: str
    application_id: UUID | None
    errors: tuple[RowFault, ...]


@dataclass(frozen=True)
class Change(Answer):
    """One change of one application. ``id`` is the same each time it is told; ``position`` only grows."""

    position: int
    id: UUID
    application_id: UUID
    caisse: str
    status: str
    occurred_at: dt.datetime
    business_date: dt.date


@dataclass(frozen=True)
class BulkCheckEnd(Answer):
    """A file of persons was looked for to its end (``state`` is ``done``) or was given up (``failed``). Counts only.

    Its answer is read at the common base: ``GET /bulk-checks/{check_id}/answer.csv``, by a supervisor.
    """

    position: int
    id: UUID
    check_id: UUID
    caisse: str
    state: str
    rows: int
    rows_done: int
    same_person: int
    to_examine: int
    silent: int
    refused: int
    occurred_at: dt.datetime
    business_date: dt.date


@dataclass(frozen=True)
class Webhook(Answer):
    """An address that hears of changes; how many messages wait for it, and how many are parked."""

    webhook_id: UUID
    caisse: str
    url: str
    state: str
    waiting: int
    parked: int


@dataclass(frozen=True)
class MadeWebhook(Webhook):
    """A new webhook with its secret, which is told this once."""

    secret: str


_READ: Mapping[str, Callable[[Any], Any]] = {
    "UUID": UUID,
    "UUID | None": lambda value: None if value is None else UUID(value),
    "dt.date": dt.date.fromisoformat,
    "dt.datetime": dt.datetime.fromisoformat,
    "tuple[RowFault, ...]": lambda value: tuple(RowFault.read(one) for one in value),
}
