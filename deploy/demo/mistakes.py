"""Rows with mistakes: a good file spoilt in one place, as hurried desks and broken exports do."""

from __future__ import annotations

from collections.abc import Callable

from deploy.demo.households import Row

Spoil = Callable[[list[Row]], None]


def _set(**cells: str) -> Spoil:
    return lambda rows: rows[0].update(cells)


def _second_applicant(rows: list[Row]) -> None:
    rows.append({**rows[0], "given_names": "Autre", "birth_date": "1970-06-15"})


MISTAKES_2008: tuple[tuple[str, Spoil], ...] = (
    ("a birth date that never existed", _set(birth_date="1984-02-31")),
    ("a deposit in the future", _set(deposited_on="2008-12-24")),
    ("a caisse that does not exist", _set(caisse="999")),
    ("a name without a letter", _set(family_name="????", given_names="-")),
    ("no family name", _set(family_name="", given_names="")),
    ("received before it was deposited", _set(deposited_on="2008-06-30", received_on="")),
    (
        "entered before birth",
        _set(entered_on="1959-03-02", title_until="", irregular_since="", birth_date="1979-04-11"),
    ),
    ("two applicants", _second_applicant),
    ("an amount in words", _set(means_estimate_eur="douze cents", incomes="")),
)
MISTAKES_2026: tuple[tuple[str, Spoil], ...] = (
    ("a body that does not exist", _set(deposit_body="ccas-nulle-part")),
    ("a paper of an unknown kind", _set(papers="carte_de_bus:identity:2026-01-05")),
    (
        "regular and irregular at once",
        _set(in_regular_stay="yes", irregular_since="2026-01-10", entered_on="2025-10-10"),
    ),
    ("a control character in a name", _set(given_names="A\u0007nna")),
)
