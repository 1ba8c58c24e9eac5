"""Words of names that say nothing of the person, or that belong to the word beside them (PURE)."""

from __future__ import annotations

from typing import Final

PARTICLES: Final = frozenset(
    [
        "al",
        "el",
        "ul",
        "il",
        "ben",
        "bin",
        "bint",
        "ibn",
        "ould",
        "uld",
        "wuld",
        "oulad",
        "mint",
        "ait",
        "at",
        "da",
        "de",
        "del",
        "della",
        "dos",
        "das",
        "do",
        "di",
        "du",
        "des",
        "la",
        "le",
        "les",
        "los",
        "lo",
        "van",
        "von",
        "der",
        "den",
        "y",
        "e",
        "et",
        "zu",
        "ter",
        "ten",
    ]
)
"""Words that come and go between two spellings of one name; dropped unless the name is made of nothing else."""

TITLES: Final = frozenset(
    ["mr", "mlle", "dr", "epouse", "epse", "ep", "nee", "veuve", "vve", "monsieur", "madame", "mademoiselle"]
)

SHORT_FORMS: Final = {
    **dict.fromkeys(["md", "mohd", "muhd", "mohmd", "mhd", "mhmd", "moh", "mohm", "mohamd", "mohammd"], "mohammad"),
    "med": "mohamed",
    "fatou": "fatoumata",
    **dict.fromkeys(["mst", "mstt", "msst", "msmt", "most", "mosst", "mosammt"], "mosammat"),
}
"""Names that papers of some countries write short, and the whole name: ``MD KARIM`` is ``MOHAMMAD KARIM``."""

SERVANT: Final = frozenset(
    ["abd", "abdel", "abdul", "abdal", "abdoul", "abdur", "abder", "abdes", "abdus", "abdun", "abdool"]
)
"""How a name that begins with Abd is written: the word that follows belongs to it."""

GLUE_PREVIOUS: Final = frozenset(
    [
        "allah",
        "ullah",
        "oullah",
        "ollah",
        "eddine",
        "uddin",
        "eddin",
        "addin",
        "addine",
        "aldin",
        "aldine",
        "oddine",
        "dine",
        "din",
        "ud",
        "ed",
        "ur",
    ]
)
"""Second halves of a name that begins with Abd: they belong to the word before them."""
