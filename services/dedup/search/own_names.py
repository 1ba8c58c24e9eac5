"""The names of the own caisse, put in order as one is typed: what begins alike, and what the index finds misspelt."""

from __future__ import annotations

import unicodedata
from typing import Any, Final

from rapidfuzz import fuzz, process

from services.dedup.domain.matching.normalisation import Identity
from services.dedup.search import common_base, query_by_example
from services.dedup.store import access_history, own_files
from shared.access.principal import Principal
from shared.access.purposes import Purpose
from shared.service.runtime import Runtime

SHOWN: Final = 8
FIRST_LETTERS: Final = 2
LEAST_LIKE: Final = 60.0
"""Of 100: names less alike are not proposed."""


async def nearest(
    runtime: Runtime, principal: Principal, purpose: Purpose, family_name: str, given_names: str
) -> list[dict[str, Any]]:
    """The files of the own caisse whose names are nearest to what is typed, the likest first.

    Counts as a search of this agent (429 over the limit) and leaves the access event of the files it names.
    """
    base, wanted = await common_base.base_of(runtime, principal.caisse), f"{family_name} {given_names}".strip()
    async with runtime.database.unit() as unit:
        await query_by_example.count(unit, principal)
        rows = await own_files.beginning_with(unit, principal, family_name.strip()[:FIRST_LETTERS])
    identity = Identity(family_name=family_name, given_names=given_names)
    leads = await query_by_example.search(base, runtime.database, identity)
    async with runtime.database.unit() as unit:
        found = await query_by_example.described(unit, principal, leads)
        known = [row._asdict() for row in rows]
        here = {one["application_id"] for one in known}
        misspelt = [one["application_id"] for one in found if one["application_id"] not in here]
        known += (await own_files.names_of(unit, principal, misspelt)).values()
        shown = ordered(wanted, known)
        await access_history.record_read(
            unit, principal, purpose, "dedup.check", [one["application_id"] for one in shown]
        )
    return shown


def ordered(wanted: str, known: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The persons whose names are likest to what is typed, whatever the order of the names, without accents."""
    names = [_plain(f"{one['family_name']} {one['given_names']}") for one in known]
    found = process.extract(
        _plain(wanted), names, scorer=_likeness, limit=SHOWN, score_cutoff=LEAST_LIKE, processor=None
    )
    return [known[key] for _, _, key in found]


def _likeness(typed: str, name: str, **_: Any) -> float:
    """How near a name is to what is typed so far: the whole of it, or its beginning."""
    return max(fuzz.token_sort_ratio(typed, name), fuzz.ratio(typed, name[: len(typed)]) * 0.98)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFD", text).encode("ascii", "ignore").decode().lower().strip()
