"""Every past decision again: the same facts under the rules of that day, or under others.

Each process reads its share through a server-side cursor and recomputes it; only differences come back. What is counted
by origin is the channel and the kind of the application: the nationality is not kept by this service.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import json
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

import psycopg
from psycopg.rows import dict_row

from services.decision.domain.comparison import Difference, Reason, difference, document
from services.decision.domain.eligibility.evaluation import evaluate
from services.decision.domain.eligibility.facts import CaseFacts
from services.decision.domain.law import edition
from services.decision.domain.law.rulebook import BrokenRule, Rulebook
from shared.settings import Settings

BATCH = 500
SHOWN = 50
COLUMNS = (
    "application_id",
    "decision_id",
    "caisse",
    "decided_on",
    "outcome",
    "kind",
    "channel",
    "rule_set",
    "changes_outcome",
    "changes",
    "motives_gone",
    "motives_new",
    "why",
)
NOTHING = "ne dit rien"
VERDICTS = {"met": "remplie", "not_met": "non remplie", "unknown": "à prouver", "human": "à apprécier", "": NOTHING}

_FROM = (
    "FROM decisions d "
    "LEFT JOIN evaluations e ON e.application_id = d.application_id AND e.number = d.evaluation_number "
    "LEFT JOIN facts f ON f.application_id = e.application_id AND f.version = e.facts_version "
    "LEFT JOIN findings g ON g.evaluation_id = e.evaluation_id "
    "WHERE (%(first)s::date IS NULL OR d.decided_on >= %(first)s) AND (%(last)s::date IS NULL OR d.decided_on <= "
    "%(last)s) "
    "AND (%(caisse)s::text IS NULL OR d.caisse = %(caisse)s)"
)
_COUNT = "SELECT count(*) AS decisions " + _FROM
_READ = (
    "SELECT d.application_id, d.decision_id, d.caisse, d.decided_on, d.outcome, e.rule_set, e.engine, e.overseas, "
    "e.on_date, "
    "f.body::text AS facts, g.body::text AS found "
    + _FROM
    + " AND get_byte(uuid_send(d.application_id), 15) %% %(shares)s = %(share)s"
)


@dataclass(frozen=True)
class ReplayRequest:
    """Which decisions, and with which rules: ``texts`` by file name; None: those of each day."""

    conninfo: str
    first: dt.date | None = None
    last: dt.date | None = None
    caisse: str | None = None
    texts: dict[str, str] | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters of the query that selects decisions."""
        return {"first": self.first, "last": self.last, "caisse": self.caisse}


@dataclass
class ReplayReport:
    """What a share gave. ``not_replayable``: by reason. ``other_code``: evaluated by another release of the engine."""

    decisions: int = 0
    not_replayable: Counter[str] = field(default_factory=Counter)
    other_code: int = 0
    differences: list[dict[str, Any]] = field(default_factory=list)

    def add(self, other: ReplayReport) -> None:
        """Add the counts and differences of another report."""
        self.decisions += other.decisions
        self.not_replayable.update(other.not_replayable)
        self.other_code += other.other_code
        self.differences.extend(other.differences)


def recompute(asked: ReplayRequest, share: int = 0, shares: int = 1, done: Any = None) -> ReplayReport:
    """Recompute one share of the decisions; ``done`` (a shared value) counts them as they go."""
    found, books = ReplayReport(), {}
    book = None if asked.texts is None else Rulebook(asked.texts.values())
    engine = edition.engine_digest()
    with psycopg.connect(asked.conninfo) as connection:
        for row in _rows(connection, asked, share, shares):
            found.decisions += 1
            if done is not None and found.decisions % BATCH == 0:
                with done.get_lock():
                    done.value += BATCH
            if row["facts"] is None or row["found"] is None:
                found.not_replayable["facts_erased"] += 1
                continue
            rules = book
            if rules is None and row["rule_set"] not in books:
                books[row["rule_set"]] = stored(asked.conninfo, row["rule_set"])
            rules = rules or books[row["rule_set"]]
            if rules is None:
                found.not_replayable["rules_unknown"] += 1
                continue
            found.other_code += row["engine"] != engine
            facts = CaseFacts.model_validate_json(row["facts"])
            now = document(evaluate(facts, rules, overseas=row["overseas"], on=row["on_date"]))
            if seen := difference(json.loads(row["found"]), now):
                found.differences.append(_difference_row(row, facts, seen))
    if done is not None:
        with done.get_lock():
            done.value += found.decisions % BATCH
    return found


