"""The file of an application: its states, its versions, and what may happen to it. PURE.

Each act returns the file as it becomes and the events that tell it; nothing is sent here. The version of a file counts
its events: it is the ``sequence`` of the last one, and the ETag of the file.

    received --transfer--> transferred --transfer--> transferred     amend, papers: in both
    received, transferred --withdraw--> withdrawn                     any but erased --erase--> erased
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from uuid import UUID

from services.intake.domain.contradictions import ReferenceLookup, contradictions, unknown_codes
from services.intake.domain.document import changes, facts_from, merged
from services.intake.domain.input_errors import InvalidApplication
from shared.contract.events import (
    Actor,
    ApplicationAmended,
    ApplicationErased,
    ApplicationEvent,
    ApplicationSubmitted,
    ApplicationTransferred,
    ApplicationWithdrawn,
    PaperReceived,
)
from shared.contract.facts import ApplicationFacts, Paper
from shared.contract.input_errors import InputError
from shared.contract.sandbox import apart
from shared.contract.sealed_figures import new_key
from shared.ids import uuid7

MOST_PAPERS = 200


class State(StrEnum):
    """Where the file stands at intake; what was decided lies elsewhere."""

    RECEIVED = "received"
    TRANSFERRED = "transferred"
    WITHDRAWN = "withdrawn"
    ERASED = "erased"


OPEN = frozenset({State.RECEIVED, State.TRANSFERRED})
FRENCH_STATE = {
    State.RECEIVED: "reçue",
    State.TRANSFERRED: "transférée",
    State.WITHDRAWN: "retirée",
    State.ERASED: "effacée",
}


class WithdrawalReason(StrEnum):
    """Why an application is withdrawn."""

    APPLICANT_REQUEST = "applicant_request"
    FILED_TWICE = "filed_twice"
    LEFT_FRANCE = "left_france"
    DECEASED = "deceased"
    OTHER = "other"


class TransferReason(StrEnum):
    """Why an application goes to another caisse."""

    MOVED = "moved"
    WRONG_CAISSE = "wrong_caisse"
    DOMICILE_ELECTED = "domicile_elected"
    OTHER = "other"


class ErasureGround(StrEnum):
    """Why a file is erased; the controller answers for the ground, none is checked against a text here."""

    RETENTION_ENDED = "retention_ended"
    RIGHT_TO_ERASURE = "right_to_erasure"
    COURT_ORDER = "court_order"
    RECORDED_IN_ERROR = "recorded_in_error"


class ActionNotAllowed(Exception):
    """The act is not possible in the state of the file. ``code`` is stable, the message is French."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


class StaleVersion(Exception):
    """The file has changed since the version the writer read."""

    def __init__(self, given: int, current: int) -> None:
        self.given, self.current = given, current
        super().__init__(f"version {given}, current {current}")


@dataclass(frozen=True)
class ActionContext:
    """Who acts and when: ``now`` is the wall clock (UTC), ``today`` the business day of the caisse.

    ``body``: the deposit body whose own token acts, if any.
    """

    actor: Actor
    correlation_id: str
    now: dt.datetime
    today: dt.date
    body: str | None = None


