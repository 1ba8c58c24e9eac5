"""Request for missing papers."""

from __future__ import annotations

from services.letters.domain.blocks import Block, LetterContext, bullets, heading, notice, paragraph, present
from shared.contract import events
from shared.french import long_date


def paper_request(pen: LetterContext, event: events.PapersRequested) -> list[Block]:
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
    return present(*blocks)


def _paper(pen: LetterContext, code: str, item: events.RequestedItem) -> str:
    """How an accepted paper is called, with the photograph the law of the day wants on it."""
    return pen.wording.paper(code) + (" avec photographie" if code in item.with_photo else "")
