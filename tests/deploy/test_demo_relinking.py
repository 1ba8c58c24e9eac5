"""The demonstration's dry run over the whole base: its table says what the report says, and its check can fail."""

from __future__ import annotations

from dataclasses import replace

from deploy.demo.relinking import DryRun, check, table

REPORT = [
    {"by": "all", "value": "", "same_person": "2", "to_examine": "1", "dissolved": "0"},
    {"by": "caisse", "value": "751", "same_person": "2", "to_examine": "0", "dissolved": "0"},
    {"by": "caisse", "value": "931", "same_person": "2", "to_examine": "1", "dissolved": "0"},
    {"by": "country", "value": "ML", "same_person": "2", "to_examine": "1", "dissolved": "0"},
]
NAMES = {"751": "CPAM de Paris", "931": "CPAM de la Seine-Saint-Denis (Bobigny)"}
RUN = DryRun(REPORT, (0, 12, 3), (0, 12, 3), 4.2)


def test_the_table_ends_with_the_whole_and_names_each_caisse() -> None:
    shown = table(RUN, NAMES)
    rows = list(zip(*(map(str, column.cells) for column in shown.columns), strict=True))
    assert rows == [("751 Paris", "2", "·", "·"), ("931 Bobigny", "2", "1", "·"), ("Ensemble", "2", "1", "·")]
    assert "(1)" in str(shown.caption)


def test_a_trace_in_the_base_is_a_failed_check() -> None:
    assert check(RUN).holds
    for trace in ((1, 12, 3), (0, 13, 3), (0, 12, 2)):
        assert not check(replace(RUN, after=trace)).holds