@dataclass(frozen=True)
class Application:
    """One application. ``facts`` is None once erased; ``decided`` says that decision has answered it.

    ``figures_key``: the key of this file, told once, with its submission.
    """

    application_id: UUID
    caisse: str
    state: State
    version: int
    facts: ApplicationFacts | None
    reference: str = ""
    decided: bool = False
    figures_key: str = ""

    def amend(
        self, patch: Mapping[str, Any], known: ReferenceLookup, by: ActionContext
    ) -> tuple[Application, list[ApplicationEvent]]:
        """Apply a JSON merge patch to the facts. No event when nothing changes.

        Raises InvalidApplication for facts that cannot be, ActionNotAllowed when the file is no longer open.
        """
        facts = self._open("modifier")
        version = self.version + 1
        document = merged(facts.model_dump(mode="json"), patch)
        after = facts_from(
            document,
            application_id=self.application_id,
            version=version,
            today=by.today,
            current=facts,
            sender=by.body,
        )
        if errors := list(unknown_codes(after, self.caisse, known)):
            raise InvalidApplication(errors)
        differences = changes(facts, after)
        if not differences:
            return self, []
        event = self._event(ApplicationAmended, by, facts=after, changes=differences)
        return replace(self, version=version, facts=after), [event]

    def receive_papers(self, papers: Sequence[Paper], by: ActionContext) -> tuple[Application, list[ApplicationEvent]]:
        """Add papers to the file.

        Raises InvalidApplication for a paper that contradicts it, ActionNotAllowed when not open.
        """
        facts = self._open("compléter")
        if len(facts.papers) + len(papers) > MOST_PAPERS:
            raise InvalidApplication([InputError("/papers", "too_long", f"Trop long : {MOST_PAPERS} pièces au plus.")])
        after = facts.model_copy(update={"papers": [*facts.papers, *papers]})
        if errors := [error for error in contradictions(after, by.today) if error.pointer.startswith("/papers/")]:
            raise InvalidApplication(_from_index(errors, len(facts.papers)))
        event = self._event(PaperReceived, by, papers=list(papers))
        return replace(self, version=self.version + 1, facts=after), [event]

    def withdraw(self, reason: WithdrawalReason, by: ActionContext) -> tuple[Application, list[ApplicationEvent]]:
        """The applicant gives up. Raises ActionNotAllowed when the file is not open or already answered."""
        self._open("retirer")
        self._undecided("retirer")
        event = self._event(ApplicationWithdrawn, by, reason=reason.value)
        return replace(self, version=self.version + 1, state=State.WITHDRAWN), [event]

    def transfer(
        self, to_caisse: str, reason: TransferReason, known: ReferenceLookup, by: ActionContext
    ) -> tuple[Application, list[ApplicationEvent]]:
        """Hand the file to the competent caisse, which owns it from then on.

        Raises InvalidApplication for an unknown caisse, ActionNotAllowed when the file is not open, is answered or is
        already there.
        """
        self._open("transférer")
        self._undecided("transférer")
        if not known.has_caisse(to_caisse) or apart(self.caisse, to_caisse):
            raise InvalidApplication([InputError("/to_caisse", "unknown_caisse", "Caisse inconnue du référentiel.")])
        if to_caisse == self.caisse:
            raise ActionNotAllowed("same_caisse", f"La demande est déjà à la caisse {to_caisse}.")
        moved = replace(self, version=self.version + 1, state=State.TRANSFERRED, caisse=to_caisse)
        route = {"from_caisse": self.caisse, "to_caisse": to_caisse, "reason": reason.value}
        return moved, [moved._event(ApplicationTransferred, by, **route)]

    def erase(self, ground: ErasureGround, by: ActionContext) -> tuple[Application, list[ApplicationEvent]]:
        """Forget the facts and the sender's reference. Raises ActionNotAllowed when already erased."""
        if self.state is State.ERASED:
            raise ActionNotAllowed("already_erased", "La demande est déjà effacée.")
        event = self._event(ApplicationErased, by, legal_ground=ground.value)
        return replace(self, version=self.version + 1, state=State.ERASED, facts=None, reference=""), [event]

    def expect(self, version: int) -> None:
        """Raise VersionStale unless ``version`` is the current one."""
        if version != self.version:
            raise StaleVersion(version, self.version)

    def _open(self, act: str) -> ApplicationFacts:
        if self.state not in OPEN or self.facts is None:
            raise ActionNotAllowed("not_open", f"Impossible de {act} une demande {FRENCH_STATE[self.state]}.")
        return self.facts

    def _undecided(self, act: str) -> None:
        if self.decided:
            raise ActionNotAllowed("already_decided", f"Impossible de {act} une demande sur laquelle il a été statué.")

    def _event(self, kind: type[ApplicationEvent], by: ActionContext, **fields: Any) -> ApplicationEvent:
        return application_event(kind, self.application_id, self.caisse, by, **fields)


def submit(
    document: Mapping[str, Any],
    *,
    application_id: UUID,
    caisse: str,
    reference: str,
    known: ReferenceLookup,
    by: ActionContext,
) -> tuple[Application, list[ApplicationEvent]]:
    """Record a new application. Raises InvalidApplication with every error of the document."""
    errors: list[InputError] = []
    facts = None
    try:
        facts = facts_from(document, application_id=application_id, version=1, today=by.today, sender=by.body)
        errors += unknown_codes(facts, caisse, known)
    except InvalidApplication as invalid:
        errors += invalid.errors
        if not known.has_caisse(caisse):
            errors.append(InputError("/caisse", "unknown_caisse", "Caisse inconnue du référentiel."))
    if errors or facts is None:
        raise InvalidApplication(errors)
    key = new_key()
    told = {"facts": facts, "reference": reference, "figures_key": key}
    event = application_event(ApplicationSubmitted, application_id, caisse, by, **told)
    return Application(application_id, caisse, State.RECEIVED, 1, facts, reference, figures_key=key), [event]


def application_event(
    kind: type[ApplicationEvent], application_id: UUID, caisse: str, by: ActionContext, **fields: Any
) -> ApplicationEvent:
    """An event of the application. The outbox numbers it: with one event per act, that number is the version."""
    envelope = {
        "id": uuid7(),
        "occurred_at": by.now,
        "business_date": by.today,
        "application_id": application_id,
        "sequence": 0,
        "caisse": caisse,
        "actor": by.actor,
        "correlation_id": by.correlation_id,
    }
    return kind(**{**envelope, **fields})


def _from_index(errors: Sequence[InputError], first: int) -> list[InputError]:
    """The same errors, counting papers from the first new one: the writer knows only those."""
    moved = []
    for error in errors:
        _, _, at, *rest = error.pointer.split("/")
        moved.append(replace(error, pointer="/".join(["", "papers", str(max(0, int(at) - first)), *rest])))
    return moved
