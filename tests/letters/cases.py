"""Examples of letters: one household in 2008, one in 2026, and the events that call for each kind of letter."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from services.letters.domain import library
from services.letters.domain.composition import AppealBody, Author, Letter, Office, References, compose
from services.letters.domain.recipient import Recipient, recipient_of
from services.letters.domain.triggers import letter_requests
from shared.contract import events, facts, reference_data
from shared.contract.events import Actor
from shared.ids import named_uuid

SYSTEM = Actor(role="system", id="decision")
APPLICATION = UUID("018f0000-0000-7000-8000-000000000001")
APPLICANT, CHILD = named_uuid("member", 0), named_uuid("member", 1)

OFFICE = Office(
    code="931",
    name="CPAM de Bobigny",
    town="Bobigny",
    lines=["Service de l’aide médicale de l’État", "195 avenue Paul-Vaillant-Couturier", "93014 BOBIGNY CEDEX"],
    telephone="01 23 45 67 89",
    email="ame@caisse931.example",
)
AUTHOR = Author(name="Camille Ferrand", capacity="responsable du service de l’aide médicale de l’État")
AGENT = "agent-931-1"
CDAS = AppealBody(
    kind="cdas",
    name="Commission départementale d’aide sociale de la Seine-Saint-Denis",
    lines=["Direction départementale des affaires sanitaires et sociales", "8 rue de l’Exemple", "93000 BOBIGNY"],
)
RAPO = AppealBody(kind="rapo", name="CPAM de Bobigny – recours préalable", lines=OFFICE.lines)

RECORDS = [
    reference_data.Caisse(
        code=code,
        name=f"CPAM {code}",
        department=code[:2],
        address=OFFICE.lines,
        telephone=OFFICE.telephone,
        email=OFFICE.email,
        automatic_grant=True,
        signatory=AGENT,
        state_service=["Services de l'État", "5 place de l'Exemple", "93000 BOBIGNY"],
    )
    for code in ("931", "751", "131")
] + [
    reference_data.Agent(id=AGENT, display_name=AUTHOR.name, capacity=AUTHOR.capacity, caisse="931"),
    reference_data.DepositBody(
        code="ccas-saint-denis",
        name="CCAS de Saint-Denis",
        channel=facts.Channel.CCAS,
        address=["2 place de l'Exemple", "93200 SAINT-DENIS"],
    ),
    reference_data.AppealBody(
        caisse="931",
        code="cdas-93",
        kind="cdas",
        name=CDAS.name,
        address=CDAS.lines,
        since=dt.date(2000, 1, 1),
        until=dt.date(2018, 12, 31),
    ),
    reference_data.AppealBody(
        caisse="931", code="rapo-93", kind="rapo", name=RAPO.name, address=RAPO.lines, since=dt.date(2019, 1, 1)
    ),
]


@dataclass(frozen=True)
class Epoch:
    """A year to write letters in: the day of deposit and the appeal body of the time."""

    deposited_on: dt.date
    appeal: AppealBody

    @property
    def references(self) -> References:
        return References(office=OFFICE, author=AUTHOR, appeal=self.appeal, deposit_body="CCAS de Saint-Denis")


PILOT = Epoch(dt.date(2008, 3, 3), CDAS)
TODAY = Epoch(dt.date(2026, 10, 5), RAPO)
EPOCHS = {"2008": PILOT, "2026": TODAY}


def application_facts(
    epoch: Epoch, channel: facts.Channel = facts.Channel.POST, **address: object
) -> facts.ApplicationFacts:
    place = {
        "line": "12 rue de la République",
        "postcode": "93200",
        "city": "Saint-Denis",
        "host_name": "Fatou Traoré",
        **address,
    }
    deposit = facts.Deposit(
        channel=channel,
        body="ccas-saint-denis",
        deposited_on=epoch.deposited_on,
        received_on=epoch.deposited_on + dt.timedelta(days=4),
    )
    members = [
        facts.Member(
            member_id=APPLICANT,
            rank=0,
            relation=facts.Relation.APPLICANT,
            family_name="Koné",
            given_names="Aïssata",
            birth_date="1979-00-00",
        ),
        facts.Member(
            member_id=CHILD,
            rank=1,
            relation=facts.Relation.CHILD,
            family_name="Koné",
            given_names="Souleymane",
            birth_date="2001-07-14",
        ),
    ]
    return facts.ApplicationFacts(deposit=deposit, members=members, address=facts.Address.model_validate(place))


def submitted(
    epoch: Epoch, channel: facts.Channel = facts.Channel.POST, **address: object
) -> events.ApplicationSubmitted:
    return events.ApplicationSubmitted.new(
        application_id=APPLICATION,
        caisse="931",
        actor=SYSTEM,
        correlation_id="",
        business_date=epoch.deposited_on + dt.timedelta(days=4),
        facts=application_facts(epoch, channel, **address),
        reference="2008-931-000042",
    )


def papers_requested(epoch: Epoch, request_no: int = 1) -> events.PapersRequested:
    items = [
        events.RequestedItem(
            code="identity",
            member_rank=1,
            accepted=["passport", "national_id_card", "birth_certificate_extract", "other_identity"],
        ),
        events.RequestedItem(
            code="residence",
            member_rank=0,
            accepted=["entry_stamp", "lease", "energy_bill", "shelter_attestation", "other_residence"],
        ),
        events.RequestedItem(code="means", member_rank=0, accepted=["means_statement"]),
    ]
    return events.PapersRequested.after(
        submitted(epoch),
        SYSTEM,
        request_no=request_no,
        items=items,
        due_on=epoch.deposited_on + dt.timedelta(days=34),
        clock_suspended=True,
        business_date=epoch.deposited_on + dt.timedelta(days=4),
    )


def granted(epoch: Epoch, *, automatic: bool = True, refused: bool = False) -> events.Granted:
    start = epoch.deposited_on
    end = start.replace(year=start.year + 1) - dt.timedelta(days=1)
    rights = [
        events.Entitlement(member_id=member, member_rank=rank, starts_on=start, ends_on=end)
        for rank, member in enumerate([APPLICANT, CHILD])
    ]
    return events.Granted.after(
        submitted(epoch),
        SYSTEM,
        decision_id=named_uuid("decision", "grant"),
        entitlements=rights[:1] if refused else rights,
        refused_members=[events.Motive(code="not_dependant", reference="CSS L. 161-14", facts={"member_rank": "1"})]
        if refused
        else [],
        effect_on=start,
        decided_on=start + dt.timedelta(days=20),
        business_date=start + dt.timedelta(days=20),
        signatory=AGENT,
        automatic=automatic,
    )


def refused(epoch: Epoch) -> events.Refused:
    motives = [
        events.Motive(
            code="resources_above_ceiling",
            reference="CASF L. 251-1 ; CSS L. 861-1 et R. 861-3",
            facts={"member_rank": "0", "resources_cents": "1634500", "limit": "1090815"},
        )
    ]
    return events.Refused.after(
        submitted(epoch),
        SYSTEM,
        decision_id=named_uuid("decision", "refusal"),
        motives=motives,
        decided_on=epoch.deposited_on + dt.timedelta(days=20),
        business_date=epoch.deposited_on + dt.timedelta(days=20),
        appeal_body="rapo",
        signatory=AGENT,
    )


CALLS: dict[str, Callable[[Epoch], events.Event]] = {
    "acknowledgement": submitted,
    "paper_request": papers_requested,
    "admission": granted,
    "refusal": refused,
}


def recipient(epoch: Epoch) -> Recipient:
    event = submitted(epoch)
    return recipient_of(event.application_id, event.caisse, event.facts, event.reference)


def written(event: events.Event, epoch: Epoch, day: dt.date | None = None) -> Letter:
    """The letter an event calls for, composed with the real mentions and words."""
    call = letter_requests(event)[0]
    day = day or epoch.deposited_on + dt.timedelta(days=20)
    to = recipient(epoch)
    if isinstance(event, events.ApplicationSubmitted):
        to = recipient_of(event.application_id, event.caisse, event.facts, event.reference)
    envelope = library.envelopes()["dl"]
    return compose(call, to, epoch.references, library.mentions(), library.wording(), envelope, day)
