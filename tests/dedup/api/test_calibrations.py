"""What the judgements say of the scores: a table, thresholds that are proposed, and a version only by a person's
decision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import psycopg
import pytest

from services.dedup.__main__ import main
from services.dedup.domain.pairs.calibration import FEWEST, JudgedPair, interval, missed, proposed, reliability
from services.dedup.domain.pairs.levels import Thresholds
from services.dedup.search import common_base
from shared.access.principal import Role
from shared.settings import Settings
from tests.dedup import filings
from tests.dedup.conftest import Replica
from tests.dedup.filings import AMINATA, AMINATA_RESPELLED

Told = Callable[..., list[Any]]
Sql = psycopg.Connection[Any]
PRESENT = Thresholds()


def judged(probability: float, same: int, different: int, blind: bool = False) -> list[JudgedPair]:
    return [JudgedPair(probability, True, blind)] * same + [JudgedPair(probability, False, blind)] * different


@pytest.mark.parametrize(
    ("hits", "total", "least", "most"),
    [(0, 0, 0.0, 1.0), (10, 10, 0.7225, 1.0), (50, 100, 0.4038, 0.5962), (0, 20, 0.0, 0.1611)],
)
def test_the_interval_of_a_share_is_wilsons(hits: int, total: int, least: float, most: float) -> None:
    assert interval(hits, total) == pytest.approx((least, most), abs=1e-4)


def test_a_bin_says_whether_its_probability_is_right() -> None:
    table = reliability([*judged(0.95, 95, 5), *judged(0.6, 10, 90), *judged(1.0, 30, 0)])
    assert [(line["from"], line["pairs"], line["share_same"], line["in_agreement"]) for line in table] == [
        (0.5, 100, 0.1, False),
        (0.95, 100, 0.95, True),
        (0.999, 30, 1.0, True),
    ]


def test_thresholds_follow_what_was_found() -> None:
    """Everything from 0.9 on was one person; around 0.6 it was so one time in five."""
    found = [*judged(0.6, 40, 160), *judged(0.75, 160, 40), *judged(0.91, 600, 0), *judged(0.995, 1000, 0)]
    told = proposed(found, PRESENT)
    assert told["same_person"] == 0.9, "the lowest step at which pairs were shown and nobody was somebody else"
    assert told["to_examine"] == 0.7
    assert "1600 sur 1600" in told["reasons"]["same_person"]


def test_sure_pairs_do_not_outweigh_wrong_ones_far_below() -> None:
    told = proposed([*judged(0.6, 0, 12), *judged(0.995, 3000, 0)], PRESENT)
    assert told["same_person"] >= 0.99
    assert told["to_examine"] == 0.5


def test_nothing_is_proposed_on_few_judgements_or_where_nothing_is_sure() -> None:
    few = proposed(judged(0.995, FEWEST - 1, 0), PRESENT)
    assert (few["same_person"], few["to_examine"]) == (0.99, 0.5)
    assert str(FEWEST) in few["reasons"]["same_person"]
    unsure = proposed(judged(0.999, 960, 40), PRESENT)
    assert unsure["same_person"] == 0.99, "96 % is not 99 %, whatever the threshold"


def test_the_blind_control_measures_what_is_missed_and_moves_no_threshold() -> None:
    blind = judged(0.05, 2, 98, blind=True)
    assert missed(blind, drawn=120) == {"drawn": 120, "judged": 100, "same": 2, "least": 0.005502, "most": 0.070012}
    shown = judged(0.995, 1000, 0)
    assert proposed([*shown, *judged(0.6, 0, 5000, blind=True)], PRESENT) == proposed(shown, PRESENT)


JUDGED = """
WITH made AS (
  INSERT INTO pairs (pair_id, lower_member, higher_member, lower_application, higher_application, lower_caisse,
    higher_caisse,
    lower_seq, higher_seq, lower_version, higher_version, kind, level, probability, score, points,
    model_version, base_size, state,
    raised_on, raised_at)
  SELECT gen_random_uuid(), least(a, b), greatest(a, b), gen_random_uuid(), gen_random_uuid(),
    '751', '931', 0, 0, 1, 1, %(kind)s,
    'same_person', %(probability)s, 1, '{}', 'v1', 10, %(verdict)s, '2008-03-03', now()
  FROM (SELECT gen_random_uuid() AS a, gen_random_uuid() AS b FROM generate_series(1, %(count)s)) AS ids RETURNING *)
INSERT INTO judgements (judgement_id, pair_id, verdict, reason, reader, lower_version, higher_version, probability,
  model_version, given_on) SELECT gen_random_uuid(), pair_id, %(verdict)s, 'other', 'reader', 1, 1, probability,
    model_version,
  '2008-03-03' FROM made
