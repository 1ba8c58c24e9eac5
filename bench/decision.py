"""How fast the law is applied: one evaluation, and every past decision again; each beside a reference of the same run.

    python -m bench.decision [--decisions 100000] [--processes 2]

One evaluation, over the files of the dated cases (``tests/decision/cases``), in processor time; its reference reads the
same facts from JSON and applies no law. Replay: wall time of all decisions through server-side cursors; its reference
reads the same rows and recomputes nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from rich.console import Console
from rich.table import Table

from deploy.embedded.databases import Database
from deploy.embedded.postgres import EmbeddedPostgres
from services.decision.commands.replay import ReplayReport, ReplayRequest, read_only, recompute_all
from services.decision.domain.comparison import document
from services.decision.domain.eligibility.evaluation import digest, evaluate
from services.decision.domain.eligibility.facts import CaseFacts
from services.decision.domain.law import edition
from services.decision.domain.law.rulebook import Rulebook
from services.decision.domain.simulation.request import OVERSEAS, facts_of, read
from shared.ids import named_uuid
from tests.decision.dated_cases import cases
from tests.servers import migrate

FOLDER = Path(".local/bench/decision")
OUTCOMES = {"grant": "granted", "refuse": "refused"}
EVALUATION_LIMIT_MS = 0.5
REPLAY_LIMIT_SECONDS = 60.0
say = Console(stderr=True).print


@dataclass(frozen=True)
class File:
    """The facts of one dated case as decision keeps them."""

    caisse: str
    overseas: bool
    facts: CaseFacts


def files() -> list[File]:
    """Those of all dated cases."""
    found = []
    for case in cases():
        application = read(case.text)
        caisse = application.caisse or "751"
        found.append(File(caisse, caisse in OVERSEAS, CaseFacts.of(facts_of(application), caisse)))
    return found


def rows(count: int, book: Rulebook | None = None) -> Iterator[dict[str, dict[str, Any]]]:
    """So many decisions as the service stores them, by table: facts, evaluations, findings, decisions."""
    book, engine = book or edition.current(), edition.engine_digest()
    made = []
    for file in files():
        assessment = evaluate(file.facts, book, overseas=file.overseas)
        rests_on = digest(file.facts, book.id, engine, file.overseas, assessment.on)
        made.append((file, assessment, document(assessment), file.facts.model_dump_json(), rests_on))
    for number in range(count):
        file, assessment, found, facts, rests_on = made[number % len(made)]
        application, evaluation = named_uuid("bench", number), named_uuid("bench evaluation", number)
        day = file.facts.deposit.received_on
        yield {
            "facts": {"application_id": application, "version": 1, "known_on": day, "body": facts},
            "evaluations": {
                "evaluation_id": evaluation,
                "application_id": application,
                "number": 1,
                "facts_version": 1,
                "rule_set": book.id,
                "engine": engine,
                "overseas": file.overseas,
                "on_date": assessment.on,
                "evaluated_on": day,
                "proposal": assessment.proposal,
                "digest": rests_on,
            },
            "findings": {"evaluation_id": evaluation, "application_id": application, "body": json.dumps(found)},
            "decisions": {
                "decision_id": named_uuid("bench decision", number),
                "application_id": application,
                "caisse": file.caisse,
                "outcome": OUTCOMES.get(assessment.proposal, "granted"),
                "decided_on": day,
                "automatic": False,
                "signatory": "agent-1",
                "appeal_body": "",
                "motives": "[]",
                "evaluation_number": 1,
                "proposal": assessment.proposal,
            },
        }


def store(database: Database, count: int, book: Rulebook | None = None) -> None:
    """Put so many decisions into a migrated database of the service, with the edition they rest on."""
    made = list(rows(count, book))
    with psycopg.connect(database.conninfo()) as connection:
        for table in ("facts", "evaluations", "findings", "decisions"):
            columns = list(made[0][table])
            with connection.cursor().copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN".encode()) as copy:
                for row in made:
                    copy.write_row(list(row[table].values()))
        if book is None:
            connection.execute(
                "INSERT INTO rule_sets (rule_set, loaded_on, texts) VALUES (%s, '2008-01-01', %s) ON CONFLICT DO "
                "NOTHING",
                [edition.current().id, json.dumps(edition.texts())],
            )


def cpu_ms(work: Any, repeats: int) -> float:
    """Milliseconds of processor for one call."""
    started = time.process_time()
    for _ in range(repeats):
        work()
    return (time.process_time() - started) * 1000 / repeats


def evaluation() -> tuple[float, float]:
    """Milliseconds of processor for one evaluation, and for reading the same facts."""
    book, sample = edition.current(), files()
    texts = [file.facts.model_dump_json() for file in sample]

    def law() -> None:
        for file in sample:
            evaluate(file.facts, book, overseas=file.overseas)

    def reading() -> None:
        for text in texts:
            CaseFacts.model_validate_json(text)

    law()
    return cpu_ms(law, 8) / len(sample), cpu_ms(reading, 8) / len(sample)


def timed(work: Any) -> tuple[float, Any]:
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--decisions", type=int, default=100_000)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    law, reading = evaluation()
    server = EmbeddedPostgres(FOLDER, durable=False)
    server.start()
    try:
        name = f"ame_decision_bench_{time.time_ns()}"
        database = server.server.create("decision", name)
        migrate("decision", database)
        say(f"writing {options.decisions} decisions …")
        store(database, options.decisions)
        with psycopg.connect(server.server.conninfo(name), autocommit=True) as connection:
            connection.execute("ANALYZE")
        asked = ReplayRequest(database.conninfo())
        floor, _ = timed(lambda: read_only(asked))
        seconds, found = timed(lambda: recompute_all(asked, options.processes, sys.stderr))
        server.server.drop(name)
    finally:
        server.stop()
    return print_report(law, reading, options.decisions, options.processes, seconds, floor, found)


def print_report(
    law: float, reading: float, count: int, processes: int, seconds: float, floor: float, found: ReplayReport
) -> int:
    """Print the table; 1 when a limit is missed or a decision does not come out the same."""
    table = Table("measure", "value", "limit", "reference of the same run", "ratio", title="decision")
    table.add_row(
        "one evaluation (CPU)",
        f"{law:.3f} ms",
        f"{EVALUATION_LIMIT_MS} ms",
        f"reading the facts {reading:.3f} ms",
        f"{law / reading:.1f}",
    )
    table.add_row(
        f"replay of {count} decisions, {processes} processes",
        f"{seconds:.1f} s",
        f"{REPLAY_LIMIT_SECONDS:.0f} s",
        f"reading the rows {floor:.1f} s",
        f"{seconds / floor:.1f}",
    )
    Console().print(table)
    print(f"{len(found.differences)} differences, {found.not_replayable.total()} not replayable")
    kept = law <= EVALUATION_LIMIT_MS and not found.differences and not found.not_replayable
    return 0 if kept and (seconds <= REPLAY_LIMIT_SECONDS or count > 100_000) else 1


if __name__ == "__main__":
    sys.exit(main())
