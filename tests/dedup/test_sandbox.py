"""The sandbox has a base of its own: nobody of it meets anybody of a caisse, in no search, list or figure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg

from services.dedup.jobs import agreement
from services.dedup.search import common_base
from services.dedup.tables import metadata
from shared import clock
from shared.access.principal import Role
from shared.contract.facts import Address
from shared.contract.sandbox import SANDBOX
from tests.dedup import filings
from tests.dedup.api.test_api import CHECK
from tests.dedup.conftest import Replica
from tests.dedup.filings import AMINATA, AMINATA_RESPELLED, GIORGI

Sql = psycopg.Connection[Any]
Told = Callable[..., list[Any]]


async def test_files_of_the_sandbox_meet_each_other_alone(replica: Replica, sql: Sql, told: Told) -> None:
    real, tried = filings.submitted(AMINATA), filings.submitted(AMINATA_RESPELLED, caisse=SANDBOX)
    again = filings.submitted(AMINATA, caisse=SANDBOX)
    for event in (real, tried):
        await replica.receives(event)
    assert [event.type for event in told(real, tried)] == ["identity.cleared"] * 2
    assert sql.execute("SELECT count(*) FROM pairs").fetchone() == (0,)
    await replica.receives(again)  # it finds its like, and the real file hears nothing
    caisses = sql.execute("SELECT lower_caisse, higher_caisse FROM pairs").fetchall()
    assert caisses == [(SANDBOX, SANDBOX)]
    assert len(told(real)) == 1
    other = filings.submitted(AMINATA_RESPELLED, caisse="931")
    await replica.receives(other, filings.submitted(AMINATA_RESPELLED, caisse=SANDBOX))  # both in one batch
    mixed = "SELECT count(*) FROM pairs WHERE (lower_caisse = '000') <> (higher_caisse = '000')"
    assert sql.execute(mixed).fetchone() == (0,)
    assert sql.execute("SELECT count(*) FROM pairs WHERE '931' IN (lower_caisse, higher_caisse)").fetchone() == (1,)
    base = common_base.of(replica.runtime)
    await base.refresh()
    assert base.index.size == 2  # no identity of the sandbox takes a place among the candidates of a caisse


async def test_declaring_a_file_leads_neither_out_of_the_sandbox_nor_into_it(
    replica: Replica, sql: Sql, told: Told
) -> None:
    """Elsewhere a declared file of somebody alike is proposed to both caisses."""
    for who, first, then in ((AMINATA, "751", SANDBOX), (GIORGI, SANDBOX, "751")):
        named = filings.submitted(who, caisse=first)
        await replica.receives(named)
        await replica.receives(filings.submitted(who, caisse=then, earlier=named.application_id))
        assert [event.type for event in told(named)] == ["identity.cleared"]
    mixed = "SELECT count(*) FROM pairs WHERE (lower_caisse = '000') <> (higher_caisse = '000')"
    assert sql.execute(mixed).fetchone() == (0,)


async def test_nobody_of_a_caisse_is_found_from_the_sandbox_and_the_other_way_round(replica: Replica) -> None:
    for caisse in ("751", SANDBOX):
        async with replica.client(caisse, Role.AGENT) as client:
            assert (await client.post("/checks", json=CHECK)).json()["candidates"] == []
        await replica.receives(filings.submitted(AMINATA, caisse=caisse))
    for caisse in ("751", SANDBOX):
        async with replica.client(caisse, Role.AGENT) as client:
            found = (await client.post("/checks", json=CHECK)).json()["candidates"]
            assert {one["caisse"] for one in found} == {caisse}


async def test_the_slower_search_keeps_them_apart_too(replica: Replica) -> None:
    await replica.receives(filings.submitted(AMINATA), filings.submitted(AMINATA, caisse=SANDBOX))
    for key in (common_base.KEY, common_base.SANDBOX_KEY):
        replica.runtime.state[key].is_loaded = False
    for caisse in ("751", SANDBOX):
        async with replica.client(caisse, Role.AGENT) as client:
            found = (await client.post("/checks", json=CHECK)).json()
            assert (found["algorithm"], {one["caisse"] for one in found["candidates"]}) == ("classical", {caisse})


async def test_who_works_for_all_caisses_sees_no_pair_of_the_sandbox(replica: Replica) -> None:
    for _ in range(2):
        await replica.receives(filings.submitted(AMINATA, caisse=SANDBOX))
    async with replica.client(None, Role.AUDITOR) as auditor:
        assert (await auditor.get("/pairs")).json()["items"] == []
    async with replica.client(SANDBOX, Role.TECHNICIAN) as integrator:
        (pair,) = (await integrator.get("/pairs")).json()["items"]
    async with replica.client(None, Role.AUDITOR) as auditor:
        assert (await auditor.get(f"/pairs/{pair['pair_id']}")).status_code == 404


async def test_nothing_of_the_sandbox_is_in_a_figure(replica: Replica, sql: Sql) -> None:
    """Judged, it counts in no calibration; compared by no daily look; its address is shared with nobody's."""
    address = Address(line="12 rue des Lilas", postcode="75018", city="PARIS", telephone="0140000000")
    for _ in range(2):
        await replica.receives(filings.submitted(AMINATA, caisse=SANDBOX, address=address))
    async with replica.client(SANDBOX, Role.TECHNICIAN) as integrator:
        (pair,) = (await integrator.get("/pairs")).json()["items"]
        body = {"judgement": "same", "reason": "identity_documents_agree"}
        assert (await integrator.post(f"/pairs/{pair['pair_id']}/judgements", json=body)).status_code == 201
    async with replica.client(None, Role.SUPERVISOR) as national:
        made = await national.post("/calibrations")
        assert (made.status_code, made.json()["document"]["judged"]) == (201, 0), made.text
    tally = await agreement.apply(replica.runtime, clock.today())
    assert tally is not None
    assert tally.identities == 0
    counting = {"marks", "known_places", "agreement_pairs", "retention_runs"}
    assert counting <= set(metadata.tables)
    for table in counting:
        assert sql.execute(f"SELECT count(*) FROM {table}".encode()).fetchone() == (0,), table
