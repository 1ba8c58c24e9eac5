"""The life of one title. PURE.

    ordered --produced--> produced --received--> received --handed over--> handed_over
                                                 received, returned --posted--> posted --returned--> returned
    returned --handed over--> handed_over        every state but voided --void--> voided, with its reason

What is drawn at the caisse is there as soon as it is produced. A title that was handed over stays so until it is
voided; the first hand-over stands.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from services.letters.domain.letter_number import number_of
from services.letters.domain.titles.forms import FormVersion, PlannedTitle, TitleForm
from shared.french import long_date
from shared.ids import named_uuid


class TitleState(StrEnum):
    """Where a title is."""

    ORDERED = "ordered"
    PRODUCED = "produced"
    RECEIVED = "received"
    HANDED_OVER = "handed_over"
    POSTED = "posted"
    RETURNED = "returned"
    VOIDED = "voided"


class VoidReason(StrEnum):
    """Why a serial is worth nothing any more."""

    LOSS = "loss"
    THEFT = "theft"
    DAMAGE = "damage"
    CHANGE = "change"
    MISPRINT = "misprint"
    NOT_MADE = "not_made"
    RIGHT_ENDED = "right_ended"
    RIGHT_WITHDRAWN = "right_withdrawn"


LOST = frozenset({VoidReason.LOSS, VoidReason.THEFT})
REPLACED = LOST | {VoidReason.DAMAGE, VoidReason.CHANGE, VoidReason.MISPRINT, VoidReason.NOT_MADE}
"""After these a duplicate may be made: the right goes on."""

AT_DESK = frozenset({TitleState.RECEIVED, TitleState.RETURNED})
_BEFORE: Mapping[TitleState, frozenset[TitleState]] = {
    TitleState.ORDERED: frozenset(),
    TitleState.PRODUCED: frozenset({TitleState.ORDERED}),
    TitleState.RECEIVED: frozenset({TitleState.PRODUCED}),
    TitleState.HANDED_OVER: AT_DESK,
    TitleState.POSTED: AT_DESK,
    TitleState.RETURNED: frozenset({TitleState.POSTED}),
    TitleState.VOIDED: frozenset(set(TitleState) - {TitleState.VOIDED}),
}


class TitleStepNotAllowed(ValueError):
    """A title cannot go where it is asked to. ``code`` is stable, the message is for the agent (French)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(frozen=True)
class Title:
    """One serial. ``caisse`` gave it, ``holder`` has the file now; ``copy_no``: 0, then the rank of the duplicate.

    ``listed``: ranks of who stands on it without a title of his own. ``since``: the day of its state.
    """

    title_id: UUID
    application_id: UUID
    decision_id: UUID
    caisse: str
    holder: str
    member_id: UUID
    member_rank: int
    listed: tuple[int, ...]
    form: TitleForm
    serial: str
    copy_no: int
    starts_on: dt.date
    ends_on: dt.date
    state: TitleState
    since: dt.date
    void_reason: VoidReason | None = None

    @property
    def live(self) -> bool:
        """Whether the serial counts: nobody has two that do."""
        return self.state is not TitleState.VOIDED

    def step(self, state: TitleState, on: dt.date) -> Title:
        """The title in its next state, since that day. Raises TitleStepNotAllowed."""
        if not self.live:
            raise TitleStepNotAllowed("title_voided", "Ce titre n'est plus valable.")
        if self.state is TitleState.HANDED_OVER and state is not TitleState.VOIDED:
            raise TitleStepNotAllowed("title_handed_over", "Ce titre a déjà été remis : la première remise compte.")
        if self.state not in _BEFORE[state]:
            raise TitleStepNotAllowed("title_state", "Ce titre n'en est pas là : relisez où il en est.")
        if on < self.since:
            raise TitleStepNotAllowed("title_before", f"Ce titre est dans cet état depuis le {long_date(self.since)}.")
        return replace(self, state=state, since=on)

    def voided(self, reason: VoidReason, on: dt.date) -> Title:
        """The title worth nothing any more. Raises TitleStepNotAllowed once it is so already."""
        return replace(self.step(TitleState.VOIDED, max(on, self.since)), void_reason=reason)

    def duplicate(self, form: FormVersion, on: dt.date, last_days: Mapping[int, dt.date]) -> Title:
        """The next serial of the same person and right. ``last_days``: of the rights of its decision, by rank. Of the
        list stay those whose right was not ended early. Raises TitleStepNotAllowed while this one counts, or where the
        right of its holder does not go on."""
        if self.live:
            raise TitleStepNotAllowed("title_live", "Ce titre est encore valable : annulez-le d'abord.")
        whole = {rank for rank, last in last_days.items() if last >= self.ends_on}
        if self.void_reason not in REPLACED or on > self.ends_on or self.member_rank not in whole:
            raise TitleStepNotAllowed("no_right", "Le droit de cette personne n'est plus ouvert.")
        listed = tuple(rank for rank in self.listed if rank in whole)
        again = replace(self, caisse=self.holder, form=form.form, copy_no=self.copy_no + 1, listed=listed)
        return _new(replace(again, void_reason=None), on)


def _new(title: Title, on: dt.date) -> Title:
    title_id = named_uuid("title", title.application_id, title.member_id, title.decision_id, title.copy_no)
    serial = f"{title.caisse}-{number_of(title_id)}"
    return replace(title, title_id=title_id, serial=serial, state=TitleState.ORDERED, since=on)


def ordered(
    plan: PlannedTitle, application_id: UUID, decision_id: UUID, caisse: str, form: FormVersion, on: dt.date
) -> Title:
    """The first title of a person for a right; the same right gives the same serial."""
    person = plan.person
    draft = Title(
        title_id=decision_id,
        application_id=application_id,
        decision_id=decision_id,
        caisse=caisse,
        holder=caisse,
        member_id=person.member_id,
        member_rank=person.rank,
        listed=plan.listed,
        form=form.form,
        serial="",
        copy_no=0,
        starts_on=person.starts_on,
        ends_on=person.ends_on,
        state=TitleState.ORDERED,
        since=on,
    )
    return _new(draft, on)
