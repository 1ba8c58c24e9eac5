"""Lives of applications as their events, drawn at random or told by hand, in any order between topics."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from hypothesis import strategies as st

from shared.contract import events as ev
from shared.contract.facts import (
    Address,
    ApplicationFacts,
    Channel,
    Deposit,
    Kind,
    Member,
    Paper,
    PaperKind,
    PaperUse,
    Relation,
)
from shared.ids import named_uuid

E = TypeVar("E", bound=ev.Event)

SYSTEM = ev.Actor(role="system", id="test")
CAISSES = ("751", "931", "941")
START = dt.date(2008, 1, 1)
ADDRESSES = (
    Address(),
    Address(line="1 rue de l'Exemple", postcode="93200", city="Saint-Denis"),
    Address(body="CCAS de l'Exemple", postcode="93200", city="Saint-Denis", telephone="0102030405"),
    Address(line="1 rue de l'Exemple", city="Saint-Denis", telephone="0102030405"),
)


def facts(
    *,
    received_on: dt.date,
    deposited_on: dt.date | None = None,
    births: tuple[str | None, ...] = ("1975-03-01",),
    kind: Kind = Kind.FIRST,
    channel: Channel = Channel.CPAM,
    priority: bool = False,
    application: str = "a",
) -> ApplicationFacts:
    """The facts of an application whose members were born on these days."""
    members = [
        Member(
            member_id=named_uuid(application, rank),
            rank=rank,
            family_name="NOM",
            birth_date=birth,
            relation=Relation.APPLICANT if rank == 0 else Relation.CHILD,
        )
        for rank, birth in enumerate(births)
    ]
    papers = []
    if priority:
        papers = [
            Paper(
                paper_id=named_uuid(application, "p"),
                kind=PaperKind.PRIORITY_CERTIFICATE,
                use=PaperUse.OTHER,
                received_on=received_on,
            )
        ]
    deposit = Deposit(channel=channel, body="body", deposited_on=deposited_on or received_on, received_on=received_on)
    return ApplicationFacts(kind=kind, deposit=deposit, members=members, papers=papers)


@dataclass
class Life:
    """Tells the events of one application, numbering them per topic as the outbox does."""

    name: str
    caisse: str = "751"

    def __post_init__(self) -> None:
        self.id: UUID = named_uuid("application", self.name)
        self.numbers: dict[str, int] = {}

    def tell(self, model: type[E], on: dt.date, **fields: Any) -> E:
        number = self.numbers[model.topic] = self.numbers.get(model.topic, 0) + 1
        return model.new(
            id=named_uuid(self.name, model.topic, number),
            application_id=self.id,
            caisse=self.caisse,
            actor=SYSTEM,
            correlation_id="",
            business_date=on,
            occurred_at=dt.datetime(2008, 1, 1, tzinfo=dt.UTC),
            sequence=number,
            **fields,
        )

    def submitted(self, on: dt.date, address: Address = ADDRESSES[0], **given: Any) -> ev.ApplicationSubmitted:
        told = facts(received_on=on, application=self.name, **given).model_copy(update={"address": address})
        return self.tell(ev.ApplicationSubmitted, on, facts=told)

    def transferred(self, on: dt.date, to: str) -> ev.ApplicationTransferred:
        origin, self.caisse = self.caisse, to
        return self.tell(ev.ApplicationTransferred, on, from_caisse=origin, to_caisse=to, reason="moved")

    def withdrawn(self, on: dt.date) -> ev.ApplicationWithdrawn:
        return self.tell(ev.ApplicationWithdrawn, on, reason="applicant_request")

    def completed(self, on: dt.date) -> ev.FileCompleted:
        return self.tell(ev.FileCompleted, on, completed_on=on)

    def papers_requested(self, on: dt.date) -> ev.PapersRequested:
        due = on + dt.timedelta(days=30)
        return self.tell(ev.PapersRequested, on, request_no=1, items=[], due_on=due, clock_suspended=True)

    def granted(
        self, on: dt.date, members: int = 1, refused: tuple[str, ...] = (), automatic: bool = False
    ) -> ev.Granted:
        rights = [
            ev.Entitlement(
                member_id=named_uuid(self.name, rank),
                member_rank=rank,
                starts_on=on,
                ends_on=on + dt.timedelta(days=364),
            )
            for rank in range(members)
        ]
        return self.tell(
            ev.Granted,
            on,
            decision_id=named_uuid(self.name, "decision"),
            entitlements=rights,
            effect_on=on,
            decided_on=on,
            signatory="dir-751",
            automatic=automatic,
            refused_members=[ev.Motive(code=code, reference="CASF L. 251-1") for code in refused],
        )

    def refused(self, on: dt.date, *motives: str) -> ev.Refused:
        return self.tell(
            ev.Refused,
            on,
            decision_id=named_uuid(self.name, "decision"),
            decided_on=on,
            appeal_body="cdas",
            signatory="tech-1",
            motives=[ev.Motive(code=code, reference="CASF L. 251-1") for code in motives or ("over_ceiling",)],
        )

    def lapsed(self, on: dt.date) -> ev.LapsedToRefusal:
        decision = named_uuid(self.name, "decision")
        return self.tell(ev.LapsedToRefusal, on, decision_id=decision, lapsed_on=on, appeal_body="cdas")

    def appeal_settled(self, on: dt.date, reopened: bool = True) -> ev.AppealSettled:
        outcome = "annulled" if reopened else "rejected"
        fields: dict[str, Any] = {
            "decision_id": self.id,
            "appeal_no": 1,
            "body": "rapo",
            "outcome": outcome,
            "implicit": False,
        }
        return self.tell(ev.AppealSettled, on, **fields, settled_on=on, reopened=reopened)

    def revoked(self, on: dt.date, outcome: str) -> ev.Revoked:
        fields = {"decision_id": named_uuid(self.id, "revoked"), "revoked_decision_id": self.id, "outcome": outcome}
        return self.tell(
            ev.Revoked, on, **fields, ground="unlawful", revoked_on=on, signatory="t", reference="CRPA L. 242-1"
        )

    def signalled(self, on: dt.date, *pairs: str, facts_sequence: int = 1) -> ev.SignalRaised:
        """``facts_sequence`` 0: the search of the other application met this one."""
        told = [
            ev.PairFact(
                pair_id=named_uuid("pair", pair),
                member_id=named_uuid(self.name, 0),
                other_member_id=named_uuid(pair, 0),
                other_application_id=named_uuid("application", pair),
                other_caisse="931",
                probability=0.9,
                level="to_examine",
                features=[],
            )
            for pair in pairs
        ]
        fields: dict[str, Any] = {"checked_pairs": 3, "algorithm": "a", "model_version": "1"}
        return self.tell(ev.SignalRaised, on, pairs=told, facts_sequence=facts_sequence, **fields)

    def judged(self, on: dt.date, pair: str, judgement: str) -> ev.PairJudged:
        return self.tell(
            ev.PairJudged,
            on,
            pair_id=named_uuid("pair", pair),
            other_application_id=named_uuid("application", pair),
            judgement=judgement,
            reason_code="r",
            reviewer="tech-1",
            open_pairs=0,
        )

    def cleared(self, on: dt.date) -> ev.IdentityCleared:
        return self.tell(ev.IdentityCleared, on, facts_sequence=1, checked_pairs=3, algorithm="a", model_version="1")

    def right_ended(self, on: dt.date, *ranks: int) -> ev.RightEnded:
        fields: dict[str, Any] = {"decision_id": named_uuid(self.name, "decision"), "change": "departure"}
        fields |= {"member_ranks": list(ranks), "ended_on": on, "reference": "CASF L. 251-1", "confidence": "V"}
        return self.tell(ev.RightEnded, on, **fields)

    def appealed(self, on: dt.date) -> ev.Appealed:
        fields: dict[str, Any] = {"decision_id": self.id, "appeal_no": 1, "body": "rapo", "filed_by": "person"}
        return self.tell(ev.Appealed, on, **fields, filed_on=on, in_time=True)

    def asked(self, on: dt.date, no: int, outside: int) -> ev.PapersRequested:
        items = [ev.RequestedItem(code="identity", member_rank=0, accepted=["passport"])]
        items += [ev.RequestedItem(code="other", member_rank=0, accepted=[], reason="doubt") for _ in range(outside)]
        due = on + dt.timedelta(days=30)
        return self.tell(ev.PapersRequested, on, request_no=no, items=items, due_on=due, clock_suspended=True)

    def handed_over(self, on: dt.date) -> ev.TitleHandedOver:
        return self.tell(ev.TitleHandedOver, on, handed_on=on, serial=self.serial(0), received_by="person")

    def serial(self, copy_no: int) -> str:
        return f"{self.name}-{copy_no}"

    def title(self, model: type[E], on: dt.date, copy_no: int = 0, **fields: Any) -> E:
        """An event of a title of the applicant, with its own day under the name that it has there."""
        day = next(name for name in model.model_fields if name.endswith("_on") and name not in ("starts_on", "ends_on"))
        told = {"title_id": named_uuid(self.name, "title", copy_no), "copy_no": copy_no, "form": "paper_attestation"}
        return self.tell(model, on, **told, serial=self.serial(copy_no), **{day: on}, **fields)

    def title_ordered(self, on: dt.date, copy_no: int = 0, replaced_for: str = "") -> ev.TitleOrdered:
        decision = named_uuid(self.name, "decision")
        right = {"decision_id": decision, "member_rank": 0, "listed_ranks": [], "starts_on": on, "ends_on": on}
        return self.title(ev.TitleOrdered, on, copy_no, replaced_for=replaced_for, **right)

    def paper(self, on: dt.date, act: str, **fates: int) -> ev.PaperRegistered:
        return self.tell(ev.PaperRegistered, on, act=act, fates=fates, happened_on=on)

    def evaluated(self, on: dt.date, findings: int = 1) -> ev.Evaluated:
        finding = ev.Finding(rule="r", fact="f", value="", reference="CASF", confidence="V", verdict="met")
        fields: dict[str, Any] = {"evaluation_id": named_uuid(self.name, "evaluation", on), "facts_sequence": 1}
        fields |= {"rule_set": "r", "on_date": on, "findings": [finding] * findings, "proposal": "grant", "digest": "d"}
        return self.tell(ev.Evaluated, on, **fields)

    def returned(self, on: dt.date, kind: str, cause: str = "unknown") -> ev.LetterReturned:
        letter = named_uuid(self.name, kind, 1)
        fields: dict[str, Any] = {"letter_id": letter, "kind": kind, "despatch_no": 1, "way": "ordinary"}
        return self.tell(ev.LetterReturned, on, **fields, returned_on=on, cause=cause)

    def spoiled(self, on: dt.date, kind: str, sheets: int) -> ev.PaperSpoiled:
        letter, serials = named_uuid(self.name, kind, 1), [f"S{n}" for n in range(sheets)]
        return self.tell(ev.PaperSpoiled, on, letter_id=letter, kind=kind, serials=serials, cause="jam", spoiled_on=on)

    def linked(self, on: dt.date, rank: int, person: str) -> ev.Linked:
        member = named_uuid(self.name, rank)
        return self.tell(ev.Linked, on, person_id=named_uuid("person", person), pair_id=None, member_id=member)

    def letter(self, on: dt.date, kind: str, no: int = 1) -> ev.LetterIssued:
        return self.tell(
            ev.LetterIssued,
            on,
            letter_id=named_uuid(self.name, kind, no),
            kind=kind,
            template=kind,
            template_version=1,
            language="fr",
            issued_on=on,
            content_hash="0",
        )

    def posted(self, on: dt.date, kind: str, no: int = 1) -> ev.LetterPosted:
        return self.tell(ev.LetterPosted, on, letter_id=named_uuid(self.name, kind, no), kind=kind, posted_on=on)

    def rendered(self, on: dt.date, kind: str, no: int = 1) -> ev.LetterRendered:
        letter = named_uuid(self.name, kind, no)
        return self.tell(ev.LetterRendered, on, letter_id=letter, kind=kind, pdf_sha256="0" * 64, pages=2)

    def cancelled(self, on: dt.date, kind: str, no: int = 1) -> ev.LetterCancelled:
        return self.tell(ev.LetterCancelled, on, letter_id=named_uuid(self.name, kind, no), kind=kind, reason="error")


def full_life(draw: st.DrawFn, name: str) -> list[ev.Event]:
    """One application with everything that figures count: requests, returns, titles, appeals, rights that end."""
    life = Life(name, draw(st.sampled_from(CAISSES)))
    births = draw(st.lists(st.sampled_from(["1940-01-01", "1970-00-00", "1999-05-12", None]), min_size=1, max_size=3))
    told: list[ev.Event] = [
        life.submitted(
            draw(days),
            births=tuple(births),
            kind=draw(st.sampled_from(Kind)),
            channel=draw(st.sampled_from((Channel.CPAM, Channel.CCAS))),
            address=draw(st.sampled_from(ADDRESSES)),
        )
    ]
    if draw(st.booleans()):
        told.append(life.transferred(draw(days), "941"))
    told += [life.asked(draw(days), no, draw(st.integers(0, 2))) for no in range(1, draw(st.integers(1, 3)))]
    told += [
        life.signalled(draw(days), "x", "y", facts_sequence=draw(st.integers(0, 1))),
        life.judged(draw(days), "x", draw(st.sampled_from(["same", "unsure"]))),
    ]
    told.append(life.completed(draw(days)))
    if draw(st.booleans()):
        told += [life.refused(draw(days), "over_ceiling"), life.appealed(draw(days))]
        told.append(life.appeal_settled(draw(days), reopened=False))
    else:
        told += [life.granted(draw(days), members=draw(st.integers(1, len(births))))]
        told += [life.letter(draw(days), "admission"), life.posted(draw(days), "admission")]
        if draw(st.booleans()):
            told += [life.returned(draw(days), "admission"), life.posted(draw(days), "admission")]
        told += titles_of(draw, life)
        if draw(st.booleans()):
            told.append(life.handed_over(draw(days)))
        if draw(st.booleans()):
            told.append(life.spoiled(draw(days), "admission", draw(st.integers(1, 3))))
        if draw(st.booleans()):
            told.append(life.right_ended(draw(days), 0))
    if draw(st.booleans()):
        told.append(life.linked(draw(days), 0, draw(st.sampled_from("pq"))))
    return told


def titles_of(draw: st.DrawFn, life: Life) -> list[ev.Event]:
    """A title of the applicant on its way, as far as it comes: at the desk, posted and back, void and made again."""
    told: list[ev.Event] = [life.title_ordered(draw(days)), life.title(ev.TitleProduced, draw(days))]
    told.append(life.title(ev.TitleReceived, draw(days)))
    if draw(st.booleans()):
        told += [life.title(ev.TitlePosted, draw(days)), life.title(ev.TitleReturned, draw(days))]
    if draw(st.booleans()):
        cause = draw(st.sampled_from(["", "loss", "damage"]))  # none was told before duplicates said theirs
        told += [life.title(ev.TitleVoided, draw(days), reason=cause or "loss")]
        told.append(life.title_ordered(draw(days), 1, cause))
        told.append(life.title(ev.TitleReceived, draw(days), 1))
    return told[: draw(st.integers(0, len(told)))]


def register(draw: st.DrawFn, caisse: str) -> list[ev.Event]:
    """The acts of a register of secured paper, which no file tells."""
    life = Life(f"register-{caisse}", caisse)
    told: list[ev.Event] = [life.paper(draw(days), "delivered", stock=100)]
    told += [life.paper(draw(days), "used", stock=-2, used=2), life.paper(draw(days), "spoiled", used=-1, spoiled=1)]
    told += [life.paper(draw(days), "missed", stock=-1, unaccounted=1)]
    return told[: draw(st.integers(0, len(told)))]


full_lives = st.composite(full_life)
registers = st.composite(register)

days = st.integers(-20, 200).map(lambda n: START + dt.timedelta(days=n))


@st.composite
def lives(draw: st.DrawFn, name: str = "a") -> list[ev.Event]:
    """All events of one application, whose dates may contradict each other: backdated decisions, late transfers."""
    life = Life(name, draw(st.sampled_from(CAISSES)))
    births = draw(st.lists(st.sampled_from(["1970-00-00", "1999-05-12", "1990-01-15", None]), min_size=1, max_size=4))
    told: list[ev.Event] = [
        life.submitted(
            draw(days),
            births=tuple(births),
            kind=draw(st.sampled_from(Kind)),
            channel=draw(st.sampled_from(Channel)),
            priority=draw(st.booleans()),
        )
    ]
    for to in draw(st.lists(st.sampled_from(CAISSES), max_size=3)):
        if to != life.caisse:
            told.append(life.transferred(draw(days), to))
    if draw(st.booleans()):
        told.append(life.signalled(draw(days), "x", "y"))
        on = draw(days)
        told.append(life.cleared(on) if draw(st.booleans()) else life.judged(on, "x", "different"))
    if draw(st.booleans()):
        told.append(life.papers_requested(draw(days)))
    if draw(st.booleans()):
        told.append(life.completed(draw(days)))
    closing = draw(st.sampled_from(["", "granted", "refused", "lapsed", "withdrawn", "crossed"]))
    if closing in ("withdrawn", "crossed"):
        told.append(life.withdrawn(draw(days)))
    if closing in ("granted", "crossed"):
        told += [life.granted(draw(days)), life.letter(draw(days), "admission"), life.posted(draw(days), "admission")]
    if closing == "refused":
        told += [life.refused(draw(days), "over_ceiling", "identity_not_proved"), life.letter(draw(days), "refusal")]
    if closing == "lapsed":
        told.append(life.lapsed(draw(days)))
    return told


@st.composite
def deliveries(draw: st.DrawFn, told: list[ev.Event]) -> list[ev.Event]:
    """The same events as a consumer may get them: any order between topics, and any of them told again later."""
    queues: dict[str, list[ev.Event]] = {}
    for event in told:
        queues.setdefault(event.topic, []).append(event)
    got: list[ev.Event] = []
    while any(queues.values()):
        queue = draw(st.sampled_from([queue for queue in queues.values() if queue]))
        got.append(queue.pop(0))
        if draw(st.integers(0, 4)) == 0:
            got.append(draw(st.sampled_from(got)))
    return got
