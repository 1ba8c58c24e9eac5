"""The body of each kind of letter, as a list of blocks: heading, paragraph, list, table, address, notice.

A block is plain JSON: the layout draws it, and a page could too. ``law`` beside a text is the reference it rests on.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from services.letters.domain.mentions import Mentions
from services.letters.domain.recipient import Person, Recipient
from services.letters.domain.wording import Wording, legal_reference, long_date, partial_date, short_date
from shared.contract import events

Block = dict[str, Any]

SILENCE_MONTHS = 2  # silence refuses after two months (domain notes 3.3)
RENEWAL_MONTHS = 2  # renewal is filed two months before the end (domain notes 3.3)
DELAYED_CARE_MONTHS = 9  # adults' planned care waits nine months from 2021 (domain notes 3.6)


@dataclass(frozen=True)
class Pen:
    """What every block needs: the law and the words of the day, and the person written to."""

    mentions: Mentions
    wording: Wording
    recipient: Recipient
    day: dt.date

    def mention(self, key: str, on: dt.date | None = None, **values: str) -> Block | None:
        """The paragraph of a mention on a day (the letter's unless told), or None where the duty did not exist yet."""
        mention = self.mentions.on(key, on or self.day)
        if mention is None:
            return None
        return {"type": "paragraph", "lead": "", "text": mention.text.format(**values), "law": mention.reference}

    def who(self, person: Person | None) -> str:
        return (person or self.recipient.applicant).name


def months_after(day: dt.date, months: int) -> dt.date:
    """The same day of a later month (or of an earlier one), or the last day of a month that is too short."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def acknowledgement(pen: Pen, deposit_body: str) -> list[Block]:
    """Date received, date at which silence refuses, ways of appeal, data (CRPA L. 112-3, or the law of 2000 before)."""
    recipient = pen.recipient
    received, deposited = long_date(recipient.received_on), long_date(recipient.deposited_on)
    silence = long_date(months_after(recipient.received_on, SILENCE_MONTHS))
    desk = f" auprès de\u00a0: {deposit_body}" if deposit_body else ""
    rows = [
        ["Dépôt de la demande", deposited],
        ["Réception par la caisse", received],
        ["Refus si nous ne répondons pas", silence],
    ]
    return _present(
        pen.mention("acknowledgement", received_on=received),
        paragraph(f"Elle a été déposée le {deposited}{desk}."),
        pen.mention("effect", deposited_on=deposited),
        heading("Ce qui va se passer"),
        paragraph(
            "Nous examinons votre dossier. S’il manque une pièce, nous vous la demandons par une lettre séparée."
        ),
        table("Dates de votre demande", ["Étape", "Date"], rows),
        pen.mention("silence", silence_on=silence),
        pen.mention("silence_reasons"),
        heading("Si vous contestez un refus"),
        pen.mention("appeal_later"),
        heading("Vos données"),
        pen.mention("data_protection"),
        pen.mention("data_exchange"),
    )


def paper_request(pen: Pen, event: events.PapersRequested) -> list[Block]:
    """Each missing item once, with the papers that would each do; the delay; the suspension (CRPA L. 114-5)."""
    written = long_date(event.due_on)
    blocks = [
        paragraph("Pour examiner votre demande, il nous manque ce qui suit."),
        notice(f"À nous faire parvenir au plus tard le {written}."),
        pen.mention("evidence"),
    ]
    for number, item in enumerate(event.items, 1):
        words = pen.wording.item(item.code)
        person = pen.recipient.person(rank=item.member_rank)
        blocks += [heading(f"{number}. {words.title}"), paragraph(words.why, lead=f"Pour {pen.who(person)}.")]
        if item.code == "residence":
            blocks.append(pen.mention("residence_age", on=pen.recipient.deposited_on))
        if item.accepted:
            offer = "Une de ces pièces suffit\u00a0:" if len(item.accepted) > 1 else "À fournir\u00a0:"
            blocks += [paragraph(offer), bullets(_paper(pen, code, item) for code in item.accepted)]
    blocks += [
        heading("Délai"),
        paragraph(
            f"Le délai se termine le {written}. Si cette lettre vous est envoyée après le {long_date(pen.day)}, vous "
            "disposez du même nombre de jours à compter de son envoi. Déposez les pièces à l’accueil de la caisse ou "
            "envoyez-les à l’adresse ci-dessus, avec la référence du dossier. Des copies suffisent."
        ),
        pen.mention("missing_items") if event.clock_suspended else None,
        paragraph("Passé ce délai, nous déciderons avec les éléments que nous avons."),
    ]
    return _present(*blocks)


def _paper(pen: Pen, code: str, item: events.RequestedItem) -> str:
    """How an accepted paper is called, with the photograph the law of the day wants on it."""
    return pen.wording.paper(code) + (" avec photographie" if code in item.with_photo else "")


def admission(pen: Pen, event: events.Granted, appeal_lines: list[str]) -> list[Block]:
    """Beneficiaries and period, how to collect the title, care, renewal, alimony; refused members; algorithm."""
    last = max((entitlement.ends_on for entitlement in event.entitlements), default=pen.day)
    rows = []
    for right in sorted(event.entitlements, key=lambda entitlement: entitlement.member_rank):
        person = pen.recipient.person(member_id=right.member_id, rank=right.member_rank)
        birth = partial_date(person.birth_date if person else None)
        rows.append([pen.who(person), birth, short_date(right.starts_on), short_date(right.ends_on)])
    blocks = [
        pen.mention("grant", effect_on=long_date(event.effect_on)),
        heading("Bénéficiaires et période"),
        table("Personnes admises", ["Nom", "Date de naissance", "Du", "Au"], rows),
        *_earlier_care(pen, event),
        heading("Retirer votre titre"),
        pen.mention("title"),
        heading("Vos soins"),
        pen.mention("covered_care"),
        _planned_care(pen, event),
        heading("Renouveler vos droits"),
        pen.mention("renewal", renewal_on=long_date(months_after(last, -RENEWAL_MONTHS))),
        pen.mention("alimony"),
    ]
    if event.refused_members:
        blocks.append(heading("Personnes pour lesquelles l’aide n’est pas accordée"))
        blocks += _grounds(pen, event.refused_members, named=True)
        blocks += _appeal(pen, event.decided_on, appeal_lines)
        blocks += [heading("Soins urgents"), pen.mention("urgent_care")]
    return _present(*blocks, *_algorithm(pen, automatic=event.automatic))


def _planned_care(pen: Pen, event: events.Granted) -> Block | None:
    """From when adults' planned care is covered; nothing where no one waits: minors, or an admission that goes on."""
    told = [right for right in event.entitlements if "planned_care_from" in right.model_fields_set]
    waits = [right.planned_care_from for right in told if right.planned_care_from is not None]
    if told and not waits:
        return None
    # An event of before this field: nine months from the effect, as for a first admission.
    day = max(waits, default=months_after(event.effect_on, DELAYED_CARE_MONTHS))
    return pen.mention("nine_months", nine_months_on=long_date(day))


def refusal(pen: Pen, event: events.Refused, appeal_lines: list[str]) -> list[Block]:
    """Reasons of fact and of law, what would change the decision, appeal of the decision's day, urgent care."""
    remedies = list(dict.fromkeys(r for motive in event.motives for r in pen.wording.ground(motive.code).remedies))
    named = len({motive.facts.get("member_rank", "0") for motive in event.motives}) > 1
    return _present(
        pen.mention("refusal", on=event.decided_on),
        heading("Raisons de cette décision"),
        *_grounds(pen, event.motives, named=named),
        pen.mention("reasons"),
        heading("Ce qui pourrait changer cette décision") if remedies else None,
        bullets(remedies) if remedies else None,
        pen.mention("new_application"),
        *_appeal(pen, event.decided_on, appeal_lines),
        heading("Soins urgents"),
        pen.mention("urgent_care"),
        *_algorithm(pen, automatic=False),
    )


def _grounds(pen: Pen, motives: Iterable[events.Motive], *, named: bool) -> list[Block | None]:
    blocks: list[Block | None] = []
    for motive in motives:
        rank = motive.facts.get("member_rank", "0")
        person = pen.recipient.person(rank=int(rank) if rank.isdigit() else 0)
        text = pen.wording.ground(motive.code).text
        lead = f"{pen.who(person)}\u00a0:" if named else ""
        blocks.append({"type": "paragraph", "lead": lead, "text": text, "law": legal_reference(motive.reference)})
        facts = pen.wording.facts_of(motive.code, motive.facts)
        if facts:
            blocks.append(table("Éléments retenus", ["Élément", "Valeur"], facts))
    return blocks


def _appeal(pen: Pen, decided_on: dt.date, lines: list[str]) -> list[Block | None]:
    return [
        heading("Comment contester cette décision"),
        pen.mention("appeal_first", on=decided_on),
        address("Adresse du recours", lines) if lines else None,
        pen.mention("appeal_second", on=decided_on),
    ]


def _algorithm(pen: Pen, *, automatic: bool) -> list[Block | None]:
    """The rule engine evaluates every file, so every decision says what part it had (CRPA L. 311-3-1, from its
    date)."""
    mention = pen.mention("algorithm" if automatic else "algorithm_help")
    title = "Décision préparée par un algorithme" if automatic else "Aide d’un algorithme"
    return [heading(title), mention] if mention else []


def _earlier_care(pen: Pen, event: events.Granted) -> list[Block | None]:
    since = sorted({day for right in event.entitlements if (day := right.care_from) is not None})
    if not since:
        return []
    return [
        paragraph(f"Les soins reçus avant cette période, depuis le {long_date(since[0])}, sont aussi pris en charge.")
    ]


def heading(text: str) -> Block:
    return {"type": "heading", "text": text}


def paragraph(text: str, lead: str = "") -> Block:
    """``lead`` is said in bold before the text."""
    return {"type": "paragraph", "lead": lead, "text": text, "law": ""}


def notice(text: str) -> Block:
    """The one thing to remember, set apart."""
    return {"type": "notice", "text": text}


def bullets(items: Iterable[str]) -> Block:
    return {"type": "list", "items": list(items)}


def table(caption: str, header: list[str], rows: list[list[str]]) -> Block:
    return {"type": "table", "caption": caption, "header": header, "rows": rows}


def address(caption: str, lines: list[str]) -> Block:
    return {"type": "address", "caption": caption, "lines": lines}


def _present(*blocks: Block | None) -> list[Block]:
    """Drop what does not exist on this day, and any heading left with nothing under it."""
    kept = [block for block in blocks if block is not None]
    return [
        block
        for index, block in enumerate(kept)
        if block["type"] != "heading" or (index + 1 < len(kept) and kept[index + 1]["type"] != "heading")
    ]
