"""Events in, events out: the case on the real broker and database."""

from __future__ import annotations

from uuid import UUID

import pytest

from shared.contract import events as ev
from shared.ids import uuid7
from tests.decision.conftest import Shell
from tests.decision.files import applicant, day
from tests.decision.lives import BILL, event, identity_cleared, incomplete, judgement, of, received, signal, submitted
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="module")
ON = "2008-03-10"


@pytest.fixture(autouse=True)
def the_day(shell: Shell) -> None:
    shell.move_to(ON)


async def test_a_complete_clear_file_is_granted_in_the_name_of_the_signatory(shell: Shell, application: UUID) -> None:
    await shell.tell(of(identity_cleared(), application), of(submitted(), application))
    row = await shell.known(application, "granted")
    assert shell.names(application) == ["evaluated", "file_completed", "granted"]
    granted = shell.emitted(application)[-1]
    assert (granted.automatic, granted.signatory, granted.actor.role) == (True, "agent-751-01", "system")
    assert [entitled.ends_on for entitled in granted.entitlements] == [day("2009-03-09")]
    assert row["wakes_on"] == day("2009-01-09")
    (right,) = shell.rows("SELECT * FROM entitlements WHERE application_id = %s", application)
    assert (right["starts_on"], right["ends_on"]) == (day(ON), day("2009-03-09"))
    (decided,) = shell.rows("SELECT * FROM decisions WHERE application_id = %s", application)
    assert (decided["outcome"], decided["automatic"], decided["proposal"]) == ("granted", True, "grant")


async def test_a_caisse_without_the_policy_waits_for_a_person(shell: Shell, application: UUID) -> None:
    await shell.tell(of(submitted(), application, "781"), of(identity_cleared(), application, "781"))
    await until(
        lambda: shell.rows("SELECT 1 FROM cases WHERE application_id = %s AND waiting_for = 'decision'", application)
    )
    assert shell.names(application) == ["evaluated", "file_completed"]


async def test_overseas_the_ceiling_is_higher(shell: Shell, application: UUID) -> None:
    await shell.tell(of(submitted(means={"estimate_cents": 7_900_00}), application, "973"))
    assert (await shell.known(application))["proposal"] == "grant"


async def test_a_transfer_overseas_is_evaluated_anew(shell: Shell, application: UUID) -> None:
    moved = event(ev.ApplicationTransferred, 2, from_caisse="751", to_caisse="973", reason="r")
    await shell.tell(of(submitted(means={"estimate_cents": 7_900_00}), application), of(moved, application, "973"))
    await until(lambda: len(shell.emitted(application, ev.Evaluated)) == 2)
    assert [(one.caisse, one.proposal) for one in shell.emitted(application, ev.Evaluated)] == [
        ("751", "refuse"),
        ("973", "grant"),
    ]
    for told in shell.emitted(application, ev.Evaluated):
        assert [(found.value, found.limit) for found in told.findings] == [("", "")] * len(told.findings)
        assert {found.rule for found in told.findings} >= {"means.condition"} or told.findings
    [kept] = shell.rows(
        "SELECT body FROM findings WHERE application_id = %s AND body::text LIKE '%%790000%%' LIMIT 1", application
    )
    assert kept["body"], "the values stay with decision, where an erasure finds them"
    assert (await shell.known(application))["caisse"] == "973"


async def test_missing_papers_are_asked_for_and_their_coming_completes_the_file(
    shell: Shell, application: UUID
) -> None:
    await shell.tell(of(submitted(**incomplete()), application), of(identity_cleared(), application))
    await until(lambda: shell.names(application) == ["evaluated", "papers_requested"])
    asked = shell.emitted(application)[-1]
    assert (asked.request_no, asked.due_on, [item.code for item in asked.items]) == (
        1,
        day("2008-04-09"),
        ["residence"],
    )
    await shell.tell(of(received(2, BILL), application))
    await shell.known(application, "granted")
    assert shell.names(application)[2:] == ["evaluated", "file_completed", "granted"]
    versions = shell.rows("SELECT version FROM facts WHERE application_id = %s ORDER BY version", application)
    assert [row["version"] for row in versions] == [1, 2]


