"""The convocation that a summons calls for: why the person is to come, nothing refused, no day of effect."""

from __future__ import annotations

import json

import pytest

from services.letters.domain import library
from services.letters.domain.composition import compose
from services.letters.domain.triggers import letter_requests
from shared.contract import events
from shared.contract.letter_kinds import LetterKind
from tests.letters import cases


def summoned(*reasons: str, number: int = 1) -> events.Summoned:
    return events.Summoned.after(
        cases.submitted(cases.TODAY),
        cases.SYSTEM,
        summons_no=number,
        reasons=list(reasons),
        summoned_on=cases.TODAY.deposited_on,
    )


def text_of(event: events.Summoned) -> str:
    (request,) = letter_requests(event)
    assert request.kind is LetterKind.APPOINTMENT
    texts = library.mentions(), library.wording(), library.envelopes()["dl"]
    letter = compose(request, cases.recipient(cases.TODAY), cases.TODAY.references, *texts, event.business_date)
    assert letter.problems == []
    return json.dumps(letter.content["blocks"], ensure_ascii=False)


@pytest.mark.parametrize(
    ("reasons", "said", "unsaid"),
    [
        (["deposit_channel"], ["déposer votre première demande", "se dépose en personne"], ["établir votre identité"]),
        (["filed_by"], ["se dépose en personne"], ["établir votre identité"]),
        (["identity"], ["établir votre identité", "professionnel de santé"], ["se dépose en personne"]),
        (["deposit_channel", "identity"], ["se dépose en personne", "établir votre identité"], []),
    ],
)
def test_the_convocation_says_why(reasons: list[str], said: list[str], unsaid: list[str]) -> None:
    text = text_of(summoned(*reasons))
    assert all(one in text for one in [*said, "venir à l’accueil de la caisse", "Rien n’est refusé"])
    assert not any(one in text for one in unsaid)


def test_it_gives_no_day_of_effect() -> None:
    text = text_of(summoned("deposit_channel"))
    assert not any(str(year) in text for year in range(2000, 2040))


def test_one_letter_for_one_summons() -> None:
    first, again = (letter_requests(summoned("identity"))[0].letter_id for _ in range(2))
    assert first == again
    assert letter_requests(summoned("identity", number=2))[0].letter_id != first


def test_a_summons_gives_a_reason() -> None:
    with pytest.raises(ValueError, match="reasons"):
        summoned()
