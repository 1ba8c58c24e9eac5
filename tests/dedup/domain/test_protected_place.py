"""A household whose place is protected: another caisse sees that it exists, and not where."""

from __future__ import annotations

from services.dedup.domain.protected_place import is_hidden, without_place


class Reader:
    """Whoever asks, of caisse 751."""

    def sees_place_of(self, caisse: str) -> bool:
        return caisse == "751"


FILE = {"caisse": "931", "what": "transferred", "codes": ["931", "941"]}


def test_the_place_of_another_caisses_protected_household_is_hidden() -> None:
    shown = without_place(Reader(), FILE, True)
    assert (shown["caisse"], shown["codes"], shown["protected"], shown["contact"]) == (None, [], True, "supervisor")
    assert without_place(Reader(), FILE | {"what": "granted"}, True)["codes"] == ["931", "941"]


def test_its_own_caisse_and_households_without_protection_are_shown_as_they_are() -> None:
    assert without_place(Reader(), FILE, False) == {**FILE, "protected": False, "contact": None}
    assert without_place(Reader(), FILE | {"caisse": "751"}, True)["caisse"] == "751"
    assert not is_hidden(Reader(), None, "931")
