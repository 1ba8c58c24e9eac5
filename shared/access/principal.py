"""Who is asking: roles, the scope of a caisse."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from shared.contract.events import Actor
from shared.contract.sandbox import SANDBOX, in_sandbox
from shared.http.problems import Problem, not_found


class Role(StrEnum):
    """What a caller may do; the roles of each route are named beside it."""

    FRONTEND = "frontend"
    AGENT = "agent"
    TECHNICIAN = "technician"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    OPERATOR = "operator"
    DIRECTOR = "director"
    NATIONAL_OFFICE = "national_office"


ROLES_IN_WORDS = {
    Role.FRONTEND: "application partenaire",
    Role.AGENT: "accueil",
    Role.TECHNICIAN: "technique",
    Role.SUPERVISOR: "supervision",
    Role.AUDITOR: "audit",
    Role.OPERATOR: "exploitation",
    Role.DIRECTOR: "direction",
    Role.NATIONAL_OFFICE: "échelon national",
}
"""What pages call a role."""

# Roles that may hold a token without a caisse, and then see all of them.
NATIONAL = frozenset({Role.AUDITOR, Role.OPERATOR, Role.SUPERVISOR, Role.NATIONAL_OFFICE})


def not_for_this_role(*allowed: Role) -> Problem:
    """The answer to somebody of another role, in the words of the pages."""
    return Problem(403, "forbidden", f"Rôles admis : {', '.join(ROLES_IN_WORDS[role] for role in allowed)}.")


@dataclass(frozen=True)
class Principal:
    """Who is asking: a pseudonymous id, roles, and the caisse of the token (None: all caisses, for national roles).

    ``body``: the code of the deposit body whose own token this is (a CCAS, a hospital), or None.
    """

    id: str
    roles: frozenset[Role]
    caisse: str | None
    body: str | None = None

    @property
    def actor(self) -> Actor:
        """The actor of the events this caller causes."""
        return Actor(role=min(self.roles).value, id=self.id)

    def sees(self, *caisses: str) -> bool:
        """Whether an object that belongs to these caisses is in scope."""
        if self.caisse is None:
            return not caisses or any(not in_sandbox(caisse) for caisse in caisses)
        return self.caisse in caisses

    def check_scope(self, *caisses: str) -> None:
        """Refuse, as if it did not exist, an object of another caisse."""
        if not self.sees(*caisses):
            raise not_found()

    def sees_place_of(self, caisse: str) -> bool:
        """Whether the place of a protected household of this caisse may be shown: at home, or to a supervisor."""
        return self.caisse == caisse or Role.SUPERVISOR in self.roles

    def scope(self, *columns: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
        """The one filter that keeps a query inside the caisse of the token: any of ``columns`` must be that caisse.

        Who works for all caisses sees all but the sandbox, which is nobody's figures and nobody's file.
        """
        if self.caisse is None:
            return sa.or_(*(column.is_distinct_from(SANDBOX) for column in columns))
        return sa.or_(*(column == self.caisse for column in columns))
