"""The table laid out from rows: zeros, ratios of nothing, parts of a breakdown, and the file made of it."""

from __future__ import annotations

from services.reporting.domain.activity import ALL, Activity, Row, activity
from services.reporting.domain.components import at, mean
from services.reporting.domain.csv_export import BOM, csv_text, format_value
from services.reporting.domain.periods import period
from services.reporting.domain.statistical_secrecy import SMALL_CELLS
from shared.csv_cells import escape_formula

QUARTER = period("2008-T1")


def table(*rows: Row, whole: bool = True) -> Activity:
    return activity(QUARTER, rows, ["751"], whole)


def test_a_caisse_where_nothing_happened_has_counts_of_zero_and_no_mean_or_ratio() -> None:
    quiet = table()
    assert quiet.value("751", "received") == 0
    assert quiet.value("751", "refusal_rate") is None
    assert quiet.value("751", "mean_instruction_days") is None


def test_ratios_follow_from_the_counts_of_their_own_caisse() -> None:
    found = table(Row("751", "", {"granted": 6, "refused": 2, "lapsed": 0}), Row("931", "", {"granted": 1}))
    assert found.value("751", "decisions") == 8
    assert found.value("751", "refusal_rate") == 25.0
    assert found.value("931", "refusal_rate") == 0.0
    assert found.caisses == ("751", "931")


def test_a_motive_has_a_line_once_somebody_was_refused_on_it_and_four_kinds_of_letters_always_have() -> None:
    found = table(Row("751", "over_ceiling", {"refused_by_motive": 2}), Row("751", "title", {"letters_issued": 1}))
    assert [line.part for line in found.lines_of("refused_by_motive")] == ["over_ceiling"]
    kinds = [line.label for line in found.lines_of("letters_issued")]
    assert kinds[0] == "Courriers émis : accusés de réception"
    assert kinds[-1] == "Courriers émis : titres"
    assert len(kinds) == 5
    assert found.figures("751")["received"] == 0


def test_the_whole_is_left_out_where_it_is_not_wanted() -> None:
    rows = [Row("751", "", {"received": 3}), Row("931", "", {"received": 6})]
    assert table(*rows).value(ALL, "received") == 9
    assert ALL not in table(*rows, whole=False).cells


def test_the_file_has_a_column_for_each_caisse_and_one_for_all() -> None:
    found = table(Row("751", "", {"received": 12, "mean_decision_days": {"12": 1, "13": 1}}))
    head, *lines = csv_text(found, {"751": "CPAM de Paris"}).removeprefix(BOM).split("\r\n")
    assert head == "Code;Ventilation;Indicateur;Unité;751 CPAM de Paris;Ensemble"
    assert "received;;Demandes reçues;demandes;12;12" in lines
    assert "mean_decision_days;;Délai moyen du dépôt à la décision;jours;12,5;12,5" in lines


def test_small_counts_are_masked_outside_the_caisse_and_there_only() -> None:
    found = table(Row("751", "", {"received": SMALL_CELLS.below - 1}), whole=False)
    assert f"received;;Demandes reçues;demandes;{SMALL_CELLS.below - 1}" in csv_text(found, {})
    assert "received;;Demandes reçues;demandes;n.d." in csv_text(found, {}, outside=True)
    assert "lapsed;;Refus implicites;demandes;0" in csv_text(found, {}, outside=True), "zero points at nobody"


def test_what_is_not_held_is_said_and_is_no_zero() -> None:
    later = activity(period("2008-T2"), [], ["751"])
    assert later.value("751", "q7_expenditure") is None
    assert "q7_expenditure;;Dépenses par nature de soins;euros;non tenu ici;non tenu ici" in csv_text(later, {})
    assert not [line for line in table().lines if line.indicator.line == "Q7"], "asked from the second quarter on"


def test_the_whole_follows_from_what_each_caisse_stored() -> None:
    rows = [
        Row("751", "", {"signals_raised": ["p", "q"], "median_decision_days": {"1": 3}}),
        Row("931", "", {"signals_raised": ["q", "r"], "median_decision_days": {"9": 1, "20": 1}}),
    ]
    found = table(*rows)
    assert [found.value(place, "signals_raised") for place in ("751", "931", ALL)] == [2, 2, 3]
    assert [found.value(place, "median_decision_days") for place in ("751", "931", ALL)] == [1, 9, 1]


def test_means_and_centiles_of_known_days() -> None:
    days = {1: 5, 10: 4, 100: 1}
    assert (mean(days), at(days, 50), at(days, 90), at(days, 91)) == (14.5, 1, 10, 100)
    assert (mean({}), at({}, 50)) == (None, None)
    assert mean({1: 3, 2: 1}) == 1.3, "half away from zero"


def test_no_cell_is_taken_for_a_formula() -> None:
    assert escape_formula("=1+1") == "'=1+1"
    assert escape_formula("CPAM") == "CPAM"
    assert [format_value(None), format_value(0), format_value(12.0)] == ["", "0", "12,0"]
