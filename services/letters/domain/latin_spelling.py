"""How names in other scripts are read in Latin letters. PURE.

anyascii spells every script letter by letter. A letter alone does not tell how three kinds of script are read. In
Arabic and Hebrew some letters are now a vowel and now a consonant, and anyascii leaves the alef out. In the scripts of
India a consonant carries a vowel that is not written. Ethiopic has marks that Latin names have not. Arabic is spelt as
papers of the Maghreb spell it (ch, kh, ou). A vowel that is not written there is not invented: Mhmd stays Mhmd, and the
letter says that a name was transliterated.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from anyascii import anyascii

NO_TRANSLITERATION: Final = "?"
"""For a whole word of a script of which no Latin spelling is known."""

_ARABIC: Final = re.compile("[\u0600-\u06ff\u0750-\u077f\u0870-\u08ff\ufb50-\ufdff\ufe70-\ufefc]")
_HEBREW: Final = re.compile("[\u0590-\u05ff\ufb1d-\ufb4f]")
_ETHIOPIC: Final = re.compile("[\u1200-\u139f\u2d80-\u2ddf\uab00-\uab2f]")
_INDIC: Final = re.compile("[\u0900-\u0dff]")

_LETTERS: Final = {
    # A vowel, whatever carries the hamza. The alef at the end that is written as ya is an a, the taa marbuta too.
    **dict.fromkeys("اأآٱٲىةۃع", "a"),
    **{"إ": "i", "ٳ": "i", "ئ": "i", "ؤ": "ou", "ء": "", "ـ": ""},
    **{"ث": "th", "ج": "j", "خ": "kh", "ذ": "dh", "ش": "ch", "غ": "gh", "ق": "q", "ك": "k", "ه": "h", "چ": "tch"},
    **{"ژ": "j", "گ": "g", "ک": "k", "ہ": "h", "ھ": "h", "ۀ": "h", "ە": "a", "ں": "n", "ے": "e", "ۓ": "e"},
    # Written vowels, with the sign that doubles a letter and the one that says there is none.
    **{"َ": "a", "ِ": "i", "ُ": "ou", "ً": "an", "ٍ": "in", "ٌ": "oun", "ْ": "", "ٰ": "a"},
    **{
        "א": "a",
        "ע": "a",
        "ב": "b",
        "ש": "ch",
        "צ": "ts",
        "ץ": "ts",
        "ח": "h",
        "כ": "k",
        "ך": "k",
        "ק": "k",
        "פ": "p",
        "ף": "p",
    },
}
_VOWEL_OR_CONSONANT: Final = {
    **{"و": ("ou", "w"), "ۆ": ("o", "w"), "ي": ("i", "y"), "ی": ("i", "y"), "ې": ("e", "y"), "ێ": ("e", "y")},
    **{"ו": ("o", "v"), "י": ("i", "y")},
}
"""How a letter is read behind a consonant, and how at the start of a word or beside a vowel."""
_SHADDA: Final = "ّ"
_ARTICLE: Final = "ال"
_GOD: Final = {"الله": "allah", "اللّه": "allah", "لله": "lillah"}
_VOWELS: Final = frozenset("aeiou")

_CONSONANT: Final = re.compile(r"LETTER (?![AIUEO]+YANNA$)(?:[^AEIOU ]\w*A|\w+ \w+YANNA|[^AEIOU ]\w*YANNA)$")
_VOWEL_SIGN: Final = re.compile("VOWEL SIGN|VIRAMA|AL-LAKUNA|SIGN HALANT|AU LENGTH MARK")
_NASAL: Final = re.compile("SIGN ANUSVARA$|GURMUKHI TIPPI$|GURMUKHI SIGN BINDI$")
_HUSHED: Final = re.compile("LETTER (?:SHA|SSA|TAALUJA SAYANNA|MUURDHAJA SAYANNA)$")
_DOT_BELOW: Final = "SIGN NUKTA"
_SILENT_AT_THE_END: Final = ("DEVANAGARI", "BENGALI", "GURMUKHI", "GUJARATI")
"""Scripts whose last consonant is read without its vowel: Rahim, not Rahima."""


def latin_word(run: str) -> str:
    """Latin letters for a run of letters of other scripts; what no spelling is known of is ``?``."""
    run = unicodedata.normalize("NFKC", run)
    written = " ".join(filter(None, map(_spelt, run.split())))
    return written or (NO_TRANSLITERATION if any(map(is_shown, run)) else "")


def is_shown(character: str) -> bool:
    """Whether a reader sees it: marks of format and of length alone are not."""
    return unicodedata.category(character)[0] in "LNSP"


def _spelt(word: str) -> str:
    if _ARABIC.search(word):
        spelt = _arabic(word)
    elif _HEBREW.search(word):
        spelt = _read_in_context(word)
    elif _INDIC.search(word):
        spelt = _indic(word)
    else:
        spelt = anyascii(word)
        if _ETHIOPIC.search(word):  # the mark of a letter spoken with closed throat: Bikila, not Bik'ila
            spelt = spelt.replace("'", "").replace("`", "")
    # A script without capitals; the syllables of Chinese and Korean have one each.
    return spelt.capitalize() if word == word.title() and not word[:1].isupper() else spelt


def _arabic(word: str) -> str:
    if word in _GOD:
        return _GOD[word]
    if word.startswith(_ARTICLE) and len(word) > len(_ARTICLE) + 1:
        return "al-" + _read_in_context(word[len(_ARTICLE) :])
    return _read_in_context(word)


def _read_in_context(word: str) -> str:
    """Arabic and Hebrew: a letter that is both is a vowel between consonants and at the end, else a consonant."""
    spelt: list[str] = []
    for place, letter in enumerate(word):
        before = next((one for one in reversed(spelt) if one), "")
        if letter == _SHADDA:  # written behind the vowel of the letter that it doubles
            consonant = next((one for one in reversed(spelt) if one and one[0] not in _VOWELS), "")
            last = len(spelt) - 1 if before == consonant else len(spelt) - 2
            spelt.insert(max(last, 0), consonant)
        elif letter in _VOWEL_OR_CONSONANT:
            vowel, consonant = _VOWEL_OR_CONSONANT[letter]
            beside = before[-1:] in _VOWELS and before != vowel
            after = _is_vowel(word, place + 1)
            read = consonant if after or beside or (not before and place + 1 < len(word)) else vowel
            spelt.append("" if read == before else read)
        else:
            read = _letter(letter)
            # An ayn beside its alef, and a written vowel before its long letter, are one vowel.
            spelt.append("" if read == before and read[:1] in _VOWELS else read)
    return "".join(spelt)


def _is_vowel(word: str, place: int) -> bool:
    """Whether the letter at a place is read as a vowel behind a letter that may be one itself."""
    if place >= len(word):
        return False
    if word[place] in _VOWEL_OR_CONSONANT:
        return not _is_vowel(word, place + 1)
    return _letter(word[place])[:1] in _VOWELS


def _letter(letter: str) -> str:
    return _LETTERS[letter] if letter in _LETTERS else anyascii(letter).strip("'`")


def _indic(word: str) -> str:
    """Each consonant with the vowel it carries, unless another one, or the sign that it has none, is written."""
    spelt = []
    for place, letter in enumerate(word):
        name = unicodedata.name(letter, "")
        spelt.append("n" if _NASAL.search(name) else "sh" if _HUSHED.search(name) else anyascii(letter).strip("'`"))
        dotted = name.endswith(_DOT_BELOW) and place > 0  # the vowel comes behind the dot that belongs to a letter
        following = unicodedata.name(word[place + 1], "") if place + 1 < len(word) else ""
        if not _CONSONANT.search(unicodedata.name(word[place - 1], "") if dotted else name):
            continue
        silent = not following and name.startswith(_SILENT_AT_THE_END) and len(word) > 1
        if not silent and not following.endswith(_DOT_BELOW) and not _VOWEL_SIGN.search(following):
            spelt.append("a")
    return "".join(spelt)
