"""The sandbox's references of known outcome: an integrator files under one, and the platform answers as it says. PURE.

Only at the invented caisse. The outcome comes about by the real rules, for an invented person whom nobody resembles:
what was sent is replaced by an application that leads there, filed on the day of today. Under any other reference the
application is taken as it is sent, and the rules decide.
"""

from __future__ import annotations

import datetime as dt
import random
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from shared.contract.sandbox import SANDBOX, in_sandbox

SLOW_SECONDS: Final = 10.0
"""How long the answer to a slow filing takes: longer than a hasty client waits."""
TWIN: Final = "-jumeau"
_MAGIC = re.compile(r"ESSAI-(ADMISE|PIECES|REFUSEE|DOUBLON|LENTE|503)(?:-[A-Za-z0-9_.:-]{1,40})?")
_ONSETS = ("b", "ch", "d", "fl", "gr", "j", "kr", "l", "m", "pr", "r", "tch", "v", "zh")
_RHYMES = ("ai", "an", "ek", "ing", "ol", "or", "ou", "ul", "ame", "ist")


class Outcome(StrEnum):
    """What a reference brings about, by its word."""

    ACCEPTED = "ADMISE"
    PAPERS_REQUESTED = "PIECES"
    REFUSED = "REFUSEE"
    DUPLICATE = "DOUBLON"
    SLOW = "LENTE"
    UNAVAILABLE = "503"


MEANING: Final[Mapping[Outcome, str]] = {
    Outcome.ACCEPTED: "le dossier est complet, la personne est admise d'office",
    Outcome.PAPERS_REQUESTED: "une preuve de résidence manque, elle est demandée",
    Outcome.REFUSED: "les ressources dépassent le plafond, l'agente d'essai refuse",
    Outcome.DUPLICATE: "la même personne a un autre dossier et dit un droit ouvert, un doublon est signalé",
    Outcome.SLOW: f"la réponse vient après {SLOW_SECONDS:.0f} secondes, la demande est prise telle quelle",
    Outcome.UNAVAILABLE: "503 à chaque envoi, rien n'est enregistré",
}
"""The outcomes in French, for the documentation of front ends."""


def outcome_of(caisse: str, reference: str) -> Outcome | None:
    """What this reference brings about at this caisse; None for an ordinary one, and anywhere but in the sandbox."""
    found = _MAGIC.fullmatch(reference) if in_sandbox(caisse) else None
    return None if found is None else Outcome(found[1])


def invented(outcome: Outcome, who: UUID, today: dt.date) -> dict[str, Any]:
    """The facts of an application that leads to ``outcome``, of a person invented from an id."""
    chance = random.Random(who.int)
    on = today.isoformat()
    member = {
        "relation": "applicant",
        "family_name": _word(chance, 4),
        "given_names": _word(chance, 3),
        "sex": chance.choice("FM"),
        "birth_date": f"{today.year - chance.randint(25, 60)}-{chance.randint(1, 12):02}-{chance.randint(2, 28):02}",
        "birth_place": _word(chance, 3),
        "birth_country": "ML",
        "nationality": "ML",
        "stay": {
            "entered_on": _before(today, 900),
            "title": "none",
            "irregular_since": _before(today, 800),
        },
    }
    papers = [
        {"kind": "passport", "use": "identity", "dated": _before(today, 700), "has_photo": True},
        {"kind": "energy_bill", "use": "residence", "dated": _before(today, 120)},
        {"kind": "means_statement", "use": "means", "dated": on},
    ]
    if outcome is Outcome.PAPERS_REQUESTED:
        del papers[1]
    # Told, not looked up: this file waits for a person whichever of the two is searched first.
    begun, ends = today - dt.timedelta(days=60), today + dt.timedelta(days=300)
    right = {"caisse": SANDBOX, "starts_on": begun.isoformat(), "ends_on": ends.isoformat()}
    line = f"{chance.randint(1, 200)} rue {_word(chance, 3)}"
    return {
        "kind": "first",
        "deposit": {
            "channel": "cpam",
            "body": f"cpam-{SANDBOX}",
            "deposited_on": on,
            "received_on": on,
            "filed_by": "applicant",
        },
        "members": [member],
        "means": {"estimate_cents": 3_000_000 if outcome is Outcome.REFUSED else 240_000},
        "address": {"line": line, "postcode": f"{SANDBOX[:2]}100", "city": "VILLE D'ESSAI", "lodging": "own"},
        "papers": papers,
        "earlier_rights": [right] if outcome is Outcome.DUPLICATE else [],
    }


def _before(today: dt.date, days: int) -> str:
    return (today - dt.timedelta(days=days)).isoformat()


def _word(chance: random.Random, syllables: int) -> str:
    return "".join(chance.choice(_ONSETS) + chance.choice(_RHYMES) for _ in range(syllables)).capitalize()
