"""How a clock was computed, in French sentences a technician can read aloud."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from services.decision.domain.law.delay import DelayComputation
from services.decision.domain.law.value_types import Delay, StartsFrom
from shared.calendar import ONE_DAY
from shared.french import long_date

STARTS: dict[StartsFrom, str] = {
    "deposit": "le dépôt de la demande",
    "application": "le dépôt de la demande",
    "reception": "la réception de la demande par la caisse",
    "caisse_reception": "la réception de la demande par la caisse",
    "first_body_received": "la réception de la demande par le premier organisme saisi",
    "priority": "la réception du dossier avec son certificat médical",
    "request_or_posting": "la demande de pièces, ou l'envoi de sa lettre",
    "implicit_refusal": "le refus né du silence",
    "decision": "la décision",
    "notification": "la notification",
    "reasons_request": "la demande ou la communication des motifs",
    "appeal": "la réception du recours",
    "appeal_answer": "la réponse au recours, ou son rejet par silence",
    "legal_aid_answer": "la réponse, définitive, à la demande d'aide juridictionnelle",
    "hearing": "la lettre qui invite à répondre",
    "match_judgement": "le jugement d'identité",
    "right": "le droit ouvert",
    "right_end": "la fin du droit ouvert",
    "annulment": "l'annulation",
}


def length(delay: Delay) -> str:
    """A length in words: deux mois, 8 jours."""
    parts = [f"{delay.months} mois"] if delay.months else []
    parts += [f"{delay.days} jour{'s' if delay.days > 1 else ''}"] if delay.days or not parts else []
    return " et ".join(parts) + (" (délai franc)" if delay.free else "")


def computed(
    delay: Delay,
    start: StartsFrom,
    starts_on: dt.date | None,
    due_on: dt.date | None,
    found: DelayComputation | None,
    notes: Iterable[str],
) -> list[str]:
    """The steps from the start to the last day, one sentence each, then what else counted."""
    said = []
    if starts_on is not None and not delay.before_end:
        said.append(f"Point de départ : {STARTS[start]}, le {long_date(starts_on)}.")
    if delay.before_end and due_on is not None:
        said.append(f"Dernier jour du droit : le {long_date(due_on)} ; rappel {length(delay)} avant.")
    elif found is not None:
        said += _counted(delay, found)
    elif due_on is not None:
        said.append(f"Dernier jour fixé par la lettre : le {long_date(due_on)} (usage : {length(delay)}).")
    return [*said, *notes]


def _counted(delay: Delay, found: DelayComputation) -> Iterable[str]:
    how = "compté de date à date" if delay.months else "compté en jours"
    yield f"{length(delay)[:1].upper()}{length(delay)[1:]}, {how} : le {long_date(found.plain)}."
    for pause in found.pauses:
        days = (pause.ends_on - pause.starts_on).days
        last = pause.ends_on - ONE_DAY
        yield (
            f"Suspendu du {long_date(pause.starts_on)} au {long_date(last)} inclus par une demande de pièces : "
            f"{days} jour{'s' if days > 1 else ''} de plus."
        )
    if delay.free:
        yield f"Ni le premier jour ni celui de l'échéance ne comptent : le {long_date(found.free_on)}."
    for day, why in found.skipped:
        yield f"Le {long_date(day)} ({why}) n'est pas un jour ouvrable : report au jour suivant."
    yield f"Dernier jour : le {long_date(found.due_on)}."
