"""Why a file is read: a role claims what its work is, and pages carry the true purpose by themselves."""

from __future__ import annotations

import pytest

from shared.access.principal import Principal, Role
from shared.access.purposes import MAY_CLAIM, USUAL, Purpose, check_purpose, purpose_by_way, usual_purpose
from shared.http.problems import Problem

TABLE = """
                 frontend  agent  technician  supervisor  auditor  operator  director  national_office
instruction      .         x      x           x           .        . .         .
duplicate_review .         .      x           x           .        . .         .
front_desk       x         x      x           .           .        . .         .
supervision      .         .      .           x           .        . x         x
audit            .         .      .           .           x        . .         .
person_request   x         x      x           x           .        . .         .
appeal           .         x      x           x           .        . .         .
operation        .         .      .           .           .        x .         .
"""
ROLES, *LINES = [line.split() for line in TABLE.strip().splitlines()]
CLAIMS = [
    (Role(role), Purpose(purpose), mark == "x")
    for purpose, *marks in LINES
    for role, mark in zip(ROLES, marks, strict=True)
]


def reader(*roles: Role) -> Principal:
    return Principal("somebody", frozenset(roles), "751")


def test_the_table_names_every_role_and_every_purpose() -> None:
    assert set(ROLES) == set(Role) == set(MAY_CLAIM) == set(USUAL)
    assert {purpose for purpose, *_ in LINES} == set(Purpose)


@pytest.mark.parametrize(("role", "purpose", "allowed"), CLAIMS)
def test_a_role_claims_what_its_work_is(role: Role, purpose: Purpose, allowed: bool) -> None:
    if allowed:
        check_purpose(reader(role), purpose)
        return
    with pytest.raises(Problem) as refused:
        check_purpose(reader(role), purpose)
    assert (refused.value.status, refused.value.code) == (403, "purpose_not_allowed")
    assert USUAL[role].value in refused.value.detail, "who is refused is told what there is"


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("way", Purpose)
def test_whatever_the_way_a_page_carries_a_purpose_that_the_role_may_claim(role: Role, way: Purpose) -> None:
    purpose = purpose_by_way(reader(role), way)
    check_purpose(reader(role), purpose)
    assert purpose == (way if way in MAY_CLAIM[role] else USUAL[role])


def test_somebody_of_two_roles_may_claim_what_either_may() -> None:
    both = reader(Role.TECHNICIAN, Role.AUDITOR)
    assert usual_purpose(both) is Purpose.AUDIT
    for purpose in (Purpose.AUDIT, Purpose.APPEAL):
        check_purpose(both, purpose)
