"""What comes after a decision, over HTTP: appeals, withdrawal, changes, a second look, the signature, the workload."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from deploy.reference import caisses
from shared.contract import events as ev
from shared.contract.facts import Fact
from shared.contract.reference_data import Delegation
from shared.messaging.reference_table import ReferenceWriter
from tests.decision.conftest import Shell
from tests.decision.files import applicant, day
from tests.decision.lives import event, incomplete, letter_notified, of, submitted
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="module")
REASON = "Entretien et pièces : les faits sont établis."
TOO_SHORT = {"outcome": "refuse", "motives": [{"code": "residence_too_short"}], "reason": REASON}


class Desk:
    """One case, acted on by the agents of its caisse, each act on the version just read."""

    def __init__(self, shell: Shell, application: UUID, caisse: str = "781") -> None:
        self.shell = shell
        self.application = application
        self.caisse = caisse

    async def open(self, on: str, **changes: Any) -> Desk:
        self.shell.move_to(on)
        await self.shell.tell(of(submitted(deposited=on, **changes), self.application, self.caisse, on))
        await self.shell.known(self.application)
        return self

    async def post(self, path: str, body: Any, *, on: str | None = None, role: str = "technician") -> Any:
        if on is not None:
            self.shell.move_to(on)
        where = f"/cases/{self.application}"
        version = (await self.shell.case(self.application, caisse=self.caisse)).json()["version"]
        return await self.shell.act("POST", f"{where}/{path}", body, version, role=role, caisse=self.caisse)

    async def done(self, path: str, body: Any, **how: Any) -> dict[str, Any]:
        answer = await self.post(path, body, **how)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def notified(self, day_: str, *, on: str) -> None:
        """Letters tells that the notice of the decision reached the person, and the case knows it."""
        self.shell.move_to(on)
        before = await self.shown()
        event = letter_notified(self.rows("decisions")[-1]["decision_id"], "proved", day_)
        await self.shell.tell(of(event, self.application, self.caisse, on))

        async def known() -> bool:
            return bool((await self.shown())["version"] > before["version"])

        await until(known)

    async def shown(self) -> dict[str, Any]:
        found: dict[str, Any] = (await self.shell.case(self.application, caisse=self.caisse)).json()
        return found

    def rows(self, table: str) -> list[dict[str, Any]]:
        return self.shell.rows(f"SELECT * FROM {table} WHERE application_id = %s", self.application)


async def refused(shell: Shell, application: UUID) -> Desk:
    desk = await Desk(shell, application).open("2026-03-10", members=applicant("2026-03-10", entered_on="2026-02-01"))
    await desk.done("decisions", TOO_SHORT, on="2026-03-20")
    return desk


async def granted(shell: Shell, application: UUID) -> Desk:
    desk = await Desk(shell, application).open("2025-03-10")
    await desk.done("decisions", {"outcome": "grant", "reason": REASON}, on="2025-03-20")
    return desk


async def test_from_a_refusal_to_its_appeal_and_the_right_it_opens(shell: Shell, application: UUID) -> None:
    desk = await refused(shell, application)
    (told,) = shell.emitted(application, ev.Refused)
    assert (told.appeal.kind, told.appeal.months, told.appeal.then) == ("rapo", 2, "tribunal_administratif")
    await desk.notified("2026-03-24", on="2026-03-25")
    listed = await desk.done("appeals", {"body": "rapo", "on": "2026-04-10", "by": "hospital"}, on="2026-04-10")
    assert listed["appeal"] == "rapo"
    await desk.done(
        "appeals/1/answer", {"outcome": "annulled", "on": "2026-05-04", "notified_on": "2026-05-06"}, on="2026-05-06"
    )
    shown = await desk.shown()
    assert (shown["state"], shown["waiting_for"], shown["appeal"]) == ("open", "identity", "settled")
    clocks = {clock["name"]: clock for clock in shown["clocks"]}
    assert (clocks["execution"]["due_on"], clocks["appeal"]["ended_by"]) == ("2026-06-04", "appeal_filed")
    again = {"outcome": "grant", "members": [0], "reason": REASON}
    missing = await desk.post("decisions", again)
    assert (missing.status_code, missing.json()["code"]) == (422, "override_missing")
    assert missing.json()["errors"][0]["pointer"] == "/override"
    unknown = await desk.post("decisions", {**again, "override": "whim"})
    assert unknown.json()["code"] == "override_unknown"
    await desk.done("decisions", {**again, "override": "judgment"})
    assert shell.names(application)[-4:] == ["refused", "appealed", "appeal_settled", "granted"]
    (appealed,) = shell.emitted(application, ev.Appealed)
    assert (appealed.in_time, appealed.filed_by, appealed.body) == (True, "hospital", "rapo")
    assert [(row["outcome"], row["override"]) for row in desk.rows("decisions")] == [
        ("refused", ""),
        ("granted", "judgment"),
    ]
    assert {row["kind"]: str(row["happened_on"]) for row in desk.rows("acts")} == {
        "notified": "2026-03-24",
        "appeal_filed": "2026-04-10",
        "appeal_settled": "2026-05-04",
    }
    (right,) = desk.rows("entitlements")
    assert right["starts_on"] == day("2026-03-10"), "with effect at the deposit"
    page = (
        await shell.client.get(f"/ui/cases/{application}?purpose=appeal", headers=shell.headers("technician", "781"))
    ).text
    for words in (
        "recours tranché",
        "décision annulée",
        "l&#39;exécution d&#39;une décision de justice ou d&#39;un recours",
    ):
        assert words in page


async def test_a_withdrawal_is_heard_first_and_takes_the_right_back(shell: Shell, application: UUID) -> None:
    desk = await granted(shell, application)
    body = {"ground": "fraud", "reason": REASON}
    early = await desk.post("revocations", body, on="2025-05-02")
    assert (early.status_code, early.json()["code"]) == (409, "hearing_missing")
    await desk.done("hearings", {"ground": "fraud"})
    (heard,) = shell.emitted(application, ev.HearingOpened)
    assert heard.due_on == day("2025-05-17")
    assert (await desk.post("revocations", body)).json()["code"] == "hearing_running"
    await desk.done("acts", {"kind": "answered", "on": "2025-05-09"}, on="2025-05-09")
    await desk.done("revocations", body)
    (revoked,) = shell.emitted(application, ev.Revoked)
    assert (revoked.outcome, revoked.reference) == ("granted", "CRPA L. 242-1 ; L. 241-2 en cas de fraude")
    assert [row["outcome"] for row in desk.rows("decisions")] == ["granted", "revoked"]
    (right,) = desk.rows("entitlements")
    assert (right["ended_on"], right["ended_by"]) == (day("2025-03-09"), "fraud")
    shown = await desk.shown()
    assert (shown["state"], shown["decision"]["outcome"], shown["decision"]["reason"]) == ("refused", "revoked", REASON)


async def test_a_death_ends_the_right_of_one_person(shell: Shell, application: UUID) -> None:
    desk = await granted(shell, application)
    unsure = await desk.post("changes", {"change": "regularised", "on": "2025-06-01"}, on="2025-06-02")
    assert (unsure.status_code, unsure.json()["code"]) == (422, "change_needs_judgement")
    await desk.done("changes", {"change": "address", "on": "2025-06-01"})
    await desk.done("changes", {"change": "death", "on": "2025-06-01"})
    (ended,) = shell.emitted(application, ev.RightEnded)
    assert (ended.member_ranks, ended.ended_on, ended.confidence) == ([0], day("2025-06-01"), "M")
    (right,) = desk.rows("entitlements")
    assert (right["ended_on"], right["ended_by"]) == (day("2025-06-01"), "death")
    assert [
        (row["codes"]["change"], row["codes"]["ends"]) for row in desk.rows("acts") if row["kind"] == "changed"
    ] == [
        ("address", False),
        ("death", True),
    ]
    (person,) = desk.rows("persons")
    assert person["died_on"] == day("2025-06-01")
    assert (await desk.shown())["persons"][0]["died_on"] == "2025-06-01"
    facts = submitted(deposited="2025-03-10").facts
    facts = facts.model_copy(update={"members": [facts.members[0].model_copy(update={"family_name": "Ba"})]})
    amended = event(ev.ApplicationAmended, 2, facts=facts, changes=[])
    await shell.tell(of(amended, application, desk.caisse, "2025-06-02"))
    await until(lambda: desk.rows("persons")[0]["family_name"] == "Ba")
    assert desk.rows("persons")[0]["died_on"] == day("2025-06-01")
    gone = await desk.post("changes", {"change": "death", "on": "2025-06-01"})
    assert gone.json()["code"] == "nobody_concerned"


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("acts", {"kind": "notified", "on": "2026-03-24"}, 422, "validation_failed"),
        ("acts", {"kind": "title_handed_over", "on": "2026-03-24"}, 422, "validation_failed"),
        ("acts", {"kind": "reasons_requested", "on": "2026-03-21"}, 409, "not_implicit"),
        ("acts", {"kind": "forgotten", "on": "2026-03-21"}, 422, "validation_failed"),
        ("appeals", {"body": "cdas", "on": "2026-03-21"}, 409, "appeal_body_wrong"),
        ("appeals", {"body": "tribunal_administratif", "on": "2026-03-21"}, 409, "first_appeal_missing"),
        ("appeals", {"body": "rapo", "on": "2026-03-21", "why": "x"}, 422, "validation_failed"),
        ("appeals/1/answer", {"outcome": "rejected", "on": "2026-03-21"}, 409, "appeal_unknown"),
        ("hearings", {"ground": "fraud"}, 409, "nothing_granted"),
        ("changes", {"change": "death", "on": "2026-03-21"}, 409, "nothing_granted"),
        ("decisions/confirmation", {"confirm": True, "reason": REASON}, 409, "nothing_to_confirm"),
    ],
)
async def test_what_the_law_or_the_state_does_not_allow(
    shell: Shell, application: UUID, path: str, body: dict[str, Any], status: int, code: str
) -> None:
    desk = await refused(shell, application)
    answer = await desk.post(path, body, on="2026-03-21")
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert (await desk.shown())["state"] == "refused"


async def test_an_act_on_what_was_not_read_last_is_not_taken(shell: Shell, application: UUID) -> None:
    desk = await refused(shell, application)
    version = (await desk.shown())["version"]
    path, body = f"/cases/{application}/appeals", {"body": "rapo", "on": "2026-03-20"}
    first = await shell.act("POST", path, body, version, caisse="781")
    again = await shell.act("POST", path, body, version, caisse="781")
    assert (first.status_code, again.status_code, again.json()["code"]) == (201, 412, "stale_version")
    assert len(shell.emitted(application, ev.Appealed)) == 1


async def test_a_delay_that_ran_out_is_told_before_an_agent_acts(shell: Shell, application: UUID) -> None:
    """Whoever comes first, the ticker or the agent: silence refused on 10 May, and the agent reads the case again."""
    desk = await Desk(shell, application).open("2026-03-10")
    version = (await desk.shown())["version"]
    shell.move_to("2026-05-11")
    body = {"outcome": "grant", "reason": REASON}
    stale = await shell.act("POST", f"/cases/{application}/decisions", body, version, caisse="781")
    assert stale.status_code == 412
    await desk.done("decisions", body)
    assert shell.names(application)[-2:] == ["lapsed_to_refusal", "granted"]


async def put(shell: Shell, *records: Fact) -> None:
    async with ReferenceWriter(shell.settings.kafka_bootstrap_servers) as writer:
        await writer.put(records)


async def test_where_the_caisse_wants_two_agents_one_prepares_and_another_confirms(
    shell: Shell, application: UUID
) -> None:
    await put(shell, caisses()["941"].model_copy(update={"four_eyes": ["refuse"], "automatic_grant": False}))
    desk = await Desk(shell, application, "941").open(
        "2026-03-10", members=applicant("2026-03-10", entered_on="2026-02-01")
    )
    prepared = await desk.post("decisions", TOO_SHORT)
    assert (prepared.status_code, prepared.json()["outcome"]) == (202, "to_confirm")
    assert not shell.emitted(application, ev.Refused)
    assert (await desk.shown())["waiting_for"] == "confirmation"
    same = await desk.post("decisions/confirmation", {"confirm": True, "reason": REASON})
    assert (same.status_code, same.json()["code"]) == (403, "same_agent")
    dropped = await desk.post("decisions/confirmation", {"confirm": False, "reason": REASON}, role="supervisor")
    assert (dropped.status_code, (await desk.shown())["waiting_for"]) == (200, "identity")
    await desk.post("decisions", TOO_SHORT)
    await desk.done("decisions/confirmation", {"confirm": True, "reason": "Relu."}, role="supervisor")
    (told,) = shell.emitted(application, ev.Refused)
    assert (told.prepared_by, told.signatory) == ("technician-941-1", "supervisor-941-1")
    assert (await desk.shown())["decision"]["reason"] == f"{REASON}\n\nSecond regard : Relu."


async def test_a_prepared_decision_falls_when_the_facts_change(shell: Shell, application: UUID) -> None:
    await put(shell, caisses()["941"].model_copy(update={"four_eyes": ["refuse"], "automatic_grant": False}))
    desk = await Desk(shell, application, "941").open(
        "2026-03-10", members=applicant("2026-03-10", entered_on="2026-02-01")
    )
    assert (await desk.post("decisions", TOO_SHORT)).status_code == 202
    seen = {"observations": [{"point": "entered_on", "value": "2025-02-01", "proof": "visabio"}]}
    await desk.done("facts", seen)
    assert (await desk.shown())["draft"] is None


async def test_who_holds_no_signature_signs_nothing(shell: Shell, application: UUID) -> None:
    given = Delegation(
        caisse="911", agent="technician-911-1", acts=["grant"], since=day("2026-01-01"), until=day("2026-06-30")
    )
    await put(shell, given)
    desk = await Desk(shell, application, "911").open(
        "2026-03-10", members=applicant("2026-03-10", entered_on="2026-02-01")
    )
    answer = await desk.post("decisions", TOO_SHORT)
    assert (answer.status_code, answer.json()["code"]) == (403, "signature_not_delegated")
    assert (await desk.post("decisions", TOO_SHORT, role="supervisor")).status_code == 403


async def test_the_workload_counts_what_is_to_do(shell: Shell, application: UUID) -> None:
    desk = await Desk(shell, application, "131").open("2026-03-10", **incomplete())
    version = (await desk.shown())["version"]
    await shell.act("PUT", f"/cases/{application}/assignee", {"agent": "agent-131-09"}, version, caisse="131")
    shell.move_to("2026-04-11")
    counted = (await shell.client.get("/cases/workload", headers=shell.headers(caisse="131"))).json()
    (mine,) = [row for row in counted if row["assignee"] == "agent-131-09"]
    assert {row["caisse"] for row in counted} == {"131"}
    assert (mine["state"], mine["cases"], mine["overdue"]) == ("open", 1, 1)

    async def listed(**query: Any) -> bool:
        found = await shell.client.get("/cases", params={"limit": 500, **query}, headers=shell.headers(caisse="131"))
        return str(application) in found.text

    assert await listed(overdue=True)
    assert await listed(signal="unsearched", priority=False, appeal="")
    assert not await listed(signal="open")
    assert not await listed(priority=True)
    shell.move_to("2026-04-10")
    assert not await listed(overdue=True), "the last day belongs to the delay"