def read_only(asked: ReplayRequest) -> int:
    """Read what ``recompute`` reads, in one process, and recompute nothing: how many decisions. The floor of a
    replay."""
    with psycopg.connect(asked.conninfo) as connection:
        return sum(1 for _ in _rows(connection, asked, 0, 1))


def _rows(
    connection: psycopg.Connection[Any], asked: ReplayRequest, share: int, shares: int
) -> Iterator[dict[str, Any]]:
    with connection.cursor(name="replay", row_factory=dict_row) as cursor:
        cursor.itersize = BATCH
        cursor.execute(_READ, {**asked.parameters, "share": share, "shares": shares})
        yield from cursor


def _difference_row(row: dict[str, Any], facts: CaseFacts, seen: Difference) -> dict[str, Any]:
    return {
        "application_id": str(row["application_id"]),
        "decision_id": str(row["decision_id"]),
        "caisse": row["caisse"],
        "decided_on": row["decided_on"].isoformat(),
        "outcome": row["outcome"],
        "kind": facts.kind.value,
        "channel": facts.deposit.channel.value,
        "rule_set": row["rule_set"],
        "changes_outcome": seen.outcome,
        "changes": list(seen.changes),
        "motives_gone": list(seen.motives_gone),
        "motives_new": list(seen.motives_new),
        "why": [str(one) for one in seen.reasons],
        "reasons": seen.reasons,
    }


def stored(conninfo: str, rule_set: str | None) -> Rulebook | None:
    """The rule book of an edition that served here, or None."""
    if rule_set is None:
        return None
    if rule_set == edition.current().id:
        return edition.current()
    texts = stored_texts(conninfo, rule_set)
    return None if texts is None else Rulebook(texts.values())


def stored_texts(conninfo: str, rule_set: str) -> dict[str, str] | None:
    """The rule files of an edition by name, as the database holds them; None when it has none."""
    with psycopg.connect(conninfo) as connection:
        row = connection.execute("SELECT texts FROM rule_sets WHERE rule_set = %s", [rule_set]).fetchone()
    return None if row is None else dict(row[0])


def texts_of(wanted: str | None, conninfo: str) -> dict[str, str] | None:
    """The rule files ``--with`` names; a folder lays its files over the current ones. Raises ``ValueError``."""
    if wanted is None:
        return None
    if wanted == "current":
        return edition.texts()
    if Path(wanted).is_dir():
        own = {path.name: path.read_text("utf-8") for path in sorted(Path(wanted).glob("*.yaml"))}
        if not own:
            raise ValueError(f"{wanted} : aucun fichier .yaml")
        return {**edition.texts(), **own}
    found = edition.texts() if wanted == edition.current().id else stored_texts(conninfo, wanted)
    if found is None:
        raise ValueError(f"{wanted} : ni « current », ni une édition connue, ni un dossier")
    return found


def recompute_all(asked: ReplayRequest, processes: int = 2, progress: TextIO | None = None) -> ReplayReport:
    """Recompute all shares, in so many processes, telling the progress."""
    with psycopg.connect(asked.conninfo) as connection:
        row = connection.execute(_COUNT, asked.parameters).fetchone()
    total = int(row[0]) if row else 0
    if processes <= 1:
        return recompute(asked)
    context = multiprocessing.get_context("spawn")
    done = context.Value("q", 0)
    with context.Pool(processes, _share_counter, (done,)) as pool:
        shares = [pool.apply_async(_share, (asked, share, processes)) for share in range(processes)]
        whole = ReplayReport()
        for share in shares:
            while not share.ready():
                share.wait(0.5)
                _bar(progress, done.value, total)
            whole.add(share.get())
    _bar(progress, whole.decisions, total, end="\n")
    return whole


_done: Any = None


def _share_counter(done: Any) -> None:
    global _done
    _done = done


def _share(asked: ReplayRequest, share: int, shares: int) -> ReplayReport:
    return recompute(asked, share, shares, _done)


def _bar(out: TextIO | None, done: int, total: int, end: str = "") -> None:
    """A bar that a terminal redraws; elsewhere the last state alone."""
    if out is None or not total or not (out.isatty() or end):
        return
    part = min(done / total, 1.0)
    print(f"\r[{'#' * int(part * 40):40}] {done:>9} / {total} décisions", end=end, file=out, flush=True)


