"""Applications in any number, for load and for faults: invented, deterministic, each of a person unlike the others."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterator
from typing import Any

DAY = "2026-09-15"
CAISSES = ("751", "931", "941", "921", "781", "771", "951", "911", "131")
ONSETS: tuple[str, ...] = (
    "b",
    "bl",
    "br",
    "c",
    "ch",
    "d",
    "dj",
    "dr",
    "f",
    "fl",
    "g",
    "gr",
    "h",
    "j",
    "k",
    "kh",
    "kr",
    "l",
    "m",
    "n",
    "p",
    "pr",
    "r",
    "s",
    "sh",
    "t",
    "tch",
    "tr",
    "v",
    "w",
    "z",
    "zh",
)
VOWELS = ["a", "e", "i", "o", "u", "ai", "au", "ei", "ia", "ou"]
CODAS = ["", "", "", "n", "r", "l", "s", "m", "k", "t", "ng", "sh"]

CSV_COLUMNS = (
    "reference",
    "caisse",
    "kind",
    "channel",
    "deposit_body",
    "deposited_on",
    "relation",
    "family_name",
    "given_names",
    "sex",
    "birth_date",
    "birth_place",
    "birth_country",
    "nationality",
    "entered_on",
    "stay_title",
    "irregular_since",
    "papers",
    "means_estimate_eur",
    "address_line",
    "postcode",
    "city",
)

COMPLETE = "complete"
NO_RESIDENCE_PAPER = "no_residence_paper"
OVER_CEILING = "over_ceiling"


def word(chance: random.Random, syllables: int) -> str:
    """An invented word of that many syllables."""
    parts = [chance.choice(ONSETS) + chance.choice(VOWELS) + chance.choice(CODAS) for _ in range(syllables)]
    return "".join(parts).capitalize()


def person(number: int, seed: int = 0) -> dict[str, Any]:
    """Person ``number`` of a world: a name of five invented syllables and a birth date. The same for the same
    numbers."""
    chance = random.Random(f"{seed}/{number}")
    return {
        "family_name": word(chance, 3),
        "given_names": word(chance, 2),
        "sex": chance.choice("FM"),
        "birth_date": f"{chance.randint(1950, 2001)}-{chance.randint(1, 12):02}-{chance.randint(2, 28):02}",
        "birth_place": word(chance, 2),
        "birth_country": chance.choice(
            ("ML", "SN", "DZ", "MA", "TN", "CI", "CD", "CM", "GN", "KM", "BD", "PK", "GE", "CN")
        ),
    }


def postcode(caisse: str) -> str:
    """A postcode for which the caisse is competent."""
    return f"{caisse}18" if caisse.startswith("97") else f"{caisse[:2]}018"


def address(number: int, seed: int = 0, caisse: str = "751") -> dict[str, Any]:
    """Where person ``number`` lives: a street and a town that exist nowhere, in the département of the caisse."""
    chance = random.Random(f"address {seed}/{number}")
    line = f"{chance.randint(1, 200)} rue {word(chance, 4)}"
    return {"line": line, "postcode": postcode(caisse), "city": word(chance, 4).upper(), "lodging": "own"}


def application(
    number: int, seed: int = 0, *, scenario: str = COMPLETE, caisse: str | None = None, day: str = DAY
) -> dict[str, Any]:
    """The body of ``POST /applications`` for person ``number``: alone, in irregular stay since long, at a counter on
    ``day``."""
    caisse = caisse or CAISSES[number % len(CAISSES)]
    who = person(number, seed)
    stay = {"entered_on": "2023-02-01", "title": "none", "irregular_since": "2023-05-02"}
    papers = [
        {"kind": "passport", "use": "identity", "dated": "2022-03-01", "has_photo": True},
        {"kind": "energy_bill", "use": "residence", "dated": "2026-03-10"},
        {"kind": "means_statement", "use": "means", "dated": day},
    ]
    if scenario == NO_RESIDENCE_PAPER:
        del papers[1]
    return {
        "caisse": caisse,
        "reference": f"{seed}-{number}",
        "kind": "first",
        "deposit": {
            "channel": "cpam",
            "body": f"cpam-{caisse}",
            "deposited_on": day,
            "received_on": day,
            "filed_by": "applicant",
        },
        "members": [{"relation": "applicant", **who, "nationality": who["birth_country"], "stay": stay}],
        "means": {"estimate_cents": 3_000_000 if scenario == OVER_CEILING else 240_000},
        "address": address(number, seed, caisse),
        "papers": papers,
    }


def mixed(count: int, seed: int = 0, day: str = DAY) -> Iterator[dict[str, Any]]:
    """Applications of a day: most are complete, one in ten lacks a paper, one in twenty is over the ceiling."""
    for number in range(count):
        scenario = OVER_CEILING if number % 20 == 7 else NO_RESIDENCE_PAPER if number % 10 == 3 else COMPLETE
        yield application(number, seed, scenario=scenario, day=day)


def respelled(body: dict[str, Any], caisse: str) -> dict[str, Any]:
    """The same person at another caisse, on the same day: moved there, names exchanged and one letter doubled."""
    [member] = body["members"]
    names = {"family_name": member["given_names"].upper(), "given_names": member["family_name"].replace("n", "nn", 1)}
    moved = {
        "deposit": {**body["deposit"], "body": f"cpam-{caisse}"},
        "address": {**body["address"], "postcode": postcode(caisse)},
    }
    return {**body, **moved, "caisse": caisse, "members": [{**member, **names}], "reference": body["reference"] + "-b"}


def csv_of(bodies: list[dict[str, Any]]) -> str:
    """The same applications as an import file, one member a row."""
    out = io.StringIO()
    writer = csv.DictWriter(out, CSV_COLUMNS, delimiter=";")
    writer.writeheader()
    for body in bodies:
        [member], deposit, address = body["members"], body["deposit"], body["address"]
        papers = [
            f"{p['kind']}:{p['use']}:{p['dated']}" + ("!photo" if p.get("has_photo") else "") for p in body["papers"]
        ]
        writer.writerow(
            {
                **{name: member[name] for name in CSV_COLUMNS if name in member},
                **{name: member["stay"][name] for name in ("entered_on", "irregular_since")},
                "stay_title": member["stay"]["title"],
                **{name: body[name] for name in ("reference", "caisse", "kind")},
                **{
                    "channel": deposit["channel"],
                    "deposit_body": deposit["body"],
                    "deposited_on": deposit["deposited_on"],
                },
                **{"address_line": address["line"], "postcode": address["postcode"], "city": address["city"]},
                "papers": "|".join(papers),
                "means_estimate_eur": body["means"]["estimate_cents"] // 100,
            }
        )
    return out.getvalue()
