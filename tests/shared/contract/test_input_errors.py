"""What is told of a wrong input can be sent, whatever the input held."""

from __future__ import annotations

import json

from shared.contract.input_errors import InputError, pointer_of
from shared.http.problem_responses import problem_response
from shared.http.problems import Problem

HALF_A_PAIR = json.loads('"\\ud800"')


def test_half_a_surrogate_pair_in_a_name_is_shown_as_a_question_mark() -> None:
    error = InputError(f"/members/0/{HALF_A_PAIR}", "unknown_field", f"« {HALF_A_PAIR} »", other=f"/{HALF_A_PAIR}")
    assert (error.pointer, error.detail, error.other) == ("/members/0/?", "« ? »", "/?")
    assert pointer_of(["papers", 0, f"a/{HALF_A_PAIR}"]) == "/papers/0/a~1?"


def test_what_can_be_carried_is_told_as_it_was_written() -> None:
    assert InputError("/prénom", "unknown_field", "« prénom 😀 »").detail == "« prénom 😀 »"


def test_a_problem_is_always_sent() -> None:
    sent = problem_response(Problem(422, "validation_failed", f"Champ « {HALF_A_PAIR} ».", near=HALF_A_PAIR))
    told = json.loads(bytes(sent.body))
    assert (told["detail"], told["near"]) == ("Champ « ? ».", "?")
    assert sent.media_type == "application/problem+json"
