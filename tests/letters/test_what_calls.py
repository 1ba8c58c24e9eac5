"""Which events call for which letters, on real parts: bodies that transmit, the State's services, appointments."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from uuid import UUID

import pytest

from services.letters.tables import documents, letters
from shared.contract import events, facts
from shared.contract.reference_data import Caisse
from shared.ids import uuid7
from shared.messaging.reference_table import ReferenceTable
from shared.service.runtime import Runtime
from tests.letters.cases import RECORDS, SYSTEM, TODAY, granted, submitted
from tests.letters.test_handlers import numbered, rows, take

pytestmark = pytest.mark.usefixtures("runtime")
TRANSMITTING = [channel for channel in facts.Channel if channel not in facts.OWN_CHANNELS]


@pytest.mark.parametrize("channel", TRANSMITTING)
async def test_who_transmits_an_application_gets_a_receipt_without_a_word_of_the_person(
    runtime: Runtime, channel: facts.Channel
) -> None:
    (event,) = numbered(submitted(TODAY, channel))
    await take(runtime, event)
    await take(runtime, event.model_copy(update={"id": uuid7(), "sequence": 2}))
    found = {row.content["kind"]: row.content for row in await rows(runtime, documents)}
    assert set(found) == {"acknowledgement", "transmitter_receipt"}
    receipt = found["transmitter_receipt"]
    assert receipt["window"] == ["CCAS de Saint-Denis", "2 PLACE DE L EXEMPLE", "93200 SAINT DENIS"]
    assert "9 octobre 2026" in str(receipt["blocks"])
    assert "2008-931-000042" in str(receipt["blocks"])
    assert "va être examiné" in str(receipt["blocks"]), "what is missing is not known yet"
    for personal in ("KON", "Aïssata", "Traoré", "République"):
        assert personal not in str(receipt)


@pytest.mark.parametrize("channel", sorted(facts.OWN_CHANNELS))
async def test_what_the_caisse_received_itself_has_no_receipt(runtime: Runtime, channel: facts.Channel) -> None:
    await take(runtime, *numbered(submitted(TODAY, channel)))
    assert [row.kind for row in await rows(runtime, letters)] == ["acknowledgement"]


async def test_a_body_whose_address_is_not_known_is_never_written_to_at_the_person_s(runtime: Runtime) -> None:
    first = submitted(TODAY, facts.Channel.HOSPITAL)
    deposit = first.facts.deposit.model_copy(update={"body": "hop-unknown"})
    (event,) = numbered(first.model_copy(update={"facts": first.facts.model_copy(update={"deposit": deposit})}))
    await take(runtime, event)
    (letter,) = [row for row in await rows(runtime, letters) if row.kind == "transmitter_receipt"]
    (content,) = [row.content for row in await rows(runtime, documents) if row.letter_id == letter.letter_id]
    assert letter.problems == ["address_without_town"], "it waits for a person, or leaves electronically"
    assert content["window"] == ["L’organisme qui a transmis la demande"]


def evaluated(application: UUID, letter: str) -> events.Event:
    return events.Evaluated.after(
        granted(TODAY),
        SYSTEM,
        evaluation_id=uuid7(),
        facts_sequence=1,
        rule_set="x",
        on_date=TODAY.deposited_on,
        findings=[],
        proposal="human",
        digest="x",
        letter=letter,
    ).model_copy(update={"application_id": application})


async def test_the_humanitarian_route_is_passed_to_the_services_of_the_state_once(runtime: Runtime) -> None:
    (first,), (other,) = numbered(submitted(TODAY)), numbered(submitted(TODAY))
    await take(runtime, evaluated(first.application_id, "state_transfer"))  # before the application, too
    await take(runtime, first, other)
    await take(runtime, evaluated(first.application_id, "state_transfer"), evaluated(other.application_id, "refusal"))
    found = [row.content for row in await rows(runtime, documents) if row.content["kind"] == "state_transfer"]
    assert [row.kind for row in await rows(runtime, letters)].count("refusal") == 0
    (content,) = found
    (place,) = [block for block in content["blocks"] if block["type"] == "address"]
    assert place["lines"] == ["Services de l’État", "5 place de l’Exemple", "93000 BOBIGNY"]
    assert content["window"][0] == "Aïssata KONÉ"


async def test_without_the_address_of_the_state_s_services_the_letter_names_none(runtime: Runtime) -> None:
    records = [one.model_copy(update={"state_service": []}) if isinstance(one, Caisse) else one for one in RECORDS]
    runtime = replace(runtime, reference=ReferenceTable.of(runtime.settings, records))
    (first,) = numbered(submitted(TODAY))
    await take(runtime, first)
    await take(runtime, evaluated(first.application_id, "state_transfer"))
    (content,) = [row.content for row in await rows(runtime, documents) if row.content["kind"] == "state_transfer"]
    assert not [block for block in content["blocks"] if block["type"] == "address"]


async def test_an_appointment_is_printed_and_printed_again_when_it_moves(runtime: Runtime) -> None:
    common = {
        "appointment_id": uuid7(),
        "desk": "a93",
        "desk_name": "Accueil de Bobigny",
        "desk_lines": ["195 avenue Paul-Vaillant-Couturier", "93014 BOBIGNY"],
        "day": dt.date(2026, 11, 3),
        "purpose": "hand_over",
        "bring": ["passport"],
    }
    set_ = events.AppointmentSet.after(submitted(TODAY), SYSTEM, version=1, hour="09:30", **common)
    moved = events.AppointmentChanged.after(submitted(TODAY), SYSTEM, version=2, hour="14:00", change="moved", **common)
    kept = events.AppointmentChanged.after(submitted(TODAY), SYSTEM, version=3, hour="14:00", change="kept", **common)
    await take(runtime, *numbered(submitted(TODAY), set_, moved, kept))
    found = [row.content for row in await rows(runtime, documents) if row.content["kind"] == "appointment"]
    hours = sorted(block["text"] for one in found for block in one["blocks"] if block["type"] == "notice")
    assert hours == [
        "Nous vous attendons le 3 novembre 2026, à 14\u00a0h.",
        "Nous vous attendons le 3 novembre 2026, à 9\u00a0h\u00a030.",
    ]


async def test_a_reminder_of_a_title_carries_the_appointment_that_stands(runtime: Runtime) -> None:
    """Not one that was cancelled, not one for another purpose: without any, it says how to come without one."""
    common = {"desk": "a93", "desk_name": "Accueil de Bobigny", "desk_lines": [], "version": 1, "bring": []}
    facts = submitted(TODAY)
    late = dt.date(2026, 12, 3)
    kept, gone = uuid7(), uuid7()
    others = [
        events.AppointmentSet.after(
            facts, SYSTEM, appointment_id=key, purpose=purpose, day=dt.date(2026, 11, day), hour="09:30", **common
        )
        for key, purpose, day in ((gone, "hand_over", 20), (kept, "hand_over", 24), (uuid7(), "interview", 19))
    ]
    cancelled = events.AppointmentChanged.after(
        facts,
        SYSTEM,
        appointment_id=gone,
        purpose="hand_over",
        day=dt.date(2026, 11, 20),
        hour="09:30",
        change="cancelled",
        **common,
    )
    batch = numbered(facts, *others, cancelled)
    application = batch[0].application_id
    await take(runtime, *batch)
    for due in (dt.date(2026, 11, 10), late):
        told = events.DeadlinePassed.after(granted(TODAY), SYSTEM, clock="card_collection", due_on=due)
        (event,) = numbered(told.model_copy(update={"business_date": due}), application_id=application)
        await take(runtime, event)
    found = [row.content for row in await rows(runtime, documents) if row.content["kind"] == "title_reminder"]
    said = {one["date"]: str(one["blocks"]) for one in found}
    assert "le 24 novembre 2026, à 9\\xa0h\\xa030" in said["2026-11-10"]
    assert "20 novembre" not in said["2026-11-10"]
    assert "sans rendez-vous" in said[late.isoformat()]
