"""Names in other scripts, as a reader of Latin letters would expect them: no letter of theirs is left out."""

from __future__ import annotations

import pytest

from services.letters.domain.printable_letters import printable


@pytest.mark.parametrize(
    ("written", "latin"),
    [
        # Arabic: the alef, each carrier of the hamza, the taa marbuta, the article, letters that are vowels at times.
        ("احمد", "Ahmd"),
        ("أحمد", "Ahmd"),
        ("إبراهيم", "Ibrahim"),
        ("آمنة", "Amna"),
        ("فاطمة", "Fatma"),
        ("عائشة", "Aicha"),
        ("رؤوف", "Rouf"),
        ("سائر", "Sair"),
        ("علاء", "Ala"),
        ("مصطفى", "Mstfa"),
        ("يوسف", "Yousf"),
        ("محمود", "Mhmoud"),
        ("وليد", "Wlid"),
        ("خديجة", "Khdija"),
        ("هشام", "Hcham"),
        ("الحسن", "Al-hsn"),
        ("عبد الله", "Abd Allah"),
        ("نور الدين", "Nour Al-din"),
        ("مُحَمَّد", "Mouhammad"),
        ("ﻣﺤﻤﺪ", "Mhmd"),  # the forms of old systems
        ("گلناز", "Glnaz"),
        ("پرویز", "Prwiz"),
        ("چنگیز", "Tchngiz"),
        ("هيوا", "Hiwa"),
        ("طَوِيل", "Tawil"),
        # Hebrew, Cyrillic, Greek, Georgian, Armenian.
        ("אברהם", "Abrhm"),
        ("דוד", "Dod"),
        ("Владимир Щербаков", "Vladimir Shcherbakov"),
        ("Юлія Гончарук", "Yuliya Goncharuk"),
        ("Γεώργιος", "Georgios"),
        ("გიორგი მამულაშვილი", "Giorgi Mamulashvili"),
        ("Հայկ Պետրոսյան", "Hayk Petrosyan"),
        # The vowel that a consonant of India carries.
        ("রহিম উদ্দিন", "Rahim Uddin"),
        ("মোহাম্মদ", "Mohammad"),
        ("सिंह शर्मा", "Sinh Sharma"),
        ("ਸਿੰਘ", "Singh"),
        ("শেখ রহমান", "Shekh Rahaman"),
        ("தமிழ்", "Tamil"),
        ("රාජපක්ෂ", "Rajapaksha"),
        # One word for the syllables of a name.
        ("王 小明", "Wang Xiaoming"),
        ("김철수", "Gimcheolsu"),
        ("አበበ ቢቂላ", "Abebe Bikila"),
        ("ኃይለ ሥላሴ", "Hayle Slase"),
        # What is Latin already stays beside it.
        ("Dupont-محمد", "Dupont-Mhmd"),
    ],
)
def test_a_name_is_read_as_its_bearer_would_read_it(written: str, latin: str) -> None:
    assert printable(written) == latin
