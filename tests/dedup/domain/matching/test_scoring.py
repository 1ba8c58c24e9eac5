"""The compiled score equals the plain one, its points sum to it, and it knows the size of the base."""

import math
import random

import pytest

from bench.dedup_agreement import agreement
from bench.generator import cases, people
from services.dedup.domain.matching.model import MODEL_DIRECTORY, load_model, probability
from services.dedup.domain.matching.names_only import compare_names, name_rows
from services.dedup.domain.matching.normalisation import Identity, normalise, normalise_many
from services.dedup.index.index import Index


@pytest.fixture(scope="module")
def common() -> tuple[list[Identity], Index]:
    base = list(people(12_000, seed=5))
    index = Index(reserve=1000)
    index.build(normalise_many(base), range(len(base)))
    return base, index


def test_kernel_and_reference_agree_on_twenty_thousand_pairs() -> None:
    """Half of the pairs come from blocking, half are drawn: both must give the same features and the same score."""
    assert agreement(20_000) < 1e-6


def test_points_and_prior_sum_to_the_score(common: tuple[list[Identity], Index]) -> None:
    base, index = common
    for case in list(cases(base, 200, seed=8)):
        for match in index.search(normalise(case.identity), limit=3):
            prior = match.total - sum(match.points_by_feature().values())
            assert math.isfinite(prior)
            assert match.probability == pytest.approx(probability(match.total))


def test_the_same_evidence_is_worth_less_in_a_larger_base() -> None:
    document = load_model().document
    slopes = [card["size_slope"] for card in document["scorecards"]]
    assert max(slopes) > 0.5, "strangers of like name grow with the base"
    assert min(slopes) < 0.3, "brothers do not"
    small, large = Index(reserve=10), Index(reserve=10)
    for table in large.rarities:
        table *= 500  # ten million records in which names have the same shares
    a = normalise(Identity("Diallo", "Mamadou", "", "M", "1985-01-01", "Conakry", "GN", "GN", "93", "93200"))
    b = normalise(Identity("Diallo", "Mamadou", "", "M", "1985-01-01", "", "GN", "GN", "75", "75010"))
    assert large.compare(a, b).probability < small.compare(a, b).probability


@pytest.mark.parametrize("log_odds_value", [-800.0, -3.0, 0.0, 3.0, 40.0, 800.0])
def test_probability_stays_a_probability(log_odds_value: float) -> None:
    assert 0.0 <= probability(log_odds_value) <= 1.0


def test_probability_rises() -> None:
    values = sorted(random.Random(1).uniform(-30, 30) for _ in range(100))
    assert [probability(v) for v in values] == sorted(probability(v) for v in values)


@pytest.mark.parametrize("version", sorted(path.stem for path in MODEL_DIRECTORY.glob("*.json")))
def test_a_model_says_which_version_it_is(version: str) -> None:
    assert load_model(version).document["version"] == version


NAMES_ALONE = {
    "order": ("Nguyen Van Minh", "Minh Van Nguyen", True),
    "upper case and a variant, exchanged": ("Mohamed Traoré", "TRAORE Mohammed", True),
    "joined": ("Xiao Ming Ouyang", "Ouyang Xiaoming", True),
    "particle and variant": ("Abd el Kader Boudjemaa", "Abdelkader Boujemaa", True),
    "French and English transcription": ("Sékou Touré", "Seku Ture", True),
    "Cyrillic": ("Руслан Мамедов", "Ruslan Mamedov", True),
    "Arabic": ("محمد علي", "Mohamed Ali", True),
    "brothers": ("Moussa Traoré", "Adama Traoré", False),
    "sons of one father": ("Ahmed Ould Daddah", "Moktar Ould Daddah", False),
    "family names that begin alike": ("Mehmet Yilmaz", "Mehmet Yildiz", False),
    "one given name of three": ("Nguyen Van Minh", "Nguyen Van Hung", False),
}


def test_names_alone_are_told_apart() -> None:
    first, second = (name_rows(names) for names in zip(*(pair[:2] for pair in NAMES_ALONE.values()), strict=True))
    _, _, scores = compare_names(load_model(), first, second)
    said = dict(zip(NAMES_ALONE, (scores > 0).tolist(), strict=True))
    assert said == {case: pair[2] for case, pair in NAMES_ALONE.items()}
