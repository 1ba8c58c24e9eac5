"""Why a person's file is read: which role may claim which purpose, and which purpose a page carries by itself.

A purpose that anybody can claim says nothing to the auditor who counts them. So a role claims only what its work is,
and a page does not ask: it carries the purpose of the way by which the file was reached.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from shared.access.principal import Principal, Role
from shared.http.problems import Problem


class Purpose(StrEnum):
    """Why a person's file is read. The list is closed, so that an auditor can count."""

    INSTRUCTION = "instruction"
    DUPLICATE_REVIEW = "duplicate_review"
    FRONT_DESK = "front_desk"
    SUPERVISION = "supervision"
    AUDIT = "audit"
    PERSON_REQUEST = "person_request"
    APPEAL = "appeal"
    OPERATION = "operation"


_AGENT = frozenset({Purpose.INSTRUCTION, Purpose.FRONT_DESK, Purpose.PERSON_REQUEST, Purpose.APPEAL})

MAY_CLAIM: Final[Mapping[Role, frozenset[Purpose]]] = {
    Role.FRONTEND: frozenset({Purpose.FRONT_DESK, Purpose.PERSON_REQUEST}),
    Role.AGENT: _AGENT,
    Role.TECHNICIAN: _AGENT | {Purpose.DUPLICATE_REVIEW},
    # A supervisor may instruct a case and judge a pair; at the counter there are agents.
    Role.SUPERVISOR: frozenset(
        {
            Purpose.SUPERVISION,
            Purpose.INSTRUCTION,
            Purpose.DUPLICATE_REVIEW,
            Purpose.APPEAL,
            Purpose.PERSON_REQUEST,
        }
    ),
    Role.AUDITOR: frozenset({Purpose.AUDIT}),
    Role.OPERATOR: frozenset({Purpose.OPERATION}),
    # They answer for figures; no route shows either of them a person's file.
    Role.DIRECTOR: frozenset({Purpose.SUPERVISION}),
    Role.NATIONAL_OFFICE: frozenset({Purpose.SUPERVISION}),
}
"""Which role may claim which purpose."""

USUAL: Final[Mapping[Role, Purpose]] = {
    Role.AUDITOR: Purpose.AUDIT,
    Role.OPERATOR: Purpose.OPERATION,
    Role.SUPERVISOR: Purpose.SUPERVISION,
    Role.TECHNICIAN: Purpose.INSTRUCTION,
    Role.AGENT: Purpose.INSTRUCTION,
    Role.FRONTEND: Purpose.FRONT_DESK,
    Role.DIRECTOR: Purpose.SUPERVISION,
    Role.NATIONAL_OFFICE: Purpose.SUPERVISION,
}
"""Why somebody of this role goes through a list of work; of several roles the first counts."""


def claimable(principal: Principal) -> frozenset[Purpose]:
    """The purposes that the roles of a token may claim."""
    return frozenset().union(*(MAY_CLAIM[role] for role in principal.roles))


def check_purpose(principal: Principal, purpose: Purpose) -> None:
    """Raises a 403 problem when none of the token's roles may claim ``purpose``."""
    allowed = claimable(principal)
    if purpose not in allowed:
        names = ", ".join(one.value for one in Purpose if one in allowed)
        raise Problem(403, "purpose_not_allowed", f"Motifs admis pour ce rôle : {names}.", title="Motif non admis")


def usual_purpose(principal: Principal) -> Purpose:
    """Why this person goes through a list of work."""
    return next(purpose for role, purpose in USUAL.items() if role in principal.roles)


def purpose_by_way(principal: Principal, way: Purpose) -> Purpose:
    """The purpose of a file reached by ``way`` (from the review of pairs, from the appeals): that of the way where the
    role may claim it, else the role's usual one. An auditor audits, whichever list he came by."""
    return way if way in claimable(principal) else usual_purpose(principal)


def purpose_of_tabs(principal: Principal) -> Purpose:
    """Why the tabs of a file are read: at the counter by its agents, else for the role's own work."""
    at_the_counter = principal.roles <= {Role.AGENT}
    return purpose_by_way(principal, Purpose.FRONT_DESK if at_the_counter else usual_purpose(principal))


def purpose_of_instruction(principal: Principal) -> Purpose:
    """Why the instruction of a file is read: to instruct it, by who may; by others for their own work, as its other
    tabs."""
    instructs = principal.roles & {Role.TECHNICIAN, Role.SUPERVISOR}
    return Purpose.INSTRUCTION if instructs else purpose_of_tabs(principal)


FRENCH_PURPOSE: Final[Mapping[Purpose, str]] = {
    Purpose.INSTRUCTION: "instruction",
    Purpose.DUPLICATE_REVIEW: "lecture de doublons",
    Purpose.FRONT_DESK: "accueil",
    Purpose.SUPERVISION: "supervision",
    Purpose.AUDIT: "audit",
    Purpose.PERSON_REQUEST: "demande de la personne",
    Purpose.APPEAL: "recours",
    Purpose.OPERATION: "exploitation",
}
"""The purposes as pages say them."""
