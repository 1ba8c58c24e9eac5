"""Which events call for which letters, and the identity of each letter.

A letter is called for by exactly one cause: an application (acknowledgement), a request number (request for papers), a
decision, an appointment at one version, a due date. Its id is derived from application, kind and cause, so that the
same cause told twice gives the same letter.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from services.letters.domain.details import LONGEST_REFERENCE, Purpose, Slot
from services.letters.domain.kind_definition import Details
from services.letters.domain.kinds.acknowledgement import Acknowledgement
from services.letters.domain.kinds.admission import Admission
from services.letters.domain.kinds.appointment import Appointment
from services.letters.domain.kinds.cdas_file import CdasFile
from services.letters.domain.kinds.hearing import Hearing
from services.letters.domain.kinds.match_notice import MatchNotice
from services.letters.domain.kinds.orientation import Orientation
from services.letters.domain.kinds.paper_reminder import PaperReminder
from services.letters.domain.kinds.paper_request import PaperRequest
from services.letters.domain.kinds.rapo_decision import REJECTING, RapoDecision
from services.letters.domain.kinds.rapo_receipt import RapoReceipt
from services.letters.domain.kinds.refusal import Refusal
from services.letters.domain.kinds.renewal_reminder import RenewalReminder
from services.letters.domain.kinds.repeal import Repeal
from services.letters.domain.kinds.right_ended import RightEnded
from services.letters.domain.kinds.state_transfer import StateTransfer
from services.letters.domain.kinds.title_reminder import TitleReminder
from services.letters.domain.kinds.transfer import Transfer
from services.letters.domain.kinds.transmitter_receipt import NO_REFERENCE, TransmitterReceipt
from services.letters.domain.kinds.withdrawal import Withdrawal
from shared.contract import events
from shared.contract.facts import OWN_CHANNELS
from shared.contract.letter_kinds import LetterKind
from shared.ids import named_uuid

PRIOR_APPEALS = frozenset({"rapo", "gracieux"})
INSURED = frozenset({"regular_stay", "rights_maintained"})
STALE = dt.timedelta(days=31)  # a due date told later than this has no reader any more: a base that was stopped, moved


@dataclass(frozen=True)
class LetterRequest:
    """A letter to write. ``cause`` tells the letter from others of its kind in the same application.

    ``issuer``: the caisse in whose name it is written, where it is not the one that holds the file.
    """

    kind: LetterKind
    application_id: UUID
    cause: str
    details: Details
    decision_id: UUID | None = None
    request_no: int | None = None
    issuer: str | None = None

    @cached_property
    def letter_id(self) -> UUID:
        """The id of the letter, derived from what calls for it: the same event gives the same letter."""
        return named_uuid("letter", self.application_id, self.kind.value, self.cause)


def letter_requests(event: events.Event) -> list[LetterRequest]:
    """The letters this event calls for. An implicit refusal is born of silence: it calls for none."""
    application = event.application_id
    match event:
        case events.ApplicationSubmitted():
            return _received(event)
        case events.ApplicationTransferred():
            cause, details = f"{event.to_caisse} {event.id}", Transfer(to_caisse=event.to_caisse)
            return [LetterRequest(LetterKind.TRANSFER, application, cause, details, issuer=event.from_caisse)]
        case events.AppointmentSet() | events.AppointmentChanged():
            return _appointment(event)
        case events.Evaluated() if event.letter == LetterKind.STATE_TRANSFER:
            return [_caused(event, LetterKind.STATE_TRANSFER, "route", StateTransfer())]
        case events.Summoned():
            return [_summons(event)]
        case events.PapersRequested():
            return [_papers(event)]
        case events.Granted() | events.Refused():
            return _decision(event)
        case events.MatchConfirmed():
            return [_caused(event, LetterKind.MATCH_NOTICE, str(event.pair_id), MatchNotice(due_on=event.due_on))]
        case events.Appealed() | events.AppealSettled():
            return _appeal(event)
        case events.HearingOpened() | events.Revoked() | events.RightEnded():
            return _ending(event)
        case events.DeadlineNear() | events.DeadlinePassed():
            return _due(event)
    return []


def _received(event: events.ApplicationSubmitted) -> list[LetterRequest]:
    """The acknowledgement; where a body transmitted the application, its receipt."""
    application, deposit = event.application_id, event.facts.deposit
    found = [LetterRequest(LetterKind.ACKNOWLEDGEMENT, application, "deposit", Acknowledgement())]
    if deposit.channel not in OWN_CHANNELS:
        reference = event.reference.strip()[:LONGEST_REFERENCE] or NO_REFERENCE
        receipt = TransmitterReceipt(received_on=deposit.received_on, reference=reference)
        found.append(_caused(event, LetterKind.TRANSMITTER_RECEIPT, "deposit", receipt))
    return found


def _caused(
    event: events.Event, kind: LetterKind, cause: str, details: Details, decision_id: UUID | None = None
) -> LetterRequest:
    return LetterRequest(kind, event.application_id, cause, details, decision_id=decision_id)


def _papers(event: events.PapersRequested) -> LetterRequest:
    details = PaperRequest(items=event.items, due_on=event.due_on, clock_suspended=event.clock_suspended)
    cause = f"request {event.request_no}"
    return LetterRequest(LetterKind.PAPER_REQUEST, event.application_id, cause, details, request_no=event.request_no)


def slot_of(event: events.AppointmentSet | events.AppointmentChanged) -> Slot | None:
    """The appointment as letters print it; None once it was cancelled, kept or missed."""
    if isinstance(event, events.AppointmentChanged) and event.change != "moved":
        return None
    return Slot(desk=event.desk_name, lines=event.desk_lines, day=event.day, hour=event.hour)


def _appointment(event: events.AppointmentSet | events.AppointmentChanged) -> list[LetterRequest]:
    """The convocation; once for each version of the appointment. One kept or missed calls for no letter."""
    change = "set" if isinstance(event, events.AppointmentSet) else event.change
    if change not in ("set", "moved", "cancelled"):
        return []
    slot = Slot(desk=event.desk_name, lines=event.desk_lines, day=event.day, hour=event.hour)
    details = Appointment(slot=slot, purpose=event.purpose, change=change, bring=event.bring, standby=event.standby)
    return [_caused(event, LetterKind.APPOINTMENT, f"{event.appointment_id} {event.version}", details)]


def _summons(event: events.Summoned) -> LetterRequest:
    """The convocation before a decision: to make the deposit that counts, to establish who the person is, or both."""
    purposes: list[Purpose] = []
    if {"deposit_channel", "filed_by"} & set(event.reasons):
        purposes.append("first_deposit")
    if "identity" in event.reasons:
        purposes.append("identity")
    details = Appointment(purpose=purposes[0], also=purposes[1:])
    return _caused(event, LetterKind.APPOINTMENT, f"summons {event.summons_no}", details)


def _decision(event: events.Granted | events.Refused) -> list[LetterRequest]:
    """The notice of a decision; with a refusal for regular stay goes the way to the insurance scheme."""
    decision = event.decision_id
    if isinstance(event, events.Granted):
        admission = Admission(
            entitlements=event.entitlements,
            refused_members=event.refused_members,
            effect_on=event.effect_on,
            decided_on=event.decided_on,
            automatic=event.automatic,
        )
        motives = event.refused_members
        found = [_caused(event, LetterKind.ADMISSION, str(decision), admission, decision)]
    else:
        motives = event.motives
        refusal = Refusal(motives=motives, decided_on=event.decided_on)
        found = [_caused(event, LetterKind.REFUSAL, str(decision), refusal, decision)]
    if {motive.code for motive in motives} & INSURED:
        found.append(_caused(event, LetterKind.ORIENTATION, str(decision), Orientation()))
    return found


def _appeal(event: events.Appealed | events.AppealSettled) -> list[LetterRequest]:
    """The receipt of an appeal to the caisse, the file for who judges, the answer that rejects nothing.

    An answer that rejects needs its reasons, which an agent gives: it is issued from the desk.
    """
    cause = f"appeal {event.appeal_no}"
    if isinstance(event, events.AppealSettled):
        if event.body not in PRIOR_APPEALS or event.implicit or event.outcome in REJECTING:
            return []
        answer = RapoDecision(outcome=event.outcome, settled_on=event.settled_on)
        return [_caused(event, LetterKind.RAPO_DECISION, cause, answer)]
    if event.body in PRIOR_APPEALS:
        receipt = RapoReceipt(filed_on=event.filed_on, decided_on=event.decided_on)
        return [_caused(event, LetterKind.RAPO_RECEIPT, cause, receipt)]
    file = CdasFile(filed_on=event.filed_on, decided_on=event.decided_on)
    return [_caused(event, LetterKind.CDAS_FILE, cause, file)]


def _ending(event: events.HearingOpened | events.Revoked | events.RightEnded) -> list[LetterRequest]:
    if isinstance(event, events.HearingOpened):
        hearing = Hearing(ground=event.ground, due_on=event.due_on, reference=event.reference)
        return [_caused(event, LetterKind.HEARING, f"{event.decision_id} {event.hearing_no}", hearing)]
    if isinstance(event, events.RightEnded):
        cause = f"{event.decision_id} {event.change} {event.ended_on} {event.member_ranks}"
        repeal = Repeal(
            change=event.change,
            ended_on=event.ended_on,
            member_ranks=event.member_ranks,
            reference=event.reference,
        )
        return [_caused(event, LetterKind.REPEAL, cause, repeal)]
    if event.outcome != "granted":
        return []  # a withdrawn refusal opens the file again: what follows tells it
    withdrawal = Withdrawal(ground=event.ground, revoked_on=event.revoked_on)
    return [_caused(event, LetterKind.WITHDRAWAL, str(event.decision_id), withdrawal, event.decision_id)]


def _due(event: events.DeadlineNear | events.DeadlinePassed) -> list[LetterRequest]:
    """Reminders and the end of a right. A due date told long after it has passed calls for nothing."""
    due = event.due_on
    if event.business_date - due > STALE:
        return []
    near = isinstance(event, events.DeadlineNear)
    cause = f"{event.clock} {due}"
    match event.clock, near:
        case "papers_due", True:
            return [_caused(event, LetterKind.PAPER_REMINDER, cause, PaperReminder(due_on=due))]
        case "renewal", True:
            return [_caused(event, LetterKind.RENEWAL_REMINDER, cause, RenewalReminder(ends_on=due))]
        case "renewal", False:
            return [_caused(event, LetterKind.RIGHT_ENDED, cause, RightEnded(ended_on=due))]
        case "card_collection", False:
            return [_caused(event, LetterKind.TITLE_REMINDER, cause, TitleReminder())]
    return []
