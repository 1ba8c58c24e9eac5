"""An amendment of identity opens again whatever was judged of the former data, and no explanation outlives its data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.dedup.domain.matching.explanation import explain
from services.dedup.domain.matching.normalisation import Identity, birth_date, latin, normalise
from services.dedup.search import common_base
from tests.dedup import filings
from tests.dedup.conftest import Replica
from tests.dedup.filings import AMINATA, AMINATA_RESPELLED, GIORGI

Told = Callable[..., list[Any]]
Sql = psycopg.Connection[Any]
SAME = {"judgement": "same", "reason": "spelling_variant"}
DIFFERENT = {"judgement": "different", "reason": "namesakes"}
UNSURE = {"judgement": "unsure", "reason": "papers_missing"}


async def judged(replica: Replica, verdict: dict[str, str]) -> tuple[Any, Any, str]:
    """Two files of one person at two caisses, judged; the id of their pair."""
    first, second = filings.submitted(AMINATA), filings.submitted(AMINATA_RESPELLED, caisse="931")
    await replica.receives(first)
    await replica.receives(second)
    async with replica.client("751") as client:
        [item] = (await client.get("/pairs")).json()["items"]
        assert (await client.post(f"/pairs/{item['pair_id']}/judgements", json=verdict)).status_code == 201
    return first, second, item["pair_id"]


async def shown(replica: Replica, pair: str) -> dict[str, Any]:
    async with replica.client("751") as client:
        found: dict[str, Any] = (await client.get(f"/pairs/{pair}")).json()
    return found


def probability(sql: Sql, pair: str) -> float:
    """What the pair was raised with: no page and no answer tells it before the pair is judged."""
    return float(sql.execute("SELECT probability FROM pairs WHERE pair_id = %s", (pair,)).fetchone()[0])  # type: ignore[index]


async def test_a_file_amended_to_somebody_else_is_linked_to_nobody(replica: Replica, told: Told, sql: Sql) -> None:
    first, second, pair = await judged(replica, SAME)
    [person] = second.facts.members
    await replica.receives(filings.amended(second, filings.rewritten(person, GIORGI)))
    now = await shown(replica, pair)
    assert (now["state"], now["kind"]) == ("open", "signal")
    assert probability(sql, pair) < 0.01
    assert sql.execute("SELECT unlinked_reason FROM links").fetchall() == [("identity_changed",)]
    assert sql.execute("SELECT count(*) FROM person_members").fetchone() == (0,)
    for file in (first, second):
        assert {event.type for event in told(file)[-2:]} == {"identity.signal_raised", "identity.unlinked"}
    said = " ".join(reason["sentence"] for reason in now["explanation"]["reasons"])
    assert "Même date" not in said
    assert "variante" not in said + now["explanation"]["summary"]
    assert [one["counts"] for one in now["judgements"]] == [False]


async def test_a_file_amended_in_spelling_is_judged_again_too(replica: Replica, sql: Sql) -> None:
    _, second, pair = await judged(replica, SAME)
    [person] = second.facts.members
    await replica.receives(filings.amended(second, filings.rewritten(person, AMINATA | {"birth_date": "1984-03-16"})))
    now = await shown(replica, pair)
    assert now["state"] == "open"
    assert sql.execute("SELECT count(*) FROM links WHERE unlinked_at IS NULL").fetchone() == (0,)
    assert any(
        "17/03/1984 / 16/03/1984" in one["sentence"] or "16/03/1984 / 17/03/1984" in one["sentence"]
        for one in now["explanation"]["reasons"]
    )


async def test_a_cut_link_is_explained_with_the_data_of_today(replica: Replica) -> None:
    _, second, pair = await judged(replica, SAME)
    [person] = second.facts.members
    await replica.receives(filings.amended(second, filings.rewritten(person, AMINATA | {"birth_date": "1991-11-02"})))
    now = await shown(replica, pair)
    assert not [one for one in now["explanation"]["reasons"] if one["sentence"].startswith("Même date de naissance")]


@pytest.mark.parametrize("verdict", [DIFFERENT, UNSURE], ids=["different", "unsure"])
async def test_other_verdicts_open_again_when_their_data_change(
    replica: Replica, told: Told, verdict: dict[str, str]
) -> None:
    first, second, pair = await judged(replica, verdict)
    [person] = second.facts.members
    await replica.receives(filings.amended(second, filings.rewritten(person, AMINATA | {"birth_date": "1984-03-16"})))
    assert (await shown(replica, pair))["state"] == "open"
    assert told(first)[-1].type == told(second)[-1].type == "identity.signal_raised"


@pytest.mark.parametrize("verdict", [DIFFERENT, UNSURE], ids=["different", "unsure"])
async def test_a_verdict_on_data_that_no_longer_resemble_falls(replica: Replica, verdict: dict[str, str]) -> None:
    _, second, pair = await judged(replica, verdict)
    [person] = second.facts.members
    await replica.receives(filings.amended(second, filings.rewritten(person, GIORGI)))
    assert (await shown(replica, pair))["state"] == "dissolved"


async def test_an_amendment_that_leaves_the_identity_leaves_the_verdict(replica: Replica, sql: Sql) -> None:
    _, second, pair = await judged(replica, SAME)
    [person] = second.facts.members
    await replica.receives(filings.amended(second, person))
    assert (await shown(replica, pair))["state"] == "same"
    assert sql.execute("SELECT count(*) FROM links WHERE unlinked_at IS NULL").fetchone() == (1,)


async def test_a_member_who_leaves_the_file_is_linked_to_nobody(replica: Replica, sql: Sql) -> None:
    _, second, pair = await judged(replica, SAME)
    await replica.receives(filings.amended(second, filings.member(0, GIORGI)))
    assert (await shown(replica, pair))["state"] == "dissolved"
    assert sql.execute("SELECT unlinked_reason FROM links").fetchall() == [("identity_changed",)]


async def test_a_file_that_goes_to_another_caisse_is_no_longer_said_to_be_of_the_same(
    replica: Replica, sql: Sql
) -> None:
    first, second = filings.submitted(AMINATA), filings.submitted(AMINATA_RESPELLED)
    await replica.receives(first)
    await replica.receives(second)
    async with replica.client("751") as client:
        [item] = (await client.get("/pairs")).json()["items"]
    before = probability(sql, item["pair_id"])
    await replica.receives(filings.transferred(second, "131"))
    now = await shown(replica, item["pair_id"])
    assert "caisse_same" not in {one["code"] for one in now["explanation"]["reasons"]}
    assert probability(sql, item["pair_id"]) <= before


def contradicted(code: str, one: Identity, other: Identity) -> bool:
    """Whether a sentence of this code says of the two records what their own words deny."""
    mine, theirs = birth_date(one.birth_date), birth_date(other.birth_date)
    same = {
        "date_exact": mine == theirs,
        "date_exact_default": mine == theirs or 0 in (*mine, *theirs) or mine[0] == theirs[0],
        "date_year_next": mine[1:] == theirs[1:],
        "date_day_differs": mine[:2] == theirs[:2] and mine[2] != theirs[2],
        "date_month_differs": mine[0] == theirs[0] and mine[2] == theirs[2] and mine[1] != theirs[1],
        "date_swapped": mine != theirs,
        "date_same_year": mine[0] == theirs[0],
        "date_far": mine[0] != theirs[0],
        "date_missing": not (one.birth_date and other.birth_date),
        "sex_same": one.sex == other.sex,
        "sex_differs": one.sex != other.sex,
        "country_same": one.birth_country == other.birth_country,
        "country_differs": one.birth_country != other.birth_country,
        "nationality_differs": one.nationality != other.nationality,
        "place_differs": latin(one.birth_place) != latin(other.birth_place),
        "caisse_same": one.caisse == other.caisse,
        "postcode_same": one.address_postcode == other.address_postcode,
        "family_none": latin(one.family_name) != latin(other.family_name),
        "given_none": latin(one.given_names) != latin(other.given_names),
    }
    return not same.get(code, True)


NAMES = st.sampled_from(["Traoré", "TRAORE", "Beridze", "Ben Youcef", "Benyoucef", "Diallo", "N'Diaye", "El Amrani"])
GIVEN = st.sampled_from(["Aminata", "Aminatta", "Giorgi", "Hassan", "Hussein", "A.", "", "Mamadou Lamine"])
DATES = st.sampled_from(
    ["1984-03-17", "1984-03-16", "1984-04-17", "1985-03-17", "1991-11-02", "1984-00-00", "1984-01-01", "1984-03-00", ""]
)
PEOPLE = st.builds(
    Identity,
    family_name=NAMES,
    given_names=GIVEN,
    usage_name=st.sampled_from(["", "Diallo"]),
    sex=st.sampled_from(["F", "M", ""]),
    birth_date=DATES,
    birth_place=st.sampled_from(["Kayes", "KAYES", "Oran", ""]),
    birth_country=st.sampled_from(["ML", "DZ", ""]),
    nationality=st.sampled_from(["ML", "DZ", ""]),
    caisse=st.sampled_from(["751", "931"]),
    address_postcode=st.sampled_from(["75018", "93000", ""]),
)


async def test_no_explanation_says_what_the_two_records_contradict(replica: Replica) -> None:
    index = common_base.of(replica.runtime).index

    @settings(max_examples=400, deadline=None)
    @given(PEOPLE, PEOPLE)
    def whatever_is_compared(one: Identity, other: Identity) -> None:
        match = index.compare(normalise(one), normalise(other))
        told = explain(one, other, match.points_by_feature(), match.total, match.probability, 1)
        assert [reason.sentence for reason in told.reasons if contradicted(reason.code, one, other)] == []

    whatever_is_compared()