"""


def add_judged(
    sql: Sql, replica: Replica, probability: float, count: int, verdict: str = "same", kind: str = "signal"
) -> None:
    """Many settled pairs, as reviewers would have left them."""
    values = {"kind": kind, "probability": probability, "count": count, "verdict": verdict}
    model = common_base.of(replica.runtime).index.model.version
    sql.execute(JUDGED.replace("'v1'", f"'{model}'"), values)


async def test_a_version_is_made_by_a_persons_decision_and_old_signals_keep_theirs(
    replica: Replica, sql: Sql, told: Told
) -> None:
    base = common_base.of(replica.runtime)
    model = base.index.model.version
    first, second = filings.submitted(AMINATA), filings.submitted(AMINATA_RESPELLED, caisse="931")
    await replica.receives(first, second)
    add_judged(sql, replica, 0.995, 1000)
    add_judged(sql, replica, 0.6, 300, "different")
    add_judged(sql, replica, 0.2, 300, "same", "link_proposal")  # declared: says nothing of scores
    async with replica.client(None, Role.SUPERVISOR) as national, replica.client("751", Role.SUPERVISOR) as local:
        made = (await local.post("/calibrations")).json()
        document = made["document"]
        assert (made["model_version"], document["judged"]) == (model, 1300)
        assert document["proposed"]["same_person"] == 0.99
        assert base.version == model, "a report changes nothing"
        body = {"same_person": 0.9, "to_examine": 0.65, "reason": "Rapport du trimestre"}
        path = f"/calibrations/{made['calibration_id']}/acceptance"
        assert (await local.post(path, json=body)).status_code == 403
        wrong = await national.post(path, json=body | {"to_examine": 0.95})
        assert wrong.status_code == 422
        assert (await national.post(f"/calibrations/{first.application_id}/acceptance", json=body)).status_code == 404
        accepted = await national.post(path, json=body)
        assert (accepted.status_code, accepted.json()["version"]) == (201, f"{model}.1")
        listed = (await local.get("/calibrations")).json()
        assert [one["calibration_id"] for one in listed["items"]] == [made["calibration_id"]]
        assert [(one["version"], one["accepted_by"], one["reason"]) for one in listed["versions"]] == [
            (f"{model}.1", "supervisor-None-1", "Rapport du trimestre")
        ]
        shown = (await local.get("/algorithms")).json()
        assert (shown["model_version"], shown["thresholds"]["same_person"]) == (f"{model}.1", 0.9)
    assert base.thresholds == Thresholds(0.9, 0.65)
    third = filings.submitted(AMINATA, caisse="131")
    await replica.receives(third)
    assert told(third)[-1].model_version == f"{model}.1"
    versions = sql.execute(
        "SELECT model_version, count(*) FROM pairs WHERE lower_application = ANY(%s) OR higher_application = ANY(%s) "
        "GROUP BY 1 "
        "ORDER BY 1",
        ([first.application_id, third.application_id], [first.application_id, third.application_id]),
    ).fetchall()
    assert versions == [(model, 1), (f"{model}.1", 2)]


async def test_another_replica_follows_the_accepted_version(replica: Replica, settings_for: Any, sql: Sql) -> None:
    from services.dedup.app import SERVICE
    from shared.service.app import create_app

    app = create_app(SERVICE, settings_for("other", role="api"))
    async with app.router.lifespan_context(app), replica.client(None, Role.SUPERVISOR) as national:
        made = (await national.post("/calibrations")).json()
        body = {"same_person": 0.9, "to_examine": 0.6, "reason": "Essai"}
        accepted = await national.post(f"/calibrations/{made['calibration_id']}/acceptance", json=body)
        elsewhere = common_base.of(app.state.runtime)
        await elsewhere.follow_versions()
        assert elsewhere.version == accepted.json()["version"]


def test_the_job_prints_and_keeps_a_report(
    settings_for: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], sql: Sql
) -> None:
    settings = settings_for()
    for name in ("database_host", "database_port", "database_name", "database_user"):
        monkeypatch.setenv(f"AME_{name.upper()}", str(getattr(settings, name)))
    monkeypatch.setenv("AME_DATABASE_PASSWORD", settings.database_password.get_secret_value())
    assert main(["calibrate"]) == 0
    told = capsys.readouterr().out
    assert "0 paires jugées" in told
    assert sql.execute("SELECT made_by, document ->> 'judged' FROM calibrations").fetchall() == [("command", "0")]
    [kept] = sql.execute("SELECT calibration_id FROM calibrations").fetchone() or (None,)
    assert isinstance(kept, UUID)
