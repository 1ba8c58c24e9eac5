"""Who gives the day of a first body: only its own token makes it say so; who changes the day later declares it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from services.intake.domain.application import Application, submit
from services.intake.domain.input_errors import InvalidApplication
from shared.contract.facts import SaidBy
from tests.intake.examples import BY, KNOWN, application

CCAS = replace(BY, body="ccas-751")


def filed(*changes: tuple[str, Any], by: Any = BY) -> Application:
    document = application(*changes)
    return submit(document, application_id=uuid4(), caisse="751", reference="", known=KNOWN, by=by)[0]


def said(file: Application) -> SaidBy:
    assert file.facts is not None
    return file.facts.deposit.first_body_by


def test_the_body_says_its_own_day_and_a_caisse_declares_it() -> None:
    assert said(filed(by=CCAS)) is SaidBy.BODY
    assert said(filed()) is SaidBy.DECLARED
    assert said(filed(by=replace(BY, body="ccas-931"))) is SaidBy.DECLARED


def test_a_stamped_receipt_says_it_too() -> None:
    receipt = {"kind": "deposit_receipt", "use": "other", "dated": "2008-01-14"}
    papers = [*application()["papers"], receipt]
    assert said(filed(("/papers", papers), ("/deposit/first_body_by", "stamp"))) is SaidBy.STAMP


@pytest.mark.parametrize(
    ("stamped", "first", "accepted"),
    [
        ("2008-01-14", None, True),
        ("2008-01-13", None, False),
        ("2008-01-10", "2008-01-10", True),
        ("2008-01-14", "2008-01-10", False),
    ],
)
def test_a_stamp_says_the_day_that_it_bears(stamped: str, first: str | None, accepted: bool) -> None:
    papers = [*application()["papers"], {"kind": "deposit_receipt", "use": "other", "dated": stamped}]
    changes = [("/papers", papers), ("/deposit/first_body_by", "stamp"), ("/deposit/first_body_on", first)]
    if accepted:
        assert said(filed(*changes)) is SaidBy.STAMP
        return
    with pytest.raises(InvalidApplication) as caught:
        filed(*changes)
    assert [one.code for one in caught.value.errors] == ["stamp_of_another_day"]


def test_the_caisse_cannot_make_the_body_say_a_day() -> None:
    for act in (
        lambda: filed(("/deposit/first_body_by", "body")),
        lambda: filed().amend({"deposit": {"first_body_by": "body"}}, KNOWN, BY),
    ):
        with pytest.raises(InvalidApplication) as caught:
            act()
        assert [(one.pointer, one.code) for one in caught.value.errors] == [
            ("/deposit/first_body_by", "server_assigned")
        ]


@pytest.mark.parametrize(
    ("patch", "after"),
    [
        ({"means": {"estimate_cents": 1}}, SaidBy.BODY),
        ({"deposit": {"deposited_on": "2008-01-02"}}, SaidBy.DECLARED),
        ({"deposit": {"first_body_on": "2008-01-02"}}, SaidBy.DECLARED),
        ({"deposit": {"body": "cpam-751", "channel": "cpam"}}, SaidBy.DECLARED),
    ],
)
def test_a_day_that_somebody_else_changes_is_declared_again(patch: dict[str, Any], after: SaidBy) -> None:
    amended, _ = filed(by=CCAS).amend(patch, KNOWN, BY)
    assert said(amended) is after
    assert said(filed(by=CCAS).amend({"deposit": {"deposited_on": "2008-01-02"}}, KNOWN, CCAS)[0]) is SaidBy.BODY
