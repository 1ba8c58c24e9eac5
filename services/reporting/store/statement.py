"""The one statement of a period, made of the definitions: all figures of all caisses, of one instant. PURE.

Each row is (caisse, part, figures): part "" where a line is not broken down. The same words of a definition count a
figure and list the files behind it, so that the two cannot differ.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from functools import cache

from services.reporting.domain.definitions import lines_on
from services.reporting.domain.indicator import Indicator
from services.reporting.store.relations import RELATIONS

PAIRS = 40
"""Figures of one JSON object: PostgreSQL takes at most 100 arguments."""


@cache
def statement_on(day: dt.date) -> str:
    """The statement of a period that ends on ``day``."""
    return statement_of(lines_on(day))


def statement_of(chosen: Iterable[Indicator]) -> str:
    """The statement of some lines alone."""
    lines = [one for one in chosen if one.held and one.measure.of]
    used = [name for name in RELATIONS if any(one.measure.of == name for one in lines)]
    if not used:
        return "SELECT CAST(NULL AS text) AS caisse, '' AS part, CAST(NULL AS json) AS figures WHERE false"
    rows = ", ".join(f"{name} AS ({RELATIONS[name]})" for name in used)
    groups = [group for name in used for group in _groups(name, [one for one in lines if one.measure.of == name])]
    return f"WITH {rows} " + " UNION ALL ".join(groups)


def _groups(name: str, lines: list[Indicator]) -> Iterator[str]:
    """The queries of the lines that count rows of one relation."""
    counts = [one for one in lines if not one.measure.days and not one.measure.part]
    for at in range(0, len(counts), PAIRS):
        pairs = ", ".join(f"'{one.code}', {_aggregate(one)}" for one in counts[at : at + PAIRS])
        yield f"SELECT caisse, '' AS part, json_build_object({pairs}) AS figures FROM {name} GROUP BY caisse"
    for one in lines:
        if one.measure.part:
            yield (
                f"SELECT caisse, {one.measure.part} AS part, json_build_object('{one.code}', {_aggregate(one, '')}) "
                "AS figures "
                f"FROM {name} WHERE {one.measure.where} GROUP BY 1, 2"
            )
    delays = [one for one in lines if one.measure.days]
    if delays:
        cases = ", ".join(
            f"('{one.code}', CASE WHEN {one.measure.where} THEN {one.measure.days} END)" for one in delays
        )
        yield (
            "SELECT caisse, '' AS part, json_object_agg(code, days) AS figures FROM ("
            "SELECT caisse, code, json_object_agg(length, cases) AS days FROM ("
            f"SELECT caisse, code, length, count(*) AS cases FROM {name} CROSS JOIN LATERAL (VALUES {cases}) "
            "AS one (code, length) WHERE length IS NOT NULL GROUP BY 1, 2, 3) AS lengths GROUP BY 1, 2"
            ") AS by_code GROUP BY 1"
        )


def _aggregate(one: Indicator, where: str | None = None) -> str:
    measure = one.measure
    chosen = measure.where if where is None else where
    only = f" FILTER (WHERE {chosen})" if chosen not in ("", "true") else ""
    if measure.distinct:
        return f"coalesce(json_agg(DISTINCT {measure.distinct}){only}, CAST('[]' AS json))"
    if measure.sum:
        return f"coalesce(sum({measure.sum}){only}, 0)"
    return f"count(*){only}"


def counted_by(one: Indicator, day: dt.date) -> list[Indicator]:
    """The lines whose rows are counted for ``one``: itself, or those it adds up or divides. Empty: not held here."""
    by_code = {line.code: line for line in lines_on(day)}
    if not one.held:
        return []
    if one.measure.of:
        return [one]
    codes = one.measure.add if one.ratio is None else (*one.ratio.of, *one.ratio.over)
    found = [line for code in codes for line in counted_by(by_code[code], day)]
    return list({line.code: line for line in found}.values())


def files_statement(lines: Iterable[Indicator]) -> str:
    """The files behind lines: (application_id, amounts by code), after ``:after``, at most ``:most``, or the one file
    ``:file``.

    An amount is what a file adds to its line: rows, a sum, or days. ``:part``: of lines that are broken down.
    """
    lines = list(lines)
    used = dict.fromkeys(one.measure.of for one in lines)
    rows = ", ".join(f"{name} AS ({RELATIONS[name]})" for name in used)
    found = " UNION ALL ".join(_files(one) for one in lines)
    return (
        f"WITH {rows} SELECT application_id, json_object_agg(code, amount ORDER BY code) AS amounts FROM ("
        f"SELECT application_id, code, sum(amount) AS amount FROM ({found}) AS rows GROUP BY 1, 2) AS files "
        "WHERE (CAST(:after AS uuid) IS NULL OR application_id > CAST(:after AS uuid)) "
        "AND (CAST(:file AS uuid) IS NULL OR application_id = CAST(:file AS uuid)) GROUP BY 1 ORDER BY 1 LIMIT :most"
    )


def _files(one: Indicator) -> str:
    measure = one.measure
    amount = measure.sum or measure.days or "1"
    where = f"({measure.where})"
    if measure.part:
        where += f" AND (CAST(:part AS text) = '' OR {measure.part} = :part)"
    if measure.days:
        where += f" AND {measure.days} IS NOT NULL"
    row = f"application_id, '{one.code}' AS code, CAST({amount} AS bigint) AS amount"
    return f"SELECT {row} FROM {measure.of} WHERE {where}"
