"""A simulated year of ten caisses, of which one may refuse more than its files explain: the monitor is tried on it.

The demonstration puts such a year straight into the store of reporting, in a year that nobody lives in, and shows what
the monitor says of it. How far the monitor can be trusted, over many such years:

    python -m deploy.demo.simulated_year
"""

from __future__ import annotations

import datetime as dt
import json
import random
import sys
from collections.abc import Sequence
from typing import Final

import psycopg

from deploy import reference
from services.reporting.domain.equal_treatment import Group, funnel, signals

CAISSES: Final = sorted(reference.caisses())
STRATA = {"first 1 caisse ordinary": 0.32, "first 3 tiers ordinary": 0.24, "renewal 1 caisse ordinary": 0.08}
"""The true share of refusals of files alike."""
STRICTER = CAISSES[3]
SEED: Final = 2008
YEAR: Final = 2024
"""Neither lived by the demonstration, nor closed by the service when it wakes up in 2026."""
QUARTERS: Final = (f"{YEAR}-T1", f"{YEAR}-T2")


def quarter(chance: random.Random, stricter: str = "", factor: float = 2.0) -> list[Group]:
    """A quarter of ten caisses of different sizes and mixes, refusing by the true shares but for one."""
    groups = []
    for at, caisse in enumerate(CAISSES):
        for n, (stratum, share) in enumerate(STRATA.items()):
            decisions = 60 + 25 * ((at * 3 + n * 5) % 7)
            rate = share * (factor if caisse == stricter else 1)
            refused = sum(chance.random() < rate for _ in range(decisions))
            groups.append(Group(caisse, stratum, decisions, {"refused": refused}))
    return groups


def year(seed: int, stricter: str = "", factor: float = 2.0, quarters: int = 4) -> list[set[str]]:
    """The signals of each quarter of a year, or of its first quarters, from the first on."""
    chance = random.Random(seed)
    funnels = [funnel(quarter(chance, stricter, factor), "refused") for _ in range(quarters)]
    return [signals(funnels[: n + 1]) for n in range(quarters)]


TRIALS: Final = 100
FALSE_ALARMS: Final = 5
"""So many of a hundred years without a stricter caisse may raise a signal."""


def found_within(quarters: Sequence[int], factor: float = 2.0, trials: int = TRIALS) -> list[int]:
    """Of so many years in which one caisse refuses ``factor`` times as often, those in which it, and it alone, is
    signalled by the end of that many quarters, for each of ``quarters``."""
    years = [year(seed, STRICTER, factor, max(quarters)) for seed in range(trials)]
    return [sum(set().union(*signalled[:n]) == {STRICTER} for signalled in years) for n in quarters]


def false_alarms(trials: int = TRIALS) -> int:
    """Of so many years without a stricter caisse, those in which any caisse is signalled."""
    return sum(any(year(seed)) for seed in range(trials))


def main() -> int:
    """Print both; returns 1 when the monitor is not to be trusted."""
    [found], alarms, milder = found_within([2]), false_alarms(), found_within([2, 4], 1.6)
    print(f"A caisse that refuses twice as often: found within two quarters in {found} of {TRIALS} years.")
    print(f"One that refuses 1.6 times as often: within two quarters in {milder[0]}, within four in {milder[1]}.")
    print(f"No stricter caisse: nothing raised in {TRIALS - alarms} of {TRIALS} years.")
    return int(found < TRIALS - FALSE_ALARMS or alarms > FALSE_ALARMS)


# Files of a group, so many days apart that all are decided within the quarter; of three persons where the group says
# so. They carry no event: nobody filed them.
_FILES = """
INSERT INTO fact_application (application_id, caisse, state, received_caisse, kind, channel, route, adults,
    transmitted_days, deposited_on, received_on, complete_at_receipt, completed_on, outcome, decided_on, decided_caisse,
    persons_granted, persons_refused, motives)
SELECT gen_random_uuid(), caisse, outcome, caisse, kind, CASE WHEN transmitted THEN 'ccas' ELSE 'cpam' END, 'ordinary',
    persons, CASE WHEN transmitted THEN 5 END, on_ - 20, on_ - 20, true, on_ - 20, outcome, on_, caisse,
    CASE outcome WHEN 'granted' THEN persons ELSE 0 END, CASE outcome WHEN 'refused' THEN persons ELSE 0 END,
    CASE outcome WHEN 'refused' THEN ARRAY['resources_above_ceiling'] ELSE CAST('{}' AS text[]) END
FROM (
    SELECT g.*, CASE WHEN n <= g.refused THEN 'refused' ELSE 'granted' END AS outcome, g.since + 21 + n %% 60 AS on_
    FROM json_to_recordset(%(groups)s::json) AS g (caisse text, kind text, persons int, transmitted boolean,
        since date, decisions int, refused int), generate_series(1, g.decisions) AS n
) AS files
"""
_STAYS = """
INSERT INTO fact_stay (application_id, n, caisse, arrived_on, arrived_by, left_on, left_by)
SELECT application_id, 0, caisse, received_on, 'received', decided_on, outcome FROM fact_application
WHERE received_on BETWEEN %(since)s AND %(until)s
"""


def store(conninfo: str, seed: int = SEED, stricter: str = STRICTER) -> int:
    """Put the first quarters of such a year into the database of reporting; returns how many files that is."""
    chance, groups = random.Random(seed), []
    for number, _ in enumerate(QUARTERS):
        since = dt.date(YEAR, 1 + 3 * number, 1)
        for group in quarter(chance, stricter):
            kind, persons, by, _ = group.stratum.split()
            told = {"caisse": group.caisse, "kind": kind, "persons": int(persons), "transmitted": by == "tiers"}
            counts = {"decisions": group.decisions, "refused": group.counts["refused"], "since": since.isoformat()}
            groups.append({**told, **counts})
    with psycopg.connect(conninfo) as connection:
        connection.execute(_FILES, {"groups": json.dumps(groups)})
        days = {"since": dt.date(YEAR, 1, 1), "until": dt.date(YEAR, 12, 31)}
        return connection.execute(_STAYS, days).rowcount


if __name__ == "__main__":
    sys.exit(main())
