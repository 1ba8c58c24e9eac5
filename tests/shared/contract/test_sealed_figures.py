"""What a ground of refusal tells of a person goes sealed: only the key of the file, which dies with it, opens it."""

from __future__ import annotations

import pytest

from shared.contract.events import Refused
from shared.contract.sealed_figures import SealBroken, new_key, opened, sealed
from shared.ids import uuid7
from tests.letters.cases import TODAY, granted, refused

MEANS = "1634500"


def test_a_refusal_under_seal_tells_codes_and_opens_to_what_it_was() -> None:
    refusal, key = refused(TODAY), new_key()
    told = sealed(refusal, key)
    assert [(one.code, one.facts) for one in told.motives] == [("resources_above_ceiling", {"member_rank": "0"})]
    assert MEANS in refusal.model_dump_json()
    assert MEANS not in told.model_dump_json()
    assert opened(Refused.model_validate_json(told.model_dump_json()), key) == refusal


def test_the_members_a_grant_leaves_out_have_their_figures_sealed_too() -> None:
    left_out = [refused(TODAY).motives[0].model_copy(update={"facts": {"member_rank": "1", "born_on": "1999-12-31"}})]
    grant, key = granted(TODAY, refused=True).model_copy(update={"refused_members": left_out}), new_key()
    told = sealed(grant, key)
    assert "1999-12-31" not in told.model_dump_json()
    assert opened(told, key) == grant


def test_grounds_without_figures_need_no_seal() -> None:
    grant = granted(TODAY, refused=True)
    assert sealed(grant, new_key()) == grant


def test_a_file_registered_before_keys_keeps_its_reasons() -> None:
    refusal = refused(TODAY)
    assert sealed(refusal, "") == refusal == opened(refusal, "")


def test_nothing_else_opens_them() -> None:
    """Not the key of another file, not none, not after a change, and not on another decision of the same file."""
    key = new_key()
    told = sealed(refused(TODAY), key)
    *head, text, tag = told.sealed_figures.split(".")
    changed = ".".join([*head, ("A" if text[0] != "A" else "B") + text[1:], tag])
    for notice, given in (
        (told, new_key()),
        (told, ""),
        (told.model_copy(update={"sealed_figures": changed}), key),
        (told.model_copy(update={"sealed_figures": "no seal"}), key),
        (told.model_copy(update={"decision_id": uuid7()}), key),
    ):
        with pytest.raises(SealBroken):
            opened(notice, given)
