"""Does the steering hold? The frozen quarters, the mails, the draw and the monitor, worked out again by hand."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from deploy import reference
from deploy.demo.checks import Check
from deploy.demo.simulated_year import QUARTERS, STRICTER
from deploy.demo.steering import FIRST, LATE_CAISSE, PREPARES, SECOND, SIZES, WHY, Steered
from services.reporting.domain.periods import period

PILOTS_SINCE = "2007-10-17"
"""The day of the roll-out's dated data from which on the pilots of 2008 are shown as such."""
BACK = ("letters_returned", "access")


def check_all(steered: Steered) -> list[Check]:
    """Every comparison of the steering."""
    return [
        _rollout(steered),
        *_quarters(steered),
        _revision(steered),
        _mails(steered),
        *_supervision(steered),
        _equal_treatment(steered),
    ]


def _rollout(steered: Steered) -> Check:
    """In March nine of ten caisses try the arrangement, and the tenth prepares: dated data, and what it did."""
    states = {one["caisse"]: (one["state"], one["since"]) for one in steered.rollout["caisses"]}
    good = set(states) == set(reference.caisses())
    state, since = states.pop(LATE_CAISSE, ("", None))
    good = good and state == "preparing" and PREPARES.isoformat() <= since <= period(FIRST).last_day.isoformat()
    good = good and set(states.values()) == {("pilot", PILOTS_SINCE)}
    name = f"déploiement au 31 mars 2008, daté : neuf pilotes, et la caisse {LATE_CAISSE} qui se prépare"
    return Check(name, good, str(states))


def _quarters(steered: Steered) -> Iterator[Check]:
    wrong = [
        f"{period} {one['caisse']}: {one['state']}"
        for period, view in steered.quarters.items()
        for one in view["caisses"]
        if one["state"] != "accepted"
    ]
    yield Check("deux trimestres arrêtés, approuvés et acceptés, caisse par caisse", not wrong, "; ".join(wrong))
    first, second = steered.quarters[FIRST], steered.quarters[SECOND]
    told = (first["expected"] - first["on_time"], second["expected"] - second["on_time"])
    yield Check(f"un tableau parti en retard, celui de la caisse {LATE_CAISSE}", told == (1, 0), str(told))


def _revision(steered: Steered) -> Check:
    changes = {(one["code"], one["part"]): (one["before"], one["after"]) for one in steered.changed["changes"]}
    before, after = changes.get(BACK, (None, None))
    revised = [one for one in steered.quarters[SECOND]["caisses"] if one["revision"] == 2]
    good = len(revised) == 1 and revised[0]["reason"] == WHY and (after or 0) - (before or 0) == 1
    name = "un fait arrivé après la clôture : révision 2, avec sa raison et sa différence"
    return Check(name, good and steered.changed["after"] == revised[0]["sha256"], str(changes))


def _mails(steered: Steered) -> Check:
    """What arrived is what was sent, file by file, and each approved revision once."""
    rows = [row for view in steered.quarters.values() for row in view["transmissions"]]
    sent = Counter(frozenset((row["ods_sha256"], row["csv_sha256"])) for row in rows)
    once = max(sent.values(), default=0) == 1 and {row["state"] for row in rows} == {"sent"}
    name = f"chaque révision approuvée reçue une fois par courriel, à l'empreinte près : {len(rows)}"
    return Check(name, once and sent == Counter(steered.hashes), f"{len(rows)} / {len(steered.hashes)}")


def _supervision(steered: Steered) -> Iterator[Check]:
    draw, quality = steered.draw, steered.quality
    again = sampled_again(draw)
    drawn = {one["decision_id"] for one in draw["samples"] if one["draw"] == "random"}
    yield Check("le tirage au hasard se refait depuis l'aléa publié avant lui", drawn == again, str(drawn ^ again))
    looked = (quality["reviewed"], quality["second_looks"])
    expected = (len(drawn), sum(one["second_look"] for one in draw["samples"]))
    authors = {one["author"] for one in draw["samples"]}
    good = looked == expected and quality["estimate"] is not None and "supervisor-751" not in authors
    yield Check(f"la grille remplie pour chaque dossier tiré au hasard : {looked[0]}", good, f"{looked} ≠ {expected}")


def sampled_again(draw: Mapping[str, Any]) -> set[str]:
    """The random draw, as whoever reads its nonce can make it again; empty where seed or list do not follow."""
    seed = _sha256("\x1f".join((draw["period"], draw["caisse"], draw["nonce"])))
    if seed != draw["seed"] or _sha256("\n".join(sorted(draw["listed"]))) != draw["listed_sha256"]:
        return set()
    ordered = sorted(draw["listed"], key=lambda one: _sha256("\x1f".join((seed, "random", one))))
    return set(ordered[: SIZES["random"]])


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def signalled(funnels: Mapping[str, Any], period: str) -> Sequence[Any]:
    """The points of refusals that are a signal in this quarter of the simulated year."""
    [refused] = [one for one in funnels[period]["funnels"] if one["measure"] == "refused"]
    return [point for point in refused["points"] if point["signal"]]


def _equal_treatment(steered: Steered) -> Check:
    found = [[point["caisse"] for point in signalled(steered.funnels, period)] for period in QUARTERS]
    name = f"année simulée : la caisse plus stricte, {STRICTER}, trouvée en deux trimestres, et elle seule"
    return Check(name, found == [[], [STRICTER]], str(found))
