"""The checks of the demonstration's steering can fail, and its simulated year is what the monitor was tried on."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import pytest

from deploy import reference
from deploy.demo.simulated_year import QUARTERS, STRICTER
from deploy.demo.steering import CAISSE, FIRST, LATE_CAISSE, SECOND, SIZES, WHY, Steered
from deploy.demo.steering_checks import check_all, sampled_again
from deploy.demo.steering_summary import addresses, tables

IDS = [f"00000000-0000-7000-8000-{n:012d}" for n in range(50)]
HASHES = ("a" * 64, "b" * 64)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def drawn() -> dict[str, Any]:
    seed = sha256(f"{SECOND}\x1f{CAISSE}\x1fnonce")
    chosen = sorted(IDS, key=lambda one: sha256(f"{seed}\x1frandom\x1f{one}"))[: SIZES["random"]]
    samples = [
        {"decision_id": one, "draw": "random", "second_look": n % 10 == 0, "author": "agent"}
        for n, one in enumerate(chosen)
    ]
    told = {"period": SECOND, "caisse": CAISSE, "nonce": "nonce", "seed": seed, "samples": samples}
    return {**told, "listed": IDS, "listed_sha256": sha256("\n".join(sorted(IDS)))}


def quarter(revised: bool) -> dict[str, Any]:
    one = {"caisse": CAISSE, "state": "accepted", "revision": 1, "sha256": "x", "reason": ""}
    other = {"caisse": LATE_CAISSE, "state": "accepted", "revision": 1, "sha256": "y", "reason": ""}
    if revised:
        one |= {"revision": 2, "reason": WHY}
    mails = [{"state": "sent", "ods_sha256": HASHES[revised], "csv_sha256": HASHES[revised][::-1] + "c"}]
    return {
        "caisses": [one, other],
        "expected": 2,
        "present": 2,
        "on_time": 2 if revised else 1,
        "transmissions": mails,
    }


def funnels(signalled: bool) -> dict[str, Any]:
    point = {"caisse": STRICTER, "signal": signalled, "decisions": 300, "observed": 120, "expected": 60.0, "ratio": 2.0}
    return {"funnels": [{"measure": "refused", "points": [{**point, "verdict": "outside"}]}]}


@pytest.fixture
def steered() -> Steered:
    places = {code: {"state": "pilot", "since": "2007-10-17"} for code in reference.caisses()}
    places[LATE_CAISSE] = {"state": "preparing", "since": "2008-03-18"}
    shares = dict.fromkeys(("told_by_catalogue", "with_findings", "signals_in_time", "quarters_in_time"), 100.0)
    quarters = {FIRST: quarter(revised=False), SECOND: quarter(revised=True)}
    rows = [row for view in quarters.values() for row in view["transmissions"]]
    quality = {"listed": 50, "drawn": 30, "reviewed": 30, "second_looks": 3, "kappa": None, "conformity": 99.0}
    change = {"code": "letters_returned", "part": "access", "before": 0, "after": 1}
    return Steered(
        rollout={"caisses": [{"caisse": name, **one, "decisions": 4, **shares} for name, one in places.items()]},
        quarters=quarters,
        changed={"changes": [change], "after": "x"},
        draw=drawn(),
        quality={**quality, "estimate": {"share": 90.0, "low": 80.0, "high": 95.0}},
        funnels={period: funnels(signalled=n > 0) for n, period in enumerate(QUARTERS)},
        hashes=[frozenset((row["ods_sha256"], row["csv_sha256"])) for row in rows],
    )


def failing(steered: Steered) -> int:
    return sum(not check.holds for check in check_all(steered))


def test_what_holds_is_said_to_hold_and_shown(steered: Steered) -> None:
    assert [check.name for check in check_all(steered) if not check.holds] == []
    assert [table.row_count for table in tables(steered)] == [10, 2, 1, 2]
    assert f"http://host/reporting/ui/quarters?period={SECOND}" in addresses("http://host").plain


def test_each_check_can_fail(steered: Steered) -> None:
    second = steered.quarters[SECOND]
    closed = {**second, "caisses": [{**second["caisses"][0], "state": "closed"}, second["caisses"][1]]}
    assert failing(replace(steered, quarters={**steered.quarters, SECOND: closed})) == 1
    late = {**second, "on_time": 1}
    assert failing(replace(steered, quarters={**steered.quarters, SECOND: late})) == 1
    assert failing(replace(steered, changed={"changes": [], "after": "x"})) == 1
    assert failing(replace(steered, hashes=steered.hashes[:1])) == 1, "a mail did not arrive"
    assert failing(replace(steered, hashes=[*steered.hashes, steered.hashes[0]])) == 1, "one arrived twice"
    assert failing(replace(steered, quality={**steered.quality, "reviewed": 29})) == 1
    assert failing(replace(steered, funnels=dict.fromkeys(QUARTERS, funnels(signalled=False)))) == 1
    places = steered.rollout["caisses"]
    for wrong in ({"state": "invited"}, {"since": "2008-03-01"}):
        assert failing(replace(steered, rollout={"caisses": [{**one, **wrong} for one in places]})) == 1
    assert failing(replace(steered, rollout={"caisses": places[1:]})) == 1, "a caisse without a state"


@pytest.mark.parametrize("changed", [{"nonce": "other"}, {"listed": IDS[1:]}, {"seed": "0" * 64}])
def test_a_draw_of_another_nonce_or_list_is_seen(steered: Steered, changed: dict[str, Any]) -> None:
    assert sampled_again({**steered.draw, **changed}) == set()
    assert failing(replace(steered, draw={**steered.draw, **changed})) == 1
