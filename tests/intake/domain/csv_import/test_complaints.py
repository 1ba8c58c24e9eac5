"""Every file that people complained of, through the reading of an import: what is recorded, and what is refused and
why. One table, so that each file has its right value; the kinds of fault have their own tests beside."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.intake.domain.csv_import.test_encodings import doubted
from tests.intake.domain.csv_import.test_households import FILES, verdicts

Recorded = dict[str, int]
RECORDED: dict[str, Recorded] = {
    "separator_line": {"K002-1": 1},
    "line_too_long": {},
    "carriage_return_in_a_cell": {},
    "reference_turned_into_a_date": {},
    "reference_without_its_zeros": {},
    "stray_quote_in_the_middle": {},
    "stray_quote_at_the_end": {},
    "reference_empty": {},
    "reference_in_another_case": {},
    "amounts": {f"K005-{number:02}": 1 for number in (0, 3, 7, 8, 13, 18, 19)},
    "leading_zeros": {"K006-2": 1, "K006-5": 1},
    "one_latin1_byte": {"K007b-1": 1, "K007b-2": 1},
    "cut_in_a_letter": {"K007c-1": 1},
    "dos": {"K008-1": 1},
    "macintosh": {"K008b-1": 1},
    "utf8_twice": {},
    "cut_in_the_last_line": {"K009-3": 1},
    "social_numbers": {"K015-4": 1, "K015-5": 1, "K015-6": 1},
    "odd_names": {
        f"K018-{number:02}": 1 for number in range(41) if number not in {3, 7, 18, 19, 20, 22, 23, 24, 26, 31}
    },
    "one_name_only": {"K020-1": 1, "K020-2": 1},
    "newborn_twins": {"K025-1": 3},
    "older_step_child": {"K026-1": 3},
    "blank_first_line": {"K053-7": 1},
    "title_line": {"K053-8": 1},
    "family_with_a_broken_quote": {"K055-2": 1, "K055-3": 1},
    "family_corrected": {"K055-1": 3, "K055-2": 1, "K055-3": 1},
}
"""By file, the references that are recorded, each with all its members; every other reference is refused."""
DOUBTED = {"dos": "cp850", "macintosh": "mac_roman", "utf8_twice": "utf-8 twice"}
"""Files whose encoding is told before anything is taken."""
REFUSED = {
    "amounts": {"amount_format"},
    "leading_zeros": {"wrong_format"},
    "social_numbers": {"wrong_format", "social_number_key"},
    "odd_names": {"placeholder_name", "control_character"},
    "utf8_twice": {"garbled_text"},
    "cut_in_the_last_line": {"row_cut"},
    "one_latin1_byte": {"undecodable_bytes"},
    "cut_in_a_letter": {"undecodable_bytes"},
}
"""By file, the codes that refuse its other references; those of broken households are in ``test_households.py``."""


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_the_right_value_of_each_file(name: str) -> None:
    path = FILES / f"{name}.csv"
    told = verdicts(path)
    assert {reference: found for reference, found in told.items() if isinstance(found, int)} == RECORDED[name]
    codes = {code for found in told.values() if not isinstance(found, int) for _, code in found}
    if name in REFUSED:
        assert codes == REFUSED[name]
    assert doubted(path.read_bytes()) == DOUBTED.get(name, "")


def test_every_file_of_the_complaints_is_in_the_table() -> None:
    assert {path.stem for path in Path(FILES).glob("*.csv")} == set(RECORDED)
