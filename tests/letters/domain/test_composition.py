"""What each letter says, in 2008 and today. The words are the contract with the reader."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.letters.domain import library
from services.letters.domain.composition import compose, content_hash
from services.letters.domain.printable_letters import printable
from services.letters.domain.triggers import LetterRequest, letter_requests
from services.letters.domain.wording import legal_reference
from shared.contract import events, facts
from shared.french import euros, long_date, partial_date
from tests.letters.cases import (
    AUTHOR,
    CALLS,
    CDAS,
    EPOCHS,
    OFFICE,
    PILOT,
    RAPO,
    TODAY,
    Epoch,
    granted,
    papers_requested,
    recipient,
    refused,
    submitted,
    written,
)


def words(content: Any) -> str:
    """All strings of a content, with plain spaces."""
    return re.sub(r"[\u00a0\u202f]", " ", json.dumps(content, ensure_ascii=False))


@pytest.mark.parametrize("kind", CALLS)
def test_a_letter_of_2008_knows_nothing_of_later_law(kind: str) -> None:
    text = words(written(CALLS[kind](PILOT), PILOT).content)
    for later in (
        "relations entre le public",
        "préalable",
        "tribunal administratif",
        "2016/679",
        "CNIL",
        "algorithm",
        "2026",
        "412-3",
    ):
        assert later not in text


@pytest.mark.parametrize("kind", CALLS)
def test_a_letter_of_today_cites_no_repealed_law(kind: str) -> None:
    text = words(written(CALLS[kind](TODAY), TODAY).content)
    for repealed in ("2000-321", "79-587", "2001-492", "commission départementale", "commission centrale"):
        assert repealed not in text


@pytest.mark.parametrize("kind", CALLS)
@pytest.mark.parametrize("year", EPOCHS)
def test_the_same_facts_give_the_same_hash(kind: str, year: str) -> None:
    epoch = EPOCHS[year]
    event = CALLS[kind](epoch)
    one, two = written(event, epoch), written(event, epoch)
    assert one.content_hash == two.content_hash == content_hash(json.loads(json.dumps(one.content)), one.template)
    assert written(event, epoch, dt.date(2027, 1, 1)).content_hash != one.content_hash


def test_the_acknowledgement_tells_received_and_silence_dates() -> None:
    text = words(written(submitted(PILOT), PILOT).content)
    assert "reçue par la caisse le 7 mars 2008" in text
    assert "le 7 mai 2008, votre demande devra être considérée comme refusée" in text
    assert "CCAS de Saint-Denis" in text
    assert OFFICE.telephone in text
    assert AUTHOR.name in text


def test_the_paper_request_lists_equivalents_delay_and_suspension() -> None:
    text = words(written(papers_requested(TODAY), TODAY).content)
    assert "Pour Souleymane KONÉ." in text
    assert "extrait d’acte de naissance" in text
    assert "8 novembre 2026" in text
    assert "suspendu" in text
    assert "L. 114-5" in text
    assert "moins de douze mois" in text
    assert "moins de douze mois" not in words(written(papers_requested(PILOT), PILOT).content)


def test_the_request_says_which_papers_must_bear_a_photograph() -> None:
    event = papers_requested(TODAY)
    identity = event.items[0].model_copy(update={"with_photo": ["other_identity"]})
    text = words(written(event.model_copy(update={"items": [identity]}), TODAY).content)
    assert "tout autre document attestant de l’identité avec photographie" in text
    assert text.count("avec photographie") == 1


def test_a_request_that_suspends_nothing_does_not_say_so() -> None:
    event = papers_requested(TODAY).model_copy(update={"clock_suspended": False})
    assert "suspendu" not in words(written(event, TODAY).content)


def test_the_admission_tells_who_until_when_and_when_to_renew() -> None:
    text = words(written(granted(TODAY), TODAY).content)
    assert '"Souleymane KONÉ", "14/07/2001", "05/10/2026", "04/10/2027"' in text
    assert '"Aïssata KONÉ", "1979"' in text
    assert "à partir du 4 août 2027" in text
    assert "L. 253-1" in text
    assert "qu’à partir du 5 juillet 2027" in text, "nine months, for an event of before the day was in it"


def test_planned_care_is_told_by_its_own_day_and_not_where_nobody_waits() -> None:
    """An admission that goes on, or minors alone, wait no more."""
    event = granted(TODAY)

    def told(planned: dt.date | None) -> str:
        rights = [right.model_copy(update={"planned_care_from": planned}) for right in event.entitlements]
        return words(written(event.model_copy(update={"entitlements": rights}), TODAY).content)

    assert "qu’à partir du 15 janvier 2027" in told(dt.date(2027, 1, 15))
    assert "soins programmés" not in told(None)


@pytest.mark.parametrize(
    ("automatic", "epoch", "part"),
    [
        (True, TODAY, "préparée par un traitement algorithmique"),
        (False, TODAY, "prise par l’agent qui la signe"),
        (True, PILOT, None),
    ],
)
def test_the_part_of_the_algorithm_is_told_once_the_law_says_so(automatic: bool, epoch: Any, part: str | None) -> None:
    text = words(written(granted(epoch, automatic=automatic), epoch).content)
    assert ("L. 311-3-1" in text) is (part is not None)
    assert part is None or part in text
    assert "prise par l’agent qui la signe" in words(written(refused(TODAY), TODAY).content)


YEARS = {
    2008: ("2000-321", "attestation d’admission", "départementale"),
    2012: ("2000-321", "10 juillet 2009", "départementale"),
    2017: ("L. 112-3", "10 juillet 2009", "départementale"),
    2019: ("L. 112-3", "10 juillet 2009", "préalable"),
    2021: ("L. 112-3", "31 décembre 2019", "préalable"),
    2026: ("L. 112-3", "31 décembre 2019", "préalable"),
}


@pytest.mark.parametrize("year", range(2006, 2030))
@pytest.mark.parametrize("kind", CALLS)
def test_every_letter_can_be_written_in_every_year(kind: str, year: int) -> None:
    epoch = Epoch(dt.date(year, 6, 15), CDAS if year < 2019 else RAPO)
    assert written(CALLS[kind](epoch), epoch).problems == []


@pytest.mark.parametrize("year", YEARS)
def test_each_year_has_its_law(year: int) -> None:
    epoch = Epoch(dt.date(year, 6, 15), CDAS if year < 2019 else RAPO)
    acknowledged, title, appeal = YEARS[year]
    assert acknowledged in words(written(submitted(epoch), epoch).content)
    assert title in words(written(granted(epoch), epoch).content)
    assert appeal in words(written(refused(epoch), epoch).content)


def test_an_admission_that_leaves_a_member_out_tells_how_to_contest() -> None:
    text = words(written(granted(TODAY, refused=True), TODAY).content)
    assert "Souleymane KONÉ :" in text
    assert "recours administratif préalable" in text
    assert "L. 254-1" in text


def test_the_refusal_tells_facts_law_remedies_appeal_and_urgent_care() -> None:
    text = words(written(refused(TODAY), TODAY).content)
    for part in (
        "16 345,00 €",
        "10 908,15 €",
        "L. 211-5",
        "recours administratif préalable",
        "tribunal administratif",
        "soins urgents",
        "trois derniers mois",
    ):
        assert part in text
    old = words(written(refused(PILOT), PILOT).content)
    assert "commission départementale d’aide sociale" in old
    assert "commission centrale" in old


def test_the_appeal_follows_the_day_of_the_decision_not_of_the_letter() -> None:
    event = refused(TODAY).model_copy(update={"decided_on": dt.date(2018, 12, 31)})
    text = words(written(event, TODAY, dt.date(2019, 1, 3)).content)
    assert "commission départementale d’aide sociale" in text
    assert "recours administratif préalable" not in text


def test_a_motive_of_a_later_producer_is_still_told() -> None:
    event = refused(TODAY)
    motive = events.Motive(
        code="brand_new",
        reference="CASF L. 1",
        facts={"member_rank": "0", "some_cents": "1250", "seen_on": "2026-01-02"},
    )
    text = words(written(event.model_copy(update={"motives": [motive]}), TODAY).content)
    for part in ("brand new", "12,50 €", "2 janvier 2026", "code de l’action sociale et des familles, article L. 1"):
        assert part in text


def test_without_a_postal_address_the_letter_is_handed_over() -> None:
    letter = written(submitted(TODAY, line="", postcode="", city="", host_name=""), TODAY)
    assert letter.content["window_note"] == "À remettre en main propre\u00a0: CCAS de Saint-Denis"
    assert letter.problems == ["address_without_street"]


def test_an_unknown_signatory_is_a_problem_to_look_at() -> None:
    event = granted(TODAY)
    call = called(event)
    references = TODAY.references.model_copy(update={"author": None})
    envelope = library.envelopes()["dl"]
    law = (library.mentions(), library.wording(), envelope, dt.date(2026, 10, 6))
    letter = compose(call, recipient(TODAY), references, *law)
    assert letter.problems == ["signatory_unknown"]
    assert letter.content["signature"]["capacity"] == "Le directeur de la caisse"


def test_silence_calls_for_no_letter() -> None:
    event = events.LapsedToRefusal.after(
        submitted(TODAY),
        events.Actor(role="system", id="x"),
        decision_id=call_id(),
        lapsed_on=dt.date(2026, 12, 9),
        appeal_body="rapo",
    )
    assert letter_requests(event) == []


def call_id() -> Any:
    return granted(TODAY).decision_id


def called(event: events.Event) -> LetterRequest:
    return letter_requests(event)[0]


def test_one_letter_for_each_cause() -> None:
    causes = [submitted(TODAY), granted(TODAY), refused(TODAY), *(papers_requested(TODAY, n) for n in (1, 2, 1))]
    assert len({called(event).letter_id for event in causes}) == 5
    assert [called(event).kind for event in causes[:3]] == ["acknowledgement", "admission", "refusal"]


def test_french_writing() -> None:
    assert long_date(dt.date(2008, 2, 1)) == "1er février 2008"
    assert (partial_date("1984-00-00"), partial_date("1984-05-00"), partial_date("1984-05-03"), partial_date(None)) == (
        "1984",
        "05/1984",
        "03/05/1984",
        "non indiquée",
    )
    assert (euros(727210), euros(-5), euros(0)) == ("7\u202f272,10\u00a0€", "-0,05\u00a0€", "0,00\u00a0€")


@given(st.text(max_size=80))
def test_any_name_can_be_drawn(text: str) -> None:
    once = printable(text)
    assert printable(once) == once
    assert "\n" not in once


def test_other_scripts_are_transliterated_and_accents_kept() -> None:
    assert printable("Nguyễn Thị  Hoa") == "Nguyễn Thị Hoa"
    assert printable("Ğüşçı") == "Ğüşçı"
    assert printable("محمد").isascii()
    assert printable("محمد")
    assert printable("李娜").isascii()
    assert printable("李娜")


def test_every_paper_that_may_be_asked_has_french_words() -> None:
    assert {kind.value for kind in facts.PaperKind} == set(library.wording().papers)


@pytest.mark.parametrize(
    ("written_for_agents", "written_for_all"),
    [
        ("CSS L. 861-1 (1°) et R. 861-3", "code de la sécurité sociale, article L. 861-1 (1°) et R. 861-3"),
        ("Décret 2005-860, art. 4, 1°", "Décret 2005-860, article 4, 1°"),
        ("CASF, art. L. 134-2", "code de l’action sociale et des familles, article L. 134-2"),
        ("Conseil d'État, 7 juin 2006", "Conseil d’État, 7 juin 2006"),
    ],
)
def test_references_are_readable(written_for_agents: str, written_for_all: str) -> None:
    assert legal_reference(written_for_agents).replace("\u00a0", " ") == written_for_all


@pytest.mark.parametrize(
    ("code", "facts_told", "expected"),
    [
        (
            "residence_too_short",
            {"irregular_since": "2026-09-01", "limit": "2026-07-05"},
            [
                ["Début retenu du séjour sans titre", "1er septembre 2026"],
                ["Cette résidence devait avoir commencé avant le", "5 juillet 2026"],
            ],
        ),
        (
            "regular_stay",
            {"stay_title": "permit 2027-01-02", "limit": ""},
            [["Titre ou document retenu", "titre de séjour, jusqu’au 2 janvier 2027"]],
        ),
        (
            "not_dependant",
            {"member_rank": "2", "relation": "collateral"},
            [["Lien déclaré avec vous", "parent collatéral"]],
        ),
        ("residence_too_short", {"entered_on": ""}, [["Date d’entrée en France retenue", "non indiqué"]]),
    ],
)
def test_the_facts_of_a_motive_are_named_and_written_out(
    code: str, facts_told: dict[str, str], expected: list[list[str]]
) -> None:
    assert library.wording().facts_of(code, facts_told) == expected
