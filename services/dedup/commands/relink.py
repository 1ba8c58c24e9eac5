"""Link the whole base again: search, read the report, accept it, publish it.

    python -m services.dedup relink search --folder DIR --by NAME [--engine core|spark] [--master URL] [--shards N]
        [--dry-run] [--out FILE.csv]
    python -m services.dedup relink report --folder DIR [--out FILE.csv] [--persons FILE.csv]
    python -m services.dedup relink accept --folder DIR --by NAME
    python -m services.dedup relink publish --folder DIR
    python -m services.dedup relink compare --folder DIR [--engine duckdb|spark] [--labels FILE.csv]
        [--out FILE.csv] [--draw N]
    python -m services.dedup relink runs
    python -m services.dedup relink remove --folder DIR

A search that was ended goes on with the same command. ``--dry-run`` records nothing in the base. Nothing is told before
a person accepted the report, and nobody is linked by it: each proposal is a pair before a reviewer.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import sys
from collections.abc import Sequence
from pathlib import Path

from services.dedup.domain.relink import report as reports
from services.dedup.domain.relink.linkage import Pairs
from services.dedup.index import snapshot
from services.dedup.relink import base_run, engines, run_folder, splink_linker
from services.dedup.relink.engines import LOCAL_MASTER, EngineEnded, EngineMissing
from services.dedup.relink.run_folder import RunFolder, RunUnusable
from shared.settings import Settings

MOST_SHARDS = 64


def main(argv: Sequence[str], settings: Settings | None = None) -> int:
    """Run one step on the database of the environment; returns the exit code (2 for what cannot be done as asked)."""
    options = _parser().parse_args(list(argv))
    options.settings = settings or Settings(service="dedup")
    try:
        return int(options.step(options))
    except (RunUnusable, EngineMissing, EngineEnded, snapshot.Unusable) as error:
        print(f"erreur : {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m services.dedup relink", description="Rapproche à nouveau toute la base commune."
    )
    steps = parser.add_subparsers(required=True)

    def step(name: str, run: object, help_: str, *, folder: bool = True, by: bool = False) -> argparse.ArgumentParser:
        one = steps.add_parser(name, help=help_)
        one.set_defaults(step=run)
        if folder:
            one.add_argument(
                "--folder", type=Path, required=True, help="dossier de la passe ; il contient des personnes"
            )
        if by:
            one.add_argument("--by", required=True, help="qui en répond")
        return one

    search = step("search", _search, "chercher chacun dans toute la base", by=True)
    search.add_argument("--engine", choices=("core", "spark"), default="core")
    search.add_argument("--master", default=LOCAL_MASTER, help="adresse de Spark")
    search.add_argument(
        "--shards",
        type=_shards,
        default=1,
        help="parts de l'index d'une passe nouvelle",
    )
    search.add_argument("--dry-run", action="store_true", help="ne rien inscrire dans la base")
    search.add_argument("--out", type=Path, help="CSV du rapport")
    report = step("report", _report, "ce que la passe proposerait, par caisse et par pays de naissance")
    report.add_argument("--out", type=Path, help="CSV à écrire")
    report.add_argument("--persons", type=Path, help="CSV des personnes à réunir ou à séparer, par leurs identifiants")
    step("accept", _accept, "laisser publier une passe dont le rapport a été lu", by=True)
    step("publish", _publish, "mettre les propositions devant les lecteurs")
    compare = step("compare", _compare, "tenir la passe à côté d'un autre moteur, Splink")
    compare.add_argument("--engine", choices=("duckdb", "spark"), default="duckdb")
    compare.add_argument("--master", default=LOCAL_MASTER, help="adresse de Spark")
    compare.add_argument("--out", type=Path, help="CSV des paires que l'un voit seul : lower,higher,seen_by,score")
    compare.add_argument("--labels", type=Path, help="CSV lower,higher de paires sûres, en plus des avis des lecteurs")
    compare.add_argument(
        "--draw", type=int, default=0, help="nombre de paires que Splink voit seul, tirées pour les lecteurs"
    )
    step("runs", _runs, "les passes inscrites dans la base", folder=False)
    step("remove", _remove, "oublier une passe et ce qui n'en est pas publié")
    return parser


def _shards(text: str) -> int:
    count = int(text)
    if not 1 <= count <= MOST_SHARDS:
        raise argparse.ArgumentTypeError(f"de 1 à {MOST_SHARDS}")
    return count


def _search(options: argparse.Namespace) -> int:
    folder = base_run.prepared(options.settings, options.folder, options.shards, _progress("préparation"))
    todo = len(folder.missing())
    print(
        f"passe {folder.meta.run_id} : {folder.meta.records} identités, modèle {folder.meta.model}, {todo} partition(s)"
    )
    if options.engine == "spark":
        engines.search_on_spark(folder, options.master)
    else:
        engines.search_here(folder, progress=_progress("recherche"))
    if not options.dry_run:
        asyncio.run(base_run.record(options.settings, folder, options.engine, options.by))
    return _shown(asyncio.run(base_run.report(options.settings, folder)), options.out)


def _report(options: argparse.Namespace) -> int:
    made = asyncio.run(base_run.report(options.settings, run_folder.opened(options.folder)))
    if options.persons is not None:
        with options.persons.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows((reports.PERSONS_HEADER, *made.persons()))
    return _shown(made, options.out)


def _shown(made: reports.Report, out: Path | None) -> int:
    columns = ("même personne", "à examiner", "à dissoudre", "à réunir", "à séparer")
    print(f"{'par':<10} {'valeur':<8}" + "".join(f" {name:>14}" for name in columns))
    for by, value, *counts in made.rows():
        print(f"{by:<10} {value:<8}" + "".join(f" {count:>14}" for count in counts))
    print("trois colonnes de paires, deux de personnes déjà reliées ; rien n'est relié ni séparé sans une personne")
    if out is not None:
        with out.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows((reports.HEADER, *made.rows()))
    return 0


def _accept(options: argparse.Namespace) -> int:
    if asyncio.run(base_run.accept(options.settings, run_folder.opened(options.folder), options.by)):
        print("passe acceptée : publish met ses propositions devant les lecteurs")
        return 0
    print("erreur : cette passe n'attend pas d'être acceptée (inscrite sans --dry-run ?)", file=sys.stderr)
    return 2


def _publish(options: argparse.Namespace) -> int:
    written = asyncio.run(
        base_run.publish(options.settings, run_folder.opened(options.folder), _progress("publication"))
    )
    if written is None:
        print("erreur : personne n'a accepté le rapport de cette passe ; rien n'est publié", file=sys.stderr)
        return 2
    print(f"{written} proposition(s) mises devant les lecteurs")
    return 0


def _compare(options: argparse.Namespace) -> int:
    folder = run_folder.opened(options.folder)
    same = asyncio.run(base_run.judged_same(options.settings, folder))
    if options.labels is not None:
        same = sorted({*same, *_labels(options.labels, folder)})
    if options.engine == "spark":
        theirs = splink_linker.linked_on_spark(folder, same, options.master)
    else:
        theirs = splink_linker.linked_on_duckdb(folder, same)
    held = base_run.compared(folder.pairs(), theirs)
    print(f"les deux : {held.both} ; la passe seule : {len(held.core_only)} ; Splink seul : {len(held.other_only)}")
    if options.out is not None:
        with options.out.open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(("lower", "higher", "seen_by", "score"))
            for seen_by, pairs in (("core", held.core_only), ("splink", held.other_only)):
                rows.writerows(
                    (pair["lower"], pair["higher"], seen_by, round(float(pair["score"]), 3)) for pair in pairs
                )
    return _sampled(options, folder, held.other_only) if options.draw else 0


def _labels(path: Path, folder: RunFolder) -> list[tuple[int, int]]:
    known = set(folder.households()[0].tolist())
    pairs = []
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for line in csv.DictReader(file):
                lower, higher = sorted((int(line["lower"]), int(line["higher"])))
                if lower == higher or not {lower, higher} <= known:
                    raise RunUnusable(f"{path} : {lower},{higher} n'est pas une paire de cette passe")
                pairs.append((lower, higher))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunUnusable(f"{path} : colonnes lower et higher attendues ({type(error).__name__})") from error
    return pairs


def _sampled(options: argparse.Namespace, folder: RunFolder, others: Pairs) -> int:
    drawn = asyncio.run(base_run.draw(options.settings, folder, others, options.draw))
    if drawn is None:
        print("erreur : cette passe n'est pas inscrite dans la base, ou a été abandonnée", file=sys.stderr)
        return 2
    print(f"{drawn} paire(s) tirées : un lecteur les voit comme toute autre")
    return 0


def _runs(options: argparse.Namespace) -> int:
    for row in asyncio.run(base_run.runs(options.settings)):
        print(
            f"{row.run_id} {row.started_at:%Y-%m-%d %H:%M} {row.state:<10} modèle {row.model_version} "
            f"{row.records} identités, {row.published} publiée(s), par {row.started_by}, acceptée par "
            f"{row.accepted_by or 'personne'}"
        )
    return 0


def _remove(options: argparse.Namespace) -> int:
    folder = run_folder.opened(options.folder)
    asyncio.run(base_run.abandon(options.settings, folder))
    run_folder.remove(folder)
    print("dossier supprimé")
    return 0


def _progress(what: str) -> base_run.Say:
    def say(done: int, total: int) -> None:
        print(f"\r{what} : {done} sur {total}", end="\n" if done >= total else "", file=sys.stderr, flush=True)

    return say
