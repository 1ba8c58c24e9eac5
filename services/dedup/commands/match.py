"""Measure the core on one's own files, without a server: ``match`` and ``compare``.

python -m services.dedup match --base FILE --queries FILE --out FILE.csv [--top N] [--blocked FILE]
python -m services.dedup compare --pairs FILE --out FILE.csv

``--algorithm classical`` answers by the second, unlearned algorithm, in a file of the same form.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np

from services.dedup.commands import classical_match
from services.dedup.domain.matching.classical import ALGORITHM
from services.dedup.domain.matching.model import CURRENT_MODEL, load_model, probability

COMMANDS: Final = ("match", "compare")
QUERIES_AT_ONCE: Final = 20_000
PAIR_KEYS: Final = frozenset({"pair_id", "name1", "name2"})


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code (2 for a file that cannot be read)."""
    parser = argparse.ArgumentParser(
        prog="python -m services.dedup", description="Rapprochement de personnes, sans serveur."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    match = commands.add_parser("match", help="best earlier record of each query")
    match.add_argument("--base", type=Path, required=True, help="earlier records, jsonl or jsonl.gz")
    match.add_argument("--queries", type=Path, required=True, help="records to look for, same fields")
    match.add_argument("--out", type=Path, required=True, help="CSV to write: query_id,record_id,score")
    match.add_argument("--top", type=int, default=1, help="candidates written per query")
    match.add_argument("--blocked", type=Path, help="CSV of the candidates before scoring: query_id,record_id")
    compare = commands.add_parser("compare", help="compare names alone")
    compare.add_argument(
        "--pairs", type=Path, required=True, help="jsonl or jsonl.gz with name1, name2, optional pair_id"
    )
    compare.add_argument("--out", type=Path, required=True, help="CSV to write: pair_id,score")
    for command in (match, compare):
        command.add_argument("--model", default=CURRENT_MODEL, help="version of the learned model")
        command.add_argument("--algorithm", choices=("learned", ALGORITHM), default="learned")
    options = parser.parse_args(argv)
    if options.algorithm == ALGORITHM and options.command == "match" and options.blocked:
        parser.error("--blocked belongs to the learned algorithm")
    try:
        return run_match(options) if options.command == "match" else run_compare(options)
    except (OSError, ValueError) as error:
        print(f"erreur : {error}", file=sys.stderr)
        return 2


def run_match(options: argparse.Namespace) -> int:
    """The ``match`` command: score is the probability that the two records are one person, in a base of that size."""
    from services.dedup.index.index import Index
    from services.dedup.index.record_files import progress_printer as teller
    from services.dedup.index.record_files import read_table
    from services.dedup.index.results import CANDIDATES

    started = time.perf_counter()
    if options.algorithm == ALGORITHM:
        count = classical_match.match(options.base, options.queries, options.out, max(1, options.top))
        print(f"{count} queries in {time.perf_counter() - started:.1f} s", file=sys.stderr)
        return 0
    base = read_table(options.base, teller("base"), strict=True)
    queries = read_table(options.queries, strict=True)
    ids = base.id_array()
    print(f" records read in {time.perf_counter() - started:.1f} s", file=sys.stderr)
    started = time.perf_counter()
    index = Index(load_model(options.model), reserve=1024)
    index.adopt(base.rows, np.arange(len(base.rows), dtype=np.int64))
    print(f"indexed in {time.perf_counter() - started:.1f} s", file=sys.stderr)
    started = time.perf_counter()
    names = list(queries.ids())
    top = max(1, options.top)
    blocked_file = options.blocked.open("w", encoding="utf-8", newline="") if options.blocked else None
    with options.out.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(("query_id", "record_id", "score"))
        if blocked_file:
            early = csv.writer(blocked_file)
            early.writerow(("query_id", "record_id"))
        for at in range(0, len(names), QUERIES_AT_ONCE):
            part = names[at : at + QUERIES_AT_ONCE]
            found = index.search_many(
                queries.rows[at : at + QUERIES_AT_ONCE], limit=top, blocked=CANDIDATES if blocked_file else 0
            )
            for name, seqs, scores in zip(part, found.seqs.tolist(), found.scores.tolist(), strict=True):
                out.writerows(
                    (name, ids[seq].decode(), repr(probability(score)))
                    for seq, score in zip(seqs, scores, strict=True)
                    if seq >= 0
                )
            if blocked_file:
                for name, candidates in zip(part, found.blocked.tolist(), strict=True):
                    early.writerows((name, ids[seq].decode()) for seq in candidates if seq >= 0)
    if blocked_file:
        blocked_file.close()
    print(f"{len(names)} queries in {time.perf_counter() - started:.1f} s", file=sys.stderr)
    return 0


def run_compare(options: argparse.Namespace) -> int:
    """The ``compare`` command: score is the probability that the two are spellings of one name."""
    from services.dedup.domain.matching.names_only import compare_names, name_rows

    classical = options.algorithm == ALGORITHM
    model = load_model(options.model)
    lines = enumerate(_pairs(options.pairs))
    with options.out.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(("pair_id", "score"))
        while part := list(islice(lines, QUERIES_AT_ONCE)):
            if classical:
                out.writerows(
                    (pair.get("pair_id", number), classical_match.name_score(pair["name1"], pair["name2"]))
                    for number, pair in part
                )
                continue
            first = name_rows(str(pair.get("name1") or "") for _, pair in part)
            second = name_rows(str(pair.get("name2") or "") for _, pair in part)
            _, _, scores = compare_names(model, first, second)
            for (number, pair), score in zip(part, scores.tolist(), strict=True):
                out.writerow((pair.get("pair_id", number), repr(probability(score))))
    return 0


def _pairs(path: Path) -> Iterator[dict[str, Any]]:
    """The pairs of names. Raises ValueError, naming file, line and field, for what is no pair, and for none."""
    from services.dedup.index.record_files import opened, read_object

    none = True
    with opened(path, "surrogateescape") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            pair, none = read_object(line, path.name, number), False
            if unknown := sorted(set(pair) - PAIR_KEYS):
                known = ", ".join(sorted(PAIR_KEYS))
                raise ValueError(
                    f"{path.name}, ligne {number} : champs inconnus : {', '.join(unknown)} ; admis : {known}"
                )
            for key in ("name1", "name2"):
                if not isinstance(pair.get(key), str):
                    raise ValueError(f"{path.name}, ligne {number}, {key} : nom absent")
            yield pair
    if none:
        raise ValueError(f"{path.name} : aucune paire")
