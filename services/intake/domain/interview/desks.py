"""Where an interview is held: the desks of a caisse, from the reference data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from shared.contract.facts import Channel
from shared.contract.reference_data import DepositBody


def desks(bodies: Iterable[DepositBody], caisse: str, today: dt.date, own: str | None = None) -> list[DepositBody]:
    """The bodies at which somebody of ``caisse`` may receive a person today, the usual one first.

    ``own``: the body that the person's account belongs to; then it is the only one.
    """
    open_today = [body for body in bodies if _open(body, today) and body.caisse in (None, caisse)]
    if own is not None:
        return [body for body in open_today if body.code == own]
    return [body for body in open_today if body.channel is Channel.CPAM and body.caisse == caisse]


def _open(body: DepositBody, today: dt.date) -> bool:
    return (body.since is None or body.since <= today) and (body.until is None or today <= body.until)
