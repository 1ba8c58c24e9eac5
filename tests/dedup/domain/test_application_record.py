"""What the other caisse sees of an application after its decision was contested or withdrawn."""

from __future__ import annotations

import datetime as dt

import pytest

from services.dedup.domain.application_record import FoldResult, fold
from shared.contract import events as ev
from tests.reporting.lives import Life

D = dt.date


def folded(*told: ev.Event) -> FoldResult:
    return fold({}, told)


@pytest.mark.parametrize("how", ["appeal_settled", "revoked"])
def test_a_refusal_that_fell_is_no_longer_said_of_anybody(how: str) -> None:
    life = Life("a")
    told = [life.submitted(D(2026, 1, 10)), life.refused(D(2026, 2, 1), "over_ceiling")]
    told.append(
        life.appeal_settled(D(2026, 3, 2)) if how == "appeal_settled" else life.revoked(D(2026, 3, 2), "refused")
    )
    seen = folded(*told)
    [dossier] = seen.dossiers.values()
    assert (dossier.outcome, dossier.outcome_on, dossier.motives) == ("pending", None, ())
    assert [one["what"] for one in seen.happenings] == ["submitted", "refused", how], "what happened stays told"


def test_a_right_taken_back_is_a_refusal() -> None:
    life = Life("a")
    seen = folded(life.submitted(D(2026, 1, 10)), life.granted(D(2026, 2, 1)), life.revoked(D(2026, 5, 2), "granted"))
    [dossier] = seen.dossiers.values()
    assert (dossier.outcome, dossier.outcome_on) == ("refused", D(2026, 5, 2))


def test_a_rejected_appeal_leaves_the_refusal() -> None:
    life = Life("a")
    refused = life.refused(D(2026, 2, 1), "over_ceiling")
    seen = folded(life.submitted(D(2026, 1, 10)), refused, life.appeal_settled(D(2026, 3, 2), reopened=False))
    [dossier] = seen.dossiers.values()
    assert (dossier.outcome, dossier.motives) == ("refused", ("over_ceiling",))
