"""Who gives the day on which a first body (CCAS, hospital) took an application: its own token, or a sender. PURE.

Only the service writes ``body``: where the token of the request is that body's own. A date that somebody else changes
afterwards is declared again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.contract.facts import Deposit, SaidBy
from shared.contract.input_errors import InputError

DATES = ("body", "deposited_on", "first_body_on", "first_body_channel")


def attributed(
    deposit: Mapping[str, Any], sender: str | None, current: Deposit | None, errors: list[InputError]
) -> dict[str, Any]:
    """The deposit of a document with ``first_body_by`` as the service knows it; a error to whoever claims ``body``.

    ``sender``: the deposit body of the token, if it is one's own. ``current``: the deposit before an amendment.
    """
    given = deposit.get("first_body_by")
    if sender is not None and deposit.get("body") == sender:
        return {**deposit, "first_body_by": SaidBy.BODY.value} if given in (None, "declared") else dict(deposit)
    if given != SaidBy.BODY.value:
        return dict(deposit)
    if current is None or current.first_body_by is not SaidBy.BODY:
        message = "Seul le jeton de l'organisme de dépôt fait dire la date par lui-même."
        errors.append(InputError("/deposit/first_body_by", "server_assigned", message))
        return dict(deposit)
    before = current.model_dump(mode="json")
    unchanged = all(deposit.get(name) == before[name] for name in DATES)
    return dict(deposit) if unchanged else {**deposit, "first_body_by": SaidBy.DECLARED.value}
