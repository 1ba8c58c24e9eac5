"""What can be done with a case now, by whom: only that is offered, and what is not says why."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from services.decision.pages.frame import OpenCase
from shared.access.principal import Principal, Role


@dataclass(frozen=True)
class Offer:
    """One act: its words, where it leads, and why it is closed (empty: it is open)."""

    label: str
    path: str
    why_not: str = ""
    main: bool = False


def possible(opened: OpenCase, principal: Principal, today: dt.date) -> list[Offer]:
    """The acts of this case for this person, the usual next one first."""
    view = opened.view
    if not principal.roles & {Role.TECHNICIAN, Role.SUPERVISOR}:
        return []
    if view.state == "open":
        return _instruction(opened, principal)
    if view.state == "granted" and view.waiting_for:  # an appeal was won against what was not granted
        return [*_instruction(opened, principal), Offer("Enregistrer une suite", "aftermath")]
    if view.state in ("granted", "refused", "lapsed"):
        return [Offer("Enregistrer une suite", "aftermath", main=True)]
    return []


def _instruction(opened: OpenCase, principal: Principal) -> list[Offer]:
    view = opened.view
    if view.draft is not None:
        own = view.draft.by == principal.id
        why_not = "Vous l'avez préparée : une autre personne doit la confirmer." if own else ""
        return [Offer("Second regard", "confirmation", why_not, main=True)]
    judged = view.identity not in ("open", "unsearched")
    signal = "" if judged else "La recherche d'identité n'est pas finie : un signalement est à juger d'abord."
    return [
        Offer("Décider", "decision", signal, main=view.proposal != "request_papers"),
        Offer("Demander des pièces", "papers", main=view.proposal == "request_papers"),
        Offer("Constater un fait", "facts"),
    ]
