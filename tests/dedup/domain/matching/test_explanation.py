"""Why two records look like one person, in French."""

import pytest

from services.dedup.domain.matching.alignment import answering
from services.dedup.domain.matching.explanation import FEATURE_WORDING, Explanation, explain, written_birth
from services.dedup.domain.matching.features import FEATURES
from services.dedup.domain.matching.normalisation import Identity, normalise
from services.dedup.index.index import Index

MINE = Identity("Boudjemâa", "Mohamed Amine", "", "M", "1984-05-12", "Alger", "DZ", "DZ", "93", "93120")


def explained(other: Identity) -> Explanation:
    index = Index(reserve=10)
    match = index.compare(normalise(MINE), normalise(other))
    return explain(MINE, other, match.points_by_feature(), match.total, match.probability, 1_234_567)


def test_every_feature_has_its_sentence() -> None:
    assert set(FEATURE_WORDING) == set(FEATURES)


def test_points_and_prior_sum_to_the_score() -> None:
    said = explained(Identity("BOUJEMAA", "AMINE MOHAMMED", "", "M", "1984-12-05", "ALGER", "DZ", "DZ", "75", "75010"))
    assert said.prior + sum(reason.points for reason in said.reasons) == pytest.approx(said.total)
    assert "parmi 1\u202f234\u202f567 identités" in said.summary
    assert any("inversés" in reason.sentence for reason in said.reasons)


def test_a_twin_is_announced_first() -> None:
    said = explained(Identity("Boudjemâa", "Lynda", "", "F", "1984-05-12", "Alger", "DZ", "DZ", "93", "93120"))
    assert said.warning == FEATURE_WORDING["twin"]
    assert said.reasons[0].code == "twin"
    signs = [reason.points < 0 for reason in said.reasons[1:]]
    assert signs == sorted(signs, reverse=True), "contradictions before agreements"


@pytest.mark.parametrize(
    ("other", "line"),
    [
        (Identity("BOUDJEMAA", "Mohamed"), "Boudjemâa = BOUDJEMAA : identique"),
        (Identity("Boujemaa", "Mohamed"), "Boudjemâa ~ Boujemaa : variante d'orthographe"),
        (Identity("Mohamed", "Boudjemaa"), "Boudjemâa = Boudjemaa : identique, nom ici, prénom là"),
        (Identity("Boudjemaa", "MohamedAmine"), "MohamedAmine = Mohamed Amine : écrit séparé ici, attaché là"),
        (Identity("Boudjemaa", "Mohamed Amine Yacine"), "Yacine : seulement dans l'autre dossier (prénom)"),
        (Identity("Boudjemaa", "Mohamed"), "Amine : seulement dans ce dossier (prénom)"),
    ],
)
def test_words_answer_to_words(other: Identity, line: str) -> None:
    assert line in [one.sentence for one in answering(MINE, other)]


@pytest.mark.parametrize(
    ("text", "said"),
    [("1984-05-12", "12/05/1984"), ("1984-05-00", "05/1984"), ("1984-00-00", "1984"), ("", "inconnue")],
)
def test_dates_in_french(text: str, said: str) -> None:
    assert written_birth(text) == said


def test_a_short_form_is_never_called_identical() -> None:
    """``MD`` stands for Mohammad, and the two papers do not say the same."""
    short, whole = Identity("RAHMAN", "MD KARIM"), Identity("RAHMAN", "Mohammad Karim")
    assert "MD = Mohammad : forme abrégée du même nom" in [one.sentence for one in answering(short, whole)]
    match = Index(reserve=10).compare(normalise(short), normalise(whole))
    said = explain(short, whole, match.points_by_feature(), match.total, match.probability, 1000)
    for reason in said.reasons:
        if reason.code in ("family_exact", "given_exact"):
            assert "en abrégé" in reason.sentence
    both = explain(whole, whole, match.points_by_feature(), match.total, match.probability, 1000)
    assert not any("abrégé" in reason.sentence for reason in both.reasons)
