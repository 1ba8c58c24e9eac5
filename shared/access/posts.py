"""Posts: what one person may do at one caisse, or for all of them. A person has one or several and works at one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.access.principal import NATIONAL, Principal, Role

CAISSE = re.compile(r"[0-9A-Z]{3}")


@dataclass(frozen=True)
class Post:
    """Roles held together at one caisse; ``caisse`` None: at the national level, for national roles alone.

    ``body``: the code of the deposit body, of a post at one.
    """

    caisse: str | None
    roles: frozenset[Role]
    body: str | None = None

    def principal(self, subject: str) -> Principal:
        """Who asks, when ``subject`` works at this post."""
        return Principal(subject, self.roles, self.caisse, self.body)

    def as_claim(self) -> dict[str, Any]:
        """The same as an identity provider writes it."""
        written: dict[str, Any] = {"caisse": self.caisse, "roles": sorted(role.value for role in self.roles)}
        return written if self.body is None else written | {"body": self.body}


def posts_of(claim: object) -> tuple[Post, ...]:
    """The posts of the claim ``habilitations``, ``[{"caisse": "751", "roles": ["technician"]}]``, in its order.

    An entry that is not understood whole (an unknown role, a caisse's role without a caisse) gives nothing: a fault of
    the provider's settings must not widen a right. The same post named twice is one.
    """
    entries = claim if isinstance(claim, list) else []
    found = (_post(entry) for entry in entries)
    return tuple(dict.fromkeys(post for post in found if post is not None))


def _post(entry: object) -> Post | None:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("roles"), list):
        return None
    try:
        roles = frozenset(Role(role) for role in entry["roles"])
    except ValueError:
        return None
    caisse, body = entry.get("caisse"), entry.get("body")
    if not roles or (body is not None and not isinstance(body, str)):
        return None
    if caisse is None:
        return Post(None, roles, body) if roles <= NATIONAL else None
    return Post(caisse, roles, body) if isinstance(caisse, str) and CAISSE.fullmatch(caisse) else None