def run(options: argparse.Namespace) -> int:
    """The ``replay`` command. 0: no difference, or those asked for by ``--with``; 1: differences; 2: bad input."""
    conninfo = Settings(service="decision").conninfo()
    try:
        texts = texts_of(options.rules, conninfo)
        if texts is not None:
            Rulebook(texts.values())
    except (ValueError, BrokenRule) as error:
        print(f"erreur : {error}", file=sys.stderr)
        return 2
    except psycopg.OperationalError as error:
        print(f"erreur : base de données injoignable ({type(error).__name__})", file=sys.stderr)
        return 2
    asked = ReplayRequest(conninfo, options.first, options.last, options.caisse, texts)
    started = time.perf_counter()
    found = recompute_all(asked, options.processes, sys.stderr)
    found.differences.sort(key=lambda one: (one["decided_on"], one["application_id"]))
    seconds = time.perf_counter() - started
    print("\n".join(report(found, options.rules, seconds)))
    if options.out:
        write_csv(options.out, found.differences)
    return 1 if found.differences and options.rules is None else 0


def report(found: ReplayReport, rules: str | None, seconds: float) -> Iterator[str]:
    """The result in French: totals, counts by caisse, motive and origin, then the files."""
    replayed = found.decisions - found.not_replayable.total()
    yield (
        f"{found.decisions} décisions en {seconds:.1f} s ; {replayed} rejouées, {found.not_replayable.total()} non "
        f"rejouables"
    )
    reasons = {"facts_erased": "faits effacés", "rules_unknown": "édition des règles inconnue"}
    yield from (f"  {reasons[reason]} : {count}" for reason, count in sorted(found.not_replayable.items()))
    if found.other_code:
        yield f"  évaluées par une autre version du moteur : {found.other_code}"
    decisive = [one for one in found.differences if one["changes_outcome"]]
    lead = "Aucune différence" if not found.differences else f"{len(found.differences)} différences"
    yield (
        f"{lead} avec {rules or 'les règles du jour de chaque évaluation'} ; l'issue change pour {len(decisive)} "
        f"dossiers"
    )
    told = [one for one in found.differences if not all(change.startswith("text ") for change in one["changes"])]
    if cited := len(found.differences) - len(told):
        yield f"  dont {cited} où seuls changent le texte cité, sa marque ou ses dates"
    if not found.differences:
        return
    shown = decisive or told or found.differences
    for title, counts in (
        ("par caisse", Counter(one["caisse"] for one in shown)),
        ("par motif (− disparaît, + apparaît)", Counter(code for one in shown for code in _signed(one))),
        (
            "par origine (canal, nature ; la nationalité n'est pas conservée)",
            Counter(f"{one['channel']}, {one['kind']}" for one in shown),
        ),
    ):
        yield f"{title} :"
        yield from (f"  {name} : {count}" for name, count in counts.most_common())
    yield from _why(shown)
    yield "dossiers :"
    yield from (
        f"  {one['decided_on']} {one['caisse']} {one['application_id']} : {', '.join(one['changes'])}"
        for one in shown[:SHOWN]
    )
    if len(shown) > SHOWN:
        yield f"  … et {len(shown) - SHOWN} autres (--out FICHIER.csv les écrit tous)"


def _why(shown: list[dict[str, Any]]) -> Iterator[str]:
    """What each rule says now instead of what it said, in how many files, and the text and source it rests on."""
    counts = Counter(reason for one in shown for reason in set(one["reasons"]))
    if not counts:
        return
    yield "pourquoi (ce que dit chaque règle, avant et maintenant, avec son texte et sa source) :"
    book, told = edition.current(), set()
    for reason, count in counts.most_common():
        before, after = VERDICTS[reason.before], VERDICTS[reason.after]
        changed = f"{before} > {after}" if before != after else f"{after}, valeur ou limite changée"
        yield f"  {reason.rule} : {changed}, {count} fois"
        if (reason.rule, reason.rule_from) not in told:
            told.add((reason.rule, reason.rule_from))
            yield f"    {_source(book, reason)}"


def _source(book: Rulebook, reason: Reason) -> str:
    """The text and the source of the version that speaks now."""
    if reason.rule == "rulebook":
        return "aucune valeur d'une règle n'était connue ce jour-là"
    history = book.history(reason.rule) if reason.rule in book.rules() else []
    law = next((one for one in history if one.valid_from.isoformat() == reason.rule_from), None)
    law = law or (history[-1] if history else None)
    return f"{law.label}. {law.reference}. {law.source}" if law else "règle qui n'existe plus"


def _signed(one: dict[str, Any]) -> list[str]:
    return [*(f"− {code}" for code in one["motives_gone"]), *(f"+ {code}" for code in one["motives_new"])] or [
        "sans motif"
    ]


def write_csv(path: Path, differences: list[dict[str, Any]]) -> None:
    """All differences, one a line, ``;`` between cells."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
        writer.writerow(COLUMNS)
        for one in differences:
            writer.writerow([" | ".join(one[name]) if isinstance(one[name], list) else one[name] for name in COLUMNS])
