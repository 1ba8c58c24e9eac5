"""Acknowledgement of receipt."""

from __future__ import annotations

from services.letters.domain.blocks import Block, LetterContext, heading, paragraph, present, table
from shared.calendar import add_months
from shared.french import long_date

SILENCE_MONTHS = 2  # silence refuses after two months (docs/domain.md 3.3)


def acknowledgement(pen: LetterContext, deposit_body: str) -> list[Block]:
    """Date received, date at which silence refuses, ways of appeal, data (CRPA L. 112-3, or the law of 2000 before)."""
    recipient = pen.recipient
    received, deposited = long_date(recipient.received_on), long_date(recipient.deposited_on)
    silence = long_date(add_months(recipient.received_on, SILENCE_MONTHS))
    desk = f" auprès de\u00a0: {deposit_body}" if deposit_body else ""
    rows = [
        ["Dépôt de la demande", deposited],
        ["Réception par la caisse", received],
        ["Refus si nous ne répondons pas", silence],
    ]
    return present(
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
