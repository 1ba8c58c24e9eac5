"""What a desk does with titles: orders them, draws them, receives them, voids them, has them made again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.letters.domain import library
from services.letters.domain.addressee import LetterOrder
from services.letters.domain.kind_definition import Details
from services.letters.domain.kinds.title import Title as TitleLetter
from services.letters.domain.kinds.title_loss import TitleLoss
from services.letters.domain.kinds.title_ready import TitleReady
from services.letters.domain.seals import Sealer
from services.letters.domain.titles.forms import planned
from services.letters.domain.titles.title import LOST, Title, TitleState, TitleStepNotAllowed, VoidReason, ordered
from services.letters.domain.triggers import LetterRequest
from services.letters.store import titles
from services.letters.store.hand_overs import AddresseeRow
from services.letters.store.issuance import issue
from services.letters.store.title_rights import persons, rights_of
from services.letters.tables import title_photographs
from shared.contract import events
from shared.contract.events import Actor
from shared.contract.letter_kinds import LetterKind
from shared.database.unit_of_work import UnitOfWork
from shared.messaging.reference_table import ReferenceTable


@dataclass(frozen=True)
class DeskAct:
    """Who does something with titles of whom, on which day, in which line of work; what writes the letters of it."""

    reference: ReferenceTable
    sealer: Sealer
    addressee: AddresseeRow
    actor: Actor
    correlation_id: str
    on: dt.date


def rendered_here(title: Title) -> bool:
    """Whether the caisse prints this title itself."""
    return library.title_rules().version(title.form).made == "here"


async def order(unit: UnitOfWork, act: DeskAct) -> list[Title]:
    """Order what the right of the file calls for; returns every title that counts. Raises NoTitleForDay."""
    addressee, on = act.addressee, act.on
    application, caisse = addressee.application_id, addressee.caisse
    await titles.alone(unit, application)
    rights = [row for row in await rights_of(unit, application) if row.ends_on >= on]
    live = await titles.live_of(unit, application)
    if not rights:
        return live
    form = library.title_rules().on(on, caisse)
    have = {title.member_id for title in live} | {rank_id(rights, rank) for title in live for rank in title.listed}
    new = [
        ordered(plan, application, rights[0].decision_id, caisse, form, on)
        for plan in planned(persons(rights, addressee.recipient), form)
        if plan.person.member_id not in have
    ]
    await titles.add(unit, new, act.actor, act.correlation_id)
    return await titles.live_of(unit, application)


def rank_id(rights: Sequence[sa.Row[Any]], rank: int) -> UUID | None:
    """The member of this rank among those with a right."""
    return next((row.member_id for row in rights if row.member_rank == rank), None)


async def photographs_missing(unit: UnitOfWork, of: Sequence[Title]) -> list[int]:
    """The ranks of those whose title bears a photograph that is not confirmed yet."""
    wanting = [title for title in of if library.title_rules().version(title.form).photograph]
    if not wanting:
        return []
    c = title_photographs.c
    query = sa.select(c.member_rank).where(
        c.application_id.in_({title.application_id for title in wanting}), c.state == "confirmed"
    )
    there = {row.member_rank for row in await unit.rows(query)}
    return sorted({title.member_rank for title in wanting} - there)


async def render(unit: UnitOfWork, act: DeskAct, title: Title) -> Title:
    """Render an attestation, in the name of who asks: it is at the desk at once. Raises NoTextForDay."""
    made = await titles.save(unit, title.step(TitleState.PRODUCED, act.on), act.actor, act.correlation_id)
    ranks = {title.member_rank, *title.listed}
    rights = [
        events.Entitlement(
            member_id=row.member_id, member_rank=row.member_rank, starts_on=row.starts_on, ends_on=row.ends_on
        )
        for row in await rights_of(unit, title.application_id)
        if row.member_rank in ranks
    ]
    if not rights:
        raise TitleStepNotAllowed("no_right", "Aucun droit n'est ouvert dans ce dossier.")
    pictured = title.member_rank if library.title_rules().version(title.form).photograph else None
    details = TitleLetter(serial=title.serial, copy_no=title.copy_no, photograph_of=pictured, entitlements=rights)
    letter = _letter(act, LetterKind.TITLE, f"title {title.serial}", details)
    await issue(unit, act.reference, [letter], act.sealer)
    await titles.rendered_as(unit, made, letter.call.letter_id)
    return await titles.save(unit, made.step(TitleState.RECEIVED, act.on), act.actor, act.correlation_id)


async def receive(unit: UnitOfWork, act: DeskAct, title: Title) -> Title:
    """Take in a card; one letter for all that came on a day says so. Raises NoTextForDay."""
    received = await titles.save(unit, title.step(TitleState.RECEIVED, act.on), act.actor, act.correlation_id)
    letter = _letter(act, LetterKind.TITLE_READY, f"received {act.on}", TitleReady())
    await issue(unit, act.reference, [letter], act.sealer)
    return received


async def void(unit: UnitOfWork, act: DeskAct, title: Title, reason: VoidReason) -> Title:
    """Void a title; a loss or a theft leaves the statement that the person signs. Raises NoTextForDay."""
    voided = await titles.save(unit, title.voided(reason, act.on), act.actor, act.correlation_id)
    if reason in LOST:
        details = TitleLoss(
            what="loss" if reason is VoidReason.LOSS else "theft", serial=title.serial, stated_on=act.on
        )
        cause = f"{reason.value} {title.serial}"
        letter = _letter(act, LetterKind.TITLE_LOSS, cause, details)
        await issue(unit, act.reference, [letter], act.sealer)
    return voided


async def duplicate(unit: UnitOfWork, title: Title, actor: Actor, correlation_id: str, on: dt.date) -> Title:
    """Order the next serial of the same person, once. Raises TitleStepNotAllowed."""
    await titles.alone(unit, title.application_id)
    if any(one.member_id == title.member_id for one in await titles.live_of(unit, title.application_id)):
        raise TitleStepNotAllowed("title_live", "Cette personne a déjà un titre valable.")
    rights = await rights_of(unit, title.application_id)
    last_days = {right.member_rank: right.ends_on for right in rights if right.decision_id == title.decision_id}
    new = title.duplicate(library.title_rules().on(on, title.holder), on, last_days)
    added = await titles.add(unit, [new], actor, correlation_id, replaces=title)
    if not added:
        raise TitleStepNotAllowed("title_replaced", "Un duplicata de ce titre existe déjà.")
    return new


def _letter(act: DeskAct, kind: LetterKind, cause: str, details: Details) -> LetterOrder:
    call = LetterRequest(kind, act.addressee.application_id, cause, details)
    caisse = act.addressee.caisse
    return LetterOrder(
        call,
        act.addressee.recipient,
        caisse,
        caisse,
        act.on,
        call.letter_id,
        act.correlation_id,
        actor=act.actor,
        signatory=act.actor.id if kind is LetterKind.TITLE else "",
    )
