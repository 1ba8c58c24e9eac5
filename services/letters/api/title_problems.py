"""What a title does not allow, as problem documents."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from services.letters.domain.titles.forms import NoTitleForDay
from services.letters.domain.titles.title import TitleStepNotAllowed
from shared import clock
from shared.contract.input_errors import InputError
from shared.http.problems import Problem


@contextmanager
def title_steps() -> Iterator[None]:
    """A step that the title does not allow is a 409 problem with its code."""
    try:
        yield
    except TitleStepNotAllowed as refused:
        raise Problem(409, refused.code, refused.message, title="Action impossible sur ce titre") from None
    except NoTitleForDay:
        raise Problem(422, NoTitleForDay.code, "Aucune forme de titre n'est connue pour ce jour.") from None


def must_not_be_ahead(on: dt.date, pointer: str = "/on") -> None:
    """Raises a 422 problem for a day to come."""
    if on > clock.today():
        error = InputError(pointer, "in_the_future", "Cette date est à venir.")
        raise Problem(422, "validation_failed", "1 champ(s) à corriger.", errors=[error])
