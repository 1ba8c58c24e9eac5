"""Decision keeps only what its question needs, and what is append-only cannot be changed by the service itself."""

from __future__ import annotations

import psycopg
import pytest
from pydantic import BaseModel

from services.decision import tables
from services.decision.domain.eligibility.facts import CaseFacts, CaseMember, CasePaper
from shared.contract.facts import ApplicationFacts
from tests.decision.files import file
from tests.decision.lives import full
from tests.servers import Databases

KERNEL = {"outbox", "inbox", "parked", "streams", "corrections"}
COLUMNS = {
    "cases": "application_id caisse state version proposal identity waiting_for deposited_on received_on complete_on "
    "decided_on "
    "due_on wakes_on assignee facts_version priority appeal target_on papers prepared_by body",
    "facts": "application_id version known_on body figures_key",
    "persons": "application_id rank member_id relation family_name given_names usage_name birth_date reference died_on",
    "evaluations": "evaluation_id application_id number facts_version rule_set engine overseas on_date evaluated_on "
    "proposal digest",
    "findings": "evaluation_id application_id body",
    "decisions": "decision_id application_id caisse outcome decided_on effect_on automatic signatory appeal_body "
    "motives "
    "evaluation_number proposal prepared_by override",
    "acts": "act_id application_id caisse kind happened_on recorded_on actor_role actor_id codes",
    "reasons": "decision_id application_id reason",
    "entitlements": "decision_id member_id application_id caisse member_rank starts_on ends_on care_from ended_on "
    "ended_by",
    "rule_sets": "rule_set loaded_on texts",
    "supervision_nonces": "caisse period nonce published_on published_by",
    "supervision_draws": "draw_id caisse period drawn_on drawn_by seed listed listed_sha256 random_size negative_size",
    "supervision_samples": "sample_id draw_id application_id decision_id caisse period outcome decided_on author draw "
    "reasons second_look",
    "supervision_reviews": "review_id sample_id application_id caisse look reviewer grid answers reviewed_on",
    "reassignments": "batch_id caisse done_on done_by agent reason moves undoes",
    "supervision_follow_ups": "sample_id application_id caisse period faults opened_on",
    "supervision_conclusions": "sample_id application_id caisse conclusion concluded_on concluded_by",
    "ticks": "name day",
    "parked_clocks": "application_id version reason parked_at",
}
FIELDS: dict[type[BaseModel], str] = {
    CaseFacts: "route kind deposit members means lodging domiciled caisse department earlier_rights earlier_care "
    "papers observed known_rights registered_on protected_location hypothetical",
    CaseMember: "member_id rank relation birth_date in_education in_regular_stay living_together_since in_charge stay "
    "infirm shared_custody good_faith earlier_application_id doubts",
    CasePaper: "paper_id kind use member_rank dated posted_on received_on has_photo legible",
}


def test_the_columns_are_these_and_no_more() -> None:
    found = {table.name: {column.name for column in table.columns} for table in tables.metadata.sorted_tables}
    assert {name: columns for name, columns in found.items() if name not in KERNEL} == {
        name: set(columns.split()) for name, columns in COLUMNS.items()
    }


def test_the_facts_kept_are_these_and_no_more() -> None:
    for model, fields in FIELDS.items():
        assert set(model.model_fields) == set(fields.split())


def test_who_a_person_is_and_where_he_lives_is_left_out() -> None:
    whole = full(file()).model_dump(mode="json")
    whole["members"][0] |= {
        "given_names": "Awa",
        "usage_name": "Diallo",
        "birth_place": "Kayes",
        "birth_country": "ML",
        "nationality": "ML",
        "social_number": "7512345678901",
        "sex": "F",
        "father_name": "Modibo",
        "mother_name": "Fanta",
    }
    whole["address"] |= {
        "line": "3 rue des Lilas",
        "city": "Paris",
        "postcode": "75020",
        "host_name": "Keita",
        "telephone": "0601020304",
    }
    whole["papers"][0]["number"] = "AB123456"
    kept = CaseFacts.of(ApplicationFacts.model_validate(whole)).model_dump_json()
    for secret in (
        "Traoré",
        "Awa",
        "Diallo",
        "Kayes",
        "ML",
        "7512345678901",
        "Lilas",
        "75020",
        "Keita",
        "0601020304",
        "AB123456",
        "Modibo",
        "Fanta",
    ):
        assert secret not in kept


@pytest.mark.parametrize(
    ("table", "column"),
    [("evaluations", "digest"), ("decisions", "outcome"), ("acts", "kind"), ("rule_sets", "rule_set")],
)
def test_append_only_tables_refuse_the_service_itself(databases: Databases, table: str, column: str) -> None:
    database = databases.migrated("decision")
    with psycopg.connect(database.conninfo(), autocommit=True) as connection:
        connection.execute(f"SELECT * FROM {table}".encode())
        for statement in (f"DELETE FROM {table}", f"TRUNCATE {table}", f"UPDATE {table} SET {column} = ''"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())
