"""Every query that looks over all caisses says how the sandbox is kept out of it.

A query goes through ``Principal.scope``, which leaves the sandbox out for whoever works for all caisses, or it is an
exception of ``tools/caisse_scope.toml`` with its reason. An exception that looks over all caisses is named here too.
"""

from __future__ import annotations

import re
import tomllib

import sqlalchemy as sa

from shared.access.principal import NATIONAL, Principal
from shared.contract.sandbox import OUTSIDE_SANDBOX, SANDBOX
from tools.caisse_scope import EXCEPTIONS, ROOT

OVER_ALL = re.compile(r"\b(?:all|every|whatever) caisses?\b|whole base|national rates|reaches every")
KEPT_APART = {
    "services/decision/store/known_rights.py::rights_of": "by files that the file in hand names, which never meet",
    "services/dedup/store/erasure.py::forget": "an erasure is of one file, in the sandbox too",
    "services/dedup/store/links.py::_regroup": "links are of pairs, and no pair has one side in the sandbox",
    "services/dedup/store/links.py::forget": "an erasure is of one file, in the sandbox too",
    "services/dedup/store/model_versions.py::calibrate": OUTSIDE_SANDBOX,
    "services/dedup/store/agreement.py::listed": "AND NOT sandbox",
    "services/dedup/store/relink_runs.py::judged_same": OUTSIDE_SANDBOX,
    "services/dedup/store/relink_runs.py::known_pairs": OUTSIDE_SANDBOX,
    "services/dedup/store/relink_runs.py::origins": "of records that a run holds, which the sandbox has no place in",
    "services/dedup/store/shared_attributes.py::shared": "the sandbox leaves no marks: services/dedup/handlers.py",
    "services/intake/store/changes.py::number": "a position says nothing of a file; who reads it does so in scope",
    "services/intake/store/deliveries.py::counts": OUTSIDE_SANDBOX,
    "services/intake/store/erasure.py::forget": "an erasure is of one file, in the sandbox too",
    "services/letters/store/paper_views.py::lost_sheets": OUTSIDE_SANDBOX,
    "services/letters/store/recipients.py::erase": "an erasure is of one file, in the sandbox too",
}


def test_every_exception_over_all_caisses_keeps_the_sandbox_out() -> None:
    exceptions = tomllib.loads(EXCEPTIONS.read_text("utf-8"))["exceptions"]
    over_all = {
        key
        for key, reason in exceptions.items()
        # What reporting holds came through its door, which passes the sandbox over.
        if OVER_ALL.search(reason) and not key.startswith("services/reporting/")
    }
    assert over_all == set(KEPT_APART), "say how the sandbox is kept out of a query over all caisses"
    for key, how in KEPT_APART.items():
        if how in (OUTSIDE_SANDBOX, "AND NOT sandbox"):
            source = (ROOT / key.partition("::")[0]).read_text("utf-8")
            assert ("OUTSIDE_SANDBOX" in source) if how == OUTSIDE_SANDBOX else (how in source), key


def test_the_one_filter_leaves_it_out_for_every_national_role() -> None:
    column = sa.column("caisse", sa.Text)
    for role in NATIONAL:
        principal = Principal("p", frozenset({role}), None)
        written = str(principal.scope(column).compile(compile_kwargs={"literal_binds": True}))
        assert written == f"caisse IS DISTINCT FROM '{SANDBOX}'"


def test_reporting_has_one_door() -> None:
    source = (ROOT / "services/reporting/handlers.py").read_text("utf-8")
    assert source.count("Subscription(") == 1, "each topic comes through _real"
