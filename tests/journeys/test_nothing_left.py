"""A person goes through all five services and is erased: no byte of who he is, or of what he has, is left anywhere."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from deploy.local.platform import Platform
from shared.access.principal import Role
from shared.contract.events import ACCESS, APPLICATION, DECISION, IDENTITY, LETTER
from shared.messaging.catalogue import TOPICS
from shared.settings import SERVICES
from tests.guarantees import history
from tests.journeys.house import House
from tests.letters.domain.titles.pictures import picture
from tests.load.applications import OVER_CEILING, application, csv_of
from tests.waiting import until

pytestmark = pytest.mark.journey

AUTUMN = dt.date(2026, 9, 15)
WORDS = ("Zwyxkharo", "Quorvindel", "Jezhwikka", "Vlomxquey", "Ghyzolante", "Mxartuvol", "ref-xqzjv")
BORN, ENTERED, MEANS = "1957-08-29", "2019-07-23", 3_141_593
SCANS = {name: b"%PDF-1.7\n" + f"Qmvzx {name}".encode() for name in ("pièce", "photographie", "enveloppe")}
TRACES = (*WORDS, "29/08/1957", BORN, ENTERED, str(MEANS), "31 415,93", "31415.93", "Qmvzx")
"""What would name him or tell of his means, as people and as machines write it; nobody else here has any of it."""


def of_him(caisse: str, day: dt.date, reference: str) -> dict[str, Any]:
    body = application(900, 900, caisse=caisse, day=day.isoformat(), scenario=OVER_CEILING)
    family, given, usage, place, street, town, mark = WORDS
    who = {"family_name": family, "given_names": given, "usage_name": usage, "birth_place": place, "birth_date": BORN}
    member = body["members"][0]
    body["members"] = [{**member, **who, "stay": {**member["stay"], "entered_on": ENTERED}}]
    body["address"] |= {"line": f"12 rue {street}", "city": town}
    body["means"] = {"estimate_cents": MEANS}
    return {**body, "reference": f"{mark}-{reference}"}


async def test_an_erased_person_is_nowhere_any_more(house: House, platform: Platform) -> None:
    """Refused at one caisse, imported at another, judged the same, parked, posted, and looked up: then erased."""
    await house.live(AUTUMN)
    first = of_him("941", house.today, "a")
    one = await house.filed(first)
    await _papers(house, one)
    await _refused(house, one)
    await _came_back(house, (await house.letters("941", one))["refusal"])
    other = await _imported(house, of_him("771", house.today, "b"))
    [pair] = await house.pairs("771", other)
    verdict = {"judgement": "same", "reason": "identity_documents_agree", "text": f"Bien {WORDS[0]}, né le {BORN}."}
    technician = house.desk(Role.TECHNICIAN, "771")
    await technician.post("dedup", f"/pairs/{pair['pair_id']}/judgements", verdict)
    await technician.post("dedup", "/checks", {"family_name": WORDS[0], "given_names": WORDS[1], "birth_date": BORN})
    await house.rest()
    await _photographed(house, other)
    await _taken_to_print(house)
    pdfs = _pdfs(platform, one, other) | _pictures_and_batches(platform, other)
    assert pdfs <= _file_names(platform)
    await _spoil(platform, one)
    await until(lambda: _parked(platform, one) == {"dedup", "decision", "letters", "reporting"})
    seen = {trace for _, text in _tables(platform) for trace in TRACES if trace.lower() in text.lower()}
    assert {*WORDS, BORN, ENTERED, str(MEANS)} <= seen, "he was everywhere"
    kept = " ".join(text for _, text in _files(platform.state_folder))
    assert all(f"Qmvzx {name}" in kept for name in SCANS)

    operator = house.desk(Role.OPERATOR)
    for erased in (one, other):
        await operator.post("intake", f"/applications/{erased}/erasure", {"legal_ground": "right_to_erasure"})
    await house.rest()
    await _let_the_short_topic_run_out(platform)

    async def left() -> list[str]:
        places = [*_tables(platform), *_files(platform.state_folder), *_files(platform.journal_folder)]
        messages = await _messages(platform)
        assert {topic for topic, text in messages if one in text} >= {IDENTITY, DECISION, LETTER, ACCESS}
        places += messages
        return sorted(
            {f"{place}: {trace}" for place, text in places for trace in TRACES if trace.lower() in text.lower()}
        )

    assert await left() == []
    await until(lambda: not pdfs & _file_names(platform))


async def _papers(house: House, application: str) -> None:
    """A proof of residence and a photograph, as the desk scans them."""
    for name, what in {"pièce": ("energy_bill", "residence"), "photographie": ("photo", "identity")}.items():
        paper = json.dumps({"kind": what[0], "use": what[1], "dated": "2026-03-01"})
        scan = {"file": (f"{WORDS[0]}.pdf", SCANS[name], "application/pdf")}
        path = f"/applications/{application}/papers"
        await house.desk(Role.FRONTEND, "941").call("POST", "intake", path, files=scan, data={"paper": paper})
    await house.rest()


async def _refused(house: House, application: str) -> None:
    """An agent writes of him what he should not."""
    case = await house.case("941", application)
    motives = [{"code": "resources_above_ceiling", "member_rank": 0}]
    reason = f"M. {WORDS[0]}, né le {BORN}, dispose de {MEANS} centimes."
    body = {"outcome": "refuse", "reason": reason, "motives": motives, "version": case["version"]}
    desk = house.desk(Role.TECHNICIAN, "941")
    answer = await desk.call("POST", "decision", f"/cases/{application}/decisions", json=body)
    read = {"If-Match": f'"{answer.json()["version"]}"'}
    confirmed = {"confirm": True, "reason": f"Relu avec {WORDS[1]}."}
    path = f"/cases/{application}/decisions/confirmation"
    await house.people.lead("941").post("decision", path, confirmed, headers=read)
    await house.rest()


async def _came_back(house: House, letter: dict[str, Any]) -> None:
    """The refusal is posted, signed for by somebody, and its envelope comes back and is scanned."""
    desk, day = house.desk(Role.TECHNICIAN, "941"), house.today.isoformat()
    path = f"/letters/{letter['letter_id']}"
    await desk.post("letters", f"{path}/posting", {"posted_on": day, "way": "registered", "number": "2C123456789012"})
    await house.rest()
    await house.tomorrow()
    signed = {"kind": "collected", "on": house.today.isoformat(), "signed_by": WORDS[2]}
    await desk.post("letters", f"{path}/despatches/1/facts", {"facts": [signed]})
    await desk.call("PUT", "letters", f"{path}/despatches/1/envelope", content=SCANS["enveloppe"])
    await house.rest()


async def _photographed(house: House, application: str) -> None:
    """A photograph for his title, cropped by a person."""
    desk, path = house.desk(Role.TECHNICIAN, "771"), f"/applications/{application}/members/0/photograph"
    kind = {"Content-Type": "image/jpeg"}
    given = (await desk.call("PUT", "letters", path, content=picture(), headers=kind)).json()
    await desk.post("letters", f"{path}/crop", given["box"])


async def _taken_to_print(house: House) -> None:
    """His letters lie in a batch that the print room has taken, and whose PDF is fixed."""
    desk = house.desk(Role.TECHNICIAN, "771")
    for batch in (await desk.call("POST", "letters", "/print-batches", json={})).json():
        path = f"/print-batches/{batch['batch_id']}"
        await desk.post("letters", f"{path}/closing", {})
        await desk.post("letters", f"{path}/taking", {})


def _pictures_and_batches(platform: Platform, application: str) -> set[str]:
    """The names of the files with his photograph, and with the batches that he is in."""
    with psycopg.connect(platform.database("letters")) as connection:
        photographs = connection.execute(
            "SELECT sha256 FROM title_photographs WHERE application_id = %s", (application,)
        ).fetchall()
        batches = connection.execute(
            "SELECT pdf_sha256 FROM print_batches JOIN print_batch_letters USING (batch_id) "
            "WHERE application_id = %s AND pdf_sha256 IS NOT NULL",
            (application,),
        ).fetchall()
    assert photographs
    assert batches
    return {name for (name,) in [*photographs, *batches]}


def _pdfs(platform: Platform, *applications: str) -> set[str]:
    """The names of the files with his letters: their words are compressed, their hashes are not."""
    with psycopg.connect(platform.database("letters")) as connection:
        query = "SELECT pdf_sha256 FROM letters WHERE application_id = ANY(%s::uuid[]) AND pdf_sha256 IS NOT NULL"
        found = {name for (name,) in connection.execute(query, (list(applications),))}
    assert len(found) >= 3
    return found


def _file_names(platform: Platform) -> set[str]:
    return {path.name.partition(".")[0] for path in platform.state_folder.rglob("*")}


async def _imported(house: House, body: dict[str, Any]) -> str:
    """Hand the application in as a file of another caisse."""
    frontend = house.desk(Role.FRONTEND, body["caisse"])
    sent = {"file": ("depots.csv", csv_of([body]).encode("utf-8-sig"), "text/csv")}
    made = (await frontend.call("POST", "intake", "/imports", files=sent)).json()
    await house.rest()
    [row] = await frontend.all("intake", f"/imports/{made['import_id']}/rows")
    assert row["verdict"] == "accepted", row
    application_id: str = row["application_id"]
    return application_id


async def _spoil(platform: Platform, key: str) -> None:
    """A message about him that nobody can read: every consumer parks its bytes."""
    producer = AIOKafkaProducer(bootstrap_servers=platform.bootstrap, enable_idempotence=True)
    await producer.start()
    try:
        body = f'{{"type": "application.amended", "family_name": "{WORDS[0]}", "born": "{BORN}"'
        await producer.send_and_wait(APPLICATION, body.encode(), key=key.encode())
    finally:
        await producer.stop()


def _parked(platform: Platform, key: str) -> set[str]:
    found = set()
    for service in SERVICES:
        with psycopg.connect(platform.database(service)) as connection:
            waiting = connection.execute("SELECT 1 FROM parked WHERE key = %s AND body IS NOT NULL", (key,)).fetchone()
            found |= {service} if waiting else set()
    return found


def _tables(platform: Platform) -> Iterator[tuple[str, str]]:
    """Every row of every table of the five databases, as text; bytes as the characters they are."""
    for service in SERVICES:
        with psycopg.connect(platform.database(service, owner=True)) as connection:
            names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            for (name,) in names:
                for row in connection.execute(f'SELECT * FROM "{name}"'.encode()):
                    yield f"{service}.{name}", " ".join(map(_as_text, row))


def _as_text(value: Any) -> str:
    return bytes(value).decode(errors="replace") if isinstance(value, bytes | memoryview) else str(value)


def _files(folder: Path) -> Iterator[tuple[str, str]]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield str(path.relative_to(folder)), path.read_bytes().decode(errors="replace")


async def _messages(platform: Platform) -> list[tuple[str, str]]:
    """Every message of every topic; those of 400 days and of for ever as they stand, not one removed."""
    names = [topic.name for topic in TOPICS]
    return [
        (record.topic, (record.value or b"").decode(errors="replace"))
        async for record in history.records(platform.bootstrap, names)
    ]


async def _let_the_short_topic_run_out(platform: Platform) -> None:
    """What retention does to the applications' own topic after 35 days; the broker would only look in five minutes."""
    admin = AIOKafkaAdminClient(bootstrap_servers=platform.bootstrap)
    await admin.start()
    try:
        [described] = await admin.describe_topics([APPLICATION])
        everything = {
            TopicPartition(APPLICATION, part["partition"]): RecordsToDelete(before_offset=-1)
            for part in described["partitions"]
        }
        await admin.delete_records(everything)
    finally:
        await admin.close()