async def test_an_open_signal_keeps_a_person_in_charge(shell: Shell, application: UUID) -> None:
    await shell.tell(of(submitted(), application), of(signal(1), application))
    await until(lambda: shell.rows("SELECT 1 FROM cases WHERE application_id = %s AND identity = 'open'", application))
    assert "granted" not in shell.names(application)
    await shell.tell(of(judgement(1, "different"), application))
    await shell.known(application, "granted")


async def test_a_hundred_files_at_once(shell: Shell) -> None:
    """Whatever the size of the batch, each case gets its own outcome."""
    ids = [uuid7() for _ in range(100)]
    told = [of(submitted(**(incomplete() if number % 2 else {})), one) for number, one in enumerate(ids)]
    await shell.tell(*told, *(of(identity_cleared(), one) for one in ids))
    query = (
        "SELECT count(*) AS n FROM cases WHERE application_id = ANY(%s) AND (state = 'granted' OR waiting_for = "
        "'papers')"
    )
    await until(lambda: shell.rows(query, ids)[0]["n"] == 100)
    assert [shell.names(one)[-1] for one in ids[:4]] == ["granted", "papers_requested", "granted", "papers_requested"]


async def test_the_same_event_twice_changes_nothing(shell: Shell, application: UUID) -> None:
    one = of(submitted(), application)
    await shell.tell(one, one, of(identity_cleared(), application))
    await shell.known(application, "granted")
    assert shell.names(application) == ["evaluated", "file_completed", "granted"]


async def test_withdrawal_closes(shell: Shell, application: UUID) -> None:
    await shell.tell(of(submitted(**incomplete()), application))
    await shell.known(application)
    await shell.tell(of(event(ev.ApplicationWithdrawn, 2, reason="r"), application))
    assert (await shell.known(application, "withdrawn"))["wakes_on"] is None


async def test_erasure_leaves_ids_codes_and_dates_only(shell: Shell, application: UUID) -> None:
    long = applicant(ON, entered_on="2001-02-03")
    await shell.tell(of(submitted(members=long), application))
    await shell.known(application)
    await shell.tell(of(event(ev.ApplicationErased, 2, legal_ground="g"), application))
    row = await shell.known(application, "erased")
    for table in ("facts", "findings", "reasons", "persons"):
        assert not shell.rows(f"SELECT 1 FROM {table} WHERE application_id = %s", application)
    assert "2001-02-03" not in str(row["body"])
    assert shell.rows("SELECT 1 FROM evaluations WHERE application_id = %s", application)


async def test_a_name_is_kept_in_one_erasable_table_only(shell: Shell, application: UUID) -> None:
    """The application carries a name; people read it, and no fact, finding, digest or event holds it."""
    told = submitted().model_copy(update={"reference": "2008-0001"})
    await shell.tell(of(told, application))
    await shell.known(application)
    shown = "SELECT rank, family_name, birth_date, reference FROM persons WHERE application_id = %s"
    person = {"rank": 0, "family_name": "Traoré", "birth_date": "1975-06-15", "reference": "2008-0001"}
    assert shell.rows(shown, application) == [person]
    facts = told.facts.model_copy(update={"members": [told.facts.members[0].model_copy(update={"family_name": "Ba"})]})
    await shell.tell(of(event(ev.ApplicationAmended, 2, facts=facts, changes=[]), application))
    await until(lambda: shell.rows(shown, application) == [person | {"family_name": "Ba"}])
    for table in ("cases", "facts", "findings", "evaluations", "outbox"):
        assert not shell.rows(f"SELECT 1 FROM {table} t WHERE t::text LIKE '%%Traor%%'")
