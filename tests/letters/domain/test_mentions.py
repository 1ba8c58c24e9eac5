"""Mentions are dated data: complete, without overlap, and true to their day."""

from __future__ import annotations

import datetime as dt

import pytest

from services.letters.domain import library
from services.letters.domain.mentions import MentionError, Mentions


def entry(*periods: tuple[dt.date, dt.date | None]) -> list[dict[str, object]]:
    versions = [{"from": a, "until": b, "reference": "loi", "confidence": "V", "text": "x"} for a, b in periods]
    return [{"key": "k", "duty": "d", "versions": versions}]


def test_overlapping_versions_are_refused() -> None:
    with pytest.raises(MentionError, match="overlap"):
        Mentions.parse([entry((dt.date(2000, 1, 1), dt.date(2016, 1, 1)), (dt.date(2016, 1, 1), None))])


def test_an_unknown_confidence_is_refused() -> None:
    wrong = entry((dt.date(2000, 1, 1), None))
    wrong[0]["versions"][0]["confidence"] = "sure"  # type: ignore[index]
    with pytest.raises(MentionError, match="confidence"):
        Mentions.parse([wrong])


@pytest.mark.parametrize(
    ("key", "day", "part"),
    [
        ("acknowledgement", dt.date(2008, 3, 1), "2000-321"),
        ("acknowledgement", dt.date(2015, 12, 31), "2000-321"),
        ("acknowledgement", dt.date(2016, 1, 1), "L.\u00a0112-3"),
        ("reasons", dt.date(2008, 3, 1), "79-587"),
        ("reasons", dt.date(2026, 3, 1), "L.\u00a0211-2"),
        ("evidence", dt.date(2008, 3, 1), "2005-860"),
        ("evidence", dt.date(2026, 3, 1), "2026-67"),
        ("appeal_first", dt.date(2018, 12, 31), "R.\u00a0134-10"),
        ("appeal_first", dt.date(2019, 1, 1), "L.\u00a0412-3"),
        ("data_protection", dt.date(2018, 5, 24), "78-17"),
        ("data_protection", dt.date(2018, 5, 25), "2016/679"),
        ("title", dt.date(2008, 3, 1), "2005-860"),
        ("title", dt.date(2010, 1, 1), "10 juillet 2009"),
        ("title", dt.date(2020, 1, 5), "31 décembre 2019"),
    ],
)
def test_the_law_of_the_day(key: str, day: dt.date, part: str) -> None:
    mention = library.mentions().on(key, day)
    assert mention is not None
    assert part in mention.reference


@pytest.mark.parametrize("key", ["algorithm", "nine_months", "data_exchange"])
def test_a_duty_that_did_not_exist_in_2008(key: str) -> None:
    assert library.mentions().on(key, dt.date(2008, 3, 1)) is None


def test_no_version_cites_a_text_of_later_years() -> None:
    """A code of 2016 is never cited before 2016; the law of 2000 and 1979 never after."""
    for key in library.mentions():
        for mention in library.mentions().versions(key):
            if "relations entre le public" in mention.reference:
                assert mention.starts_on >= dt.date(2016, 1, 1), key
            if "2000-321" in mention.reference or "79-587" in mention.reference:
                assert (mention.ends_on or dt.date.max) <= dt.date(2015, 12, 31), key
