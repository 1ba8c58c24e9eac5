"""Lives of applications over the real broker, the real databases and the five services as processes.

Each journey takes caisses of its own, so that the quarterly table of a caisse tells its story and no other.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

import pytest

from shared.access.principal import Role
from tests.journeys.house import House
from tests.load.applications import NO_RESIDENCE_PAPER, OVER_CEILING, application, csv_of, respelled

pytestmark = pytest.mark.journey

YEAR_BEFORE = dt.date(2025, 10, 15)
AUTUMN = dt.date(2026, 9, 15)
SEED = 77


def body(number: int, caisse: str, day: dt.date, scenario: str = "complete", **changes: Any) -> dict[str, Any]:
    """The application of an invented person at the counter of a caisse."""
    made = application(number, SEED, caisse=caisse, day=day.isoformat(), scenario=scenario)
    for paper in made["papers"]:
        paper["dated"] = min(paper["dated"], (day - dt.timedelta(days=100)).isoformat())
    return {**made, **changes}


async def test_a_renewal_follows_its_first_right(house: House) -> None:
    """Marseille: a right of a year, its renewal declared with the earlier file: linked by a person, granted without
    gap."""
    await house.live(YEAR_BEFORE)
    first = body(1, "131", house.today)
    earlier = await house.filed(first)
    assert await house.status("131", earlier) == "granted"

    await house.live(AUTUMN)
    renewal = body(1, "131", house.today, kind="renewal", reference="renewal-1")
    renewal["members"][0]["earlier_application_id"] = earlier
    renewal["earlier_rights"] = [
        {
            "caisse": "131",
            "application_id": earlier,
            "granted": True,
            "starts_on": "2025-10-15",
            "ends_on": "2026-10-14",
        }
    ]
    again = await house.filed(renewal)
    for pair in await house.pairs("131", again):
        assert pair["kind"] == "link_proposal"  # a file that the person declares is no suspicion
        verdict = {"judgement": "same", "reason": "declared_by_person", "text": ""}
        await house.desk(Role.TECHNICIAN, "131").post("dedup", f"/pairs/{pair['pair_id']}/judgements", verdict)
    await house.rest()
    if await house.status("131", again) != "granted":
        await house.decide("131", again, "grant")
    assert await house.status("131", again) == "granted"
    figures = await house.figures("131")
    assert (figures["received"], figures["received_renewal"], figures["granted"]) == (1, 1, 1)
    assert "signals_raised" not in figures
    assert set(await house.letters("131", again)) == {"acknowledgement", "admission"}


async def test_a_complete_file_goes_from_the_counter_to_the_letter_and_the_table(house: House) -> None:
    """Paris: everything is there, nobody resembles the person, the policy allows an automatic grant."""
    await house.live(AUTUMN)
    filed = await house.filed(body(2, "751", house.today))
    assert await house.status("751", filed) == "granted"
    letters = await house.letters("751", filed)
    assert set(letters) == {"acknowledgement", "admission"}
    for letter in letters.values():
        assert (await house.pdf("751", letter)).startswith(b"%PDF-")
    await house.tomorrow()
    await house.post_letter("751", letters["admission"])
    figures = await house.figures("751")
    expected = {
        "received": 1,
        "received_first": 1,
        "granted": 1,
        "granted_automatically": 1,
        "decisions": 1,
        "persons_concerned": 1,
        "adults_concerned": 1,
        "persons_granted": 1,
        "mean_instruction_days": 1.0,
        "notified": 1,
        "letters_issued.acknowledgement": 1,
        "letters_issued.admission": 1,
        "letters_posted": 1,
        "admission_rate": 100.0,
    }
    assert {name: figures[name] for name in expected} == expected
    assert not [name for name in figures if "refus" in name or "signal" in name]


async def test_an_incomplete_file_is_asked_for_its_paper_and_then_granted(house: House) -> None:
    """Bobigny: the paper that proves residence is missing; it is asked for, brought, and the grant follows."""
    await house.live(AUTUMN)
    filed = await house.filed(body(3, "931", house.today, NO_RESIDENCE_PAPER))
    assert await house.status("931", filed) == "papers_requested"
    letters = await house.letters("931", filed)
    assert set(letters) == {"acknowledgement", "paper_request"}
    await house.tomorrow()
    await house.post_letter("931", letters["paper_request"])
    case = await house.case("931", filed)
    assert [item["code"] for item in case["missing"]] == ["residence"]

    day = await house.tomorrow()
    paper = {"kind": "energy_bill", "use": "residence", "dated": "2026-03-10", "received_on": day.isoformat()}
    await house.desk(Role.TECHNICIAN, "931").post("intake", f"/applications/{filed}/papers", {"papers": [paper]})
    await house.rest()
    assert await house.status("931", filed) == "granted"
    assert set(await house.letters("931", filed)) == {"acknowledgement", "paper_request", "admission"}
    figures = await house.figures("931")
    assert (figures["incomplete"], figures["granted"], figures["letters_issued.paper_request"]) == (1, 1, 1)


async def test_a_refusal_is_decided_by_a_person_and_told_by_a_letter(house: House) -> None:
    """Créteil: over the ceiling. Nothing is refused until a technician does, with the motive."""
    await house.live(AUTUMN)
    filed = await house.filed(body(4, "941", house.today, OVER_CEILING))
    assert (await house.case("941", filed))["state"] == "open"
    assert set(await house.letters("941", filed)) == {"acknowledgement"}
    await house.decide("941", filed, "refuse", "resources_above_ceiling")
    assert await house.status("941", filed) == "refused"
    letters = await house.letters("941", filed)
    assert set(letters) == {"acknowledgement", "refusal"}
    assert (await house.pdf("941", letters["refusal"])).startswith(b"%PDF-")
    figures = await house.figures("941")
    assert (figures["refused"], figures["refused_by_motive.resources_above_ceiling"], figures["persons_refused"]) == (
        1,
        1,
        1,
    )


async def test_a_refusal_that_an_appeal_annuls_is_a_refusal_nowhere(house: House) -> None:
    """Cayenne: refused, contested before the caisse, annulled, granted: the counter, the base and the table all say
    so."""
    await house.live(AUTUMN)
    filed = await house.filed(body(9, "973", house.today, OVER_CEILING))
    await house.decide("973", filed, "refuse", "resources_above_ceiling")
    day = house.today.isoformat()
    assert await house.acted("973", filed, "appeals", {"body": "rapo", "on": day}) == "refused"
    assert (
        await house.acted("973", filed, "appeals/1/answer", {"outcome": "annulled", "on": day, "notified_on": day})
        == "open"
    )
    assert await house.status("973", filed) == "complete"
    figures = await house.figures("973")
    assert (figures["stock_end"], figures.get("refused")) == (1, None)
    again = {"outcome": "grant", "members": [0], "override": "judgment", "reason": "Recours préalable accueilli."}
    await house.acted("973", filed, "decisions", again)
    assert await house.status("973", filed) == "granted"
    figures = await house.figures("973")
    assert (figures["granted"], figures["decisions"], figures.get("stock_end")) == (1, 1, None)
    assert set(await house.letters("973", filed)) == {
        "acknowledgement",
        "refusal",
        "rapo_receipt",
        "rapo_decision",
        "admission",
    }


async def test_a_repeat_at_another_caisse_is_judged_by_a_person_and_refused_by_nobody_else(house: House) -> None:
    """Nanterre, then Melun under another spelling: signalled, not granted by itself, judged, and still a person's to
    decide."""
    await house.live(AUTUMN)
    first = body(5, "921", house.today)
    earlier = await house.filed(first)
    assert await house.status("921", earlier) == "granted"
    repeat = await house.filed(respelled(first, "771"))
    [pair] = await house.pairs("771", repeat)
    assert (pair["state"], pair["kind"]) == ("open", "signal")
    assert [one["pair_id"] for one in await house.pairs("921", earlier)] == [pair["pair_id"]]
    assert (await house.case("771", repeat))["state"] == "open"

    verdict = {"judgement": "same", "reason": "identity_documents_agree", "text": "Mêmes pièces."}
    await house.desk(Role.TECHNICIAN, "771").post("dedup", f"/pairs/{pair['pair_id']}/judgements", verdict)
    await house.rest()
    case = await house.case("771", repeat)
    assert (case["state"], case["identity"]) == ("open", "same")
    # The person is told of the match before anything rests on it.
    assert set(await house.letters("771", repeat)) == {"acknowledgement", "match_notice"}
    assert await house.status("921", earlier) == "granted"

    # Nothing adverse before the person's last day to answer has passed.
    [answer] = [clock for clock in case["clocks"] if clock["name"] == "match_answer"]
    await house.live(dt.date.fromisoformat(answer["due_on"]) + dt.timedelta(days=1))
    await house.decide("771", repeat, "refuse", "rights_open_elsewhere")
    assert await house.status("771", repeat) == "refused"
    for caisse in ("771", "921"):
        figures = await house.figures(caisse)
        assert (figures["signals_raised"], figures["signals_confirmed"], figures["signal_precision"]) == (1, 1, 100.0)


async def test_simultaneous_deposits_in_two_caisses_are_both_seen(house: House) -> None:
    """Cergy and Évry at the same instant: each caisse sees the pair on its own file, and neither file is refused."""
    await house.live(AUTUMN)
    first = body(6, "951", house.today)
    second = respelled(first, "911")
    one, other = await asyncio.gather(house.submit(first), house.submit(second))
    await house.rest()
    [seen], [seen_too] = await house.pairs("951", one), await house.pairs("911", other)
    assert seen["pair_id"] == seen_too["pair_id"]
    assert {side["application_id"] for side in seen["sides"]} == {one, other}
    states = [(await house.case("951", one))["state"], (await house.case("911", other))["state"]]
    assert "refused" not in states
    for caisse in ("951", "911"):
        assert (await house.figures(caisse))["signals_open"] == 1


async def test_an_import_takes_the_good_rows_and_names_the_bad_ones(house: House) -> None:
    """Versailles, which grants nothing by itself: three good applications, an impossible date, an unknown body."""
    await house.live(AUTUMN)
    bodies = [body(number, "781", house.today) for number in range(10, 15)]
    bodies[1]["members"][0]["birth_date"] = "1984-02-31"
    bodies[3]["deposit"]["body"] = "nowhere"
    frontend = house.desk(Role.FRONTEND, "781")
    files = {"file": ("depots.csv", csv_of(bodies).encode("utf-8-sig"), "text/csv")}
    sent = (await frontend.call("POST", "intake", "/imports", files=files)).json()
    await house.rest()
    rows = await frontend.all("intake", f"/imports/{sent['import_id']}/rows")
    verdicts = {row["reference"]: row["verdict"] for row in rows}
    assert [verdicts[one["reference"]] for one in bodies] == ["accepted", "refused", "accepted", "refused", "accepted"]
    errors = [error for row in rows for error in row["errors"]]
    assert {error["column"] for error in errors} == {"birth_date", "deposit_body"}
    assert all(error["message"] for error in errors)
    accepted = [row["application_id"] for row in rows if row["verdict"] == "accepted"]
    assert {(await house.case("781", one))["state"] for one in accepted} == {"open"}
    await house.decide("781", accepted[0], "grant")
    figures = await house.figures("781")
    assert (figures["received"], figures["granted"], figures["stock_end"]) == (3, 1, 2)
    assert "granted_automatically" not in figures


async def test_after_all_journeys_the_whole_adds_up_and_nothing_waits_for_an_operator(house: House) -> None:
    """The national table balances, the gauges equal it in every cell, and no message is parked."""
    await house.rest()
    assert not any((await house.quiet.parked()).values())
    table = await house.people.supervisor.get("reporting", "/tables/2026-T3")
    for column in [*table["caisses"], table["whole"]]:
        at = {figure["code"]: figure["value"] for figure in column["figures"] if not figure["part"]}
        came = at["stock_start"] + at["received"] + at["transferred_in"]
        assert came == sum(
            at[code] for code in ("granted", "refused", "lapsed", "withdrawn", "transferred_out", "stock_end")
        )
    metrics = (await house.people.clients["reporting"].get("/metrics")).text.splitlines()
    for figure in table["whole"]["figures"]:
        if figure["value"] is not None and not figure["part"]:
            assert (
                f'ame_activity_{figure["code"]}{{caisse="toutes",period="2026-T3"}} {float(figure["value"])}' in metrics
            )
