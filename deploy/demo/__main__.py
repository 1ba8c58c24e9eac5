"""``python -m deploy.demo [--keep]``: starts the platform in a clean state, plays the life of the common base, checks
it.

Exits 0 when every check holds, 1 when one does not, 2 when the platform could not start.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime as dt
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from deploy import reference
from deploy.demo import checks, relinking, simulated_year, steering, steering_checks, steering_summary, summary
from deploy.demo.desk import People, Unexpected
from deploy.demo.mail_server import MailServer
from deploy.demo.player import LETTERS_TO_DRAW, WORK, Played, Player
from deploy.demo.script import Script, load
from deploy.embedded.java import MissingTool
from deploy.local.platform import LOCAL, ROOT, Platform, stop_signals
from deploy.local.preflight import PreflightError
from deploy.local.quiescence import NotQuiescent, Quiescence
from services.decision.commands.replay import ReplayRequest, recompute
from shared.contract.letter_kinds import LetterKind
from shared.french import MONTHS
from shared.messaging.reference_table import ReferenceWriter

FOLDER = LOCAL / "demo"
WIDTH = 100  # of the summary when nobody looks at a screen
DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
TO_LEAVE = "SELECT count(*) FROM transmissions WHERE state IN ('due', 'sending')"
LAST_WORK = {"letters.drawing": ("letters", LETTERS_TO_DRAW), "reporting.transmissions": ("reporting", TO_LEAVE)}


def in_french(day: dt.date) -> str:
    """A day with its weekday, in French."""
    return f"{DAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]} {day.year}"


async def play(
    platform: Platform, script: Script, mail: MailServer, console: Console
) -> tuple[Played, checks.Figures, steering.Steered, relinking.DryRun]:
    """Play the script with a progress bar, wait for the last letter, read the figures, keep the papers, and link the
    base again."""
    urls = {service: platform.url(service) for service in platform.databases}
    databases = {service: platform.database(service) for service in platform.databases}
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description:<26}"),
        BarColumn(24),
        MofNCompleteColumn(),
        TextColumn("[dim]{task.fields[rest]}"),
        TimeElapsedColumn(),
    )
    async with (
        People(platform.state_folder, urls) as people,
        Quiescence(platform.bootstrap, databases, urls, WORK | LAST_WORK) as rest,
        Quiescence(platform.bootstrap, databases, urls, WORK) as quiet,
        ReferenceWriter(platform.bootstrap) as writer,
    ):
        with Progress(*columns, console=console, transient=False) as progress:
            task = progress.add_task("le référentiel", total=script.applications, rest="")

            def show(day: dt.date, counts: Mapping[str, int]) -> None:
                ledger = player.played.ledger
                done = f"{sum(ledger.decided.values())} décisions, {sum(map(len, ledger.judged.values()))} paires"
                progress.update(task, description=in_french(day), completed=counts.get("applications", 0), rest=done)

            player = Player(people, script, quiet, writer, show)
            played = await player.play()
            progress.update(task, description="les derniers courriers")
            await rest.wait(120)
        # Three that do not wait for each other, on a machine with two processors.
        again, replayed, _ = await asyncio.gather(
            asyncio.to_thread(relinking.dry_run, platform, FOLDER),
            asyncio.to_thread(recompute, ReplayRequest(databases["decision"])),
            asyncio.to_thread(simulated_year.store, databases["reporting"]),
        )
        figures = await checks.gather(people, await quiet.parked(), replayed)
        steered = await steering.gather(people, mail)
        await keep_papers(people, figures, FOLDER)
        return played, figures, steered, again


async def keep_papers(people: People, figures: checks.Figures, folder: Path) -> None:
    """The quarterly tables as CSV, and one PDF of each kind of letter of each period, read over HTTP like anybody."""
    tables, letters = folder / "tableaux", folder / "courriers"
    for place in (tables, letters):
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
    for period in checks.SHOWN:
        answer = await people.supervisor.call("GET", "reporting", f"/exports/{period}.csv")
        (tables / f"activite-{period}.csv").write_bytes(answer.content)
    for year in ("2008", "2026"):
        for kind in LetterKind:
            letter = next(
                (one for one in figures.letters if one["kind"] == kind and one["issued_on"][:4] == year), None
            )
            if letter is not None:
                path = f"/letters/{letter['letter_id']}/pdf"
                answer = await people.supervisor.call("GET", "letters", path, purpose="supervision")
                (letters / f"{year}-{kind}.pdf").write_bytes(answer.content)


def access_log_check(platform: Platform) -> checks.Check:
    """What the auditor's command says of every read that the demonstration made."""
    command = [sys.executable, "-m", "services.reporting", "audit", "verify"]
    try:
        return checks.Check(platform.run(command, "reporting").strip(), True)
    except RuntimeError as error:
        return checks.Check("Le journal des consultations est entier", False, str(error))


def run(keep: bool, console: Console) -> int:
    """The whole demonstration; see the module's words on what is returned."""
    script = load(frozenset(reference.caisses()))
    console.rule("[bold]Base commune de l'aide médicale de l'État[/]")
    console.print("[dim]Personnes, adresses et agents inventés. Janvier à octobre 2008, puis l'automne 2026.[/]")
    mail = MailServer()
    platform = Platform(
        FOLDER,
        environment={"AME_RETENTION": str(ROOT / "deploy" / "demo" / "retention.yaml"), **mail.environment},
        fresh=True,
        durable=False,
        ports="fixed" if keep else "auto",
        front=keep,
        run_folder=LOCAL / "run" if keep else None,
        say=lambda text: console.print(text, style="dim", highlight=False),
    )
    with stop_signals(), mail, platform:
        played, figures, steered, again = asyncio.run(play(platform, script, mail, console))
        results = [*checks.check_all(figures, script, played), *steering_checks.check_all(steered)]
        results.append(access_log_check(platform))
        results.append(relinking.check(again))
        further = [*steering_summary.tables(steered), relinking.table(again, figures.names)]
        summary.show(console, figures, script, played, results, further)
        archive = platform.state_folder / "letters"
        address = platform.front if keep else ""
        console.print(summary.where(FOLDER.relative_to(ROOT), archive.relative_to(ROOT), address), soft_wrap=True)
        console.print(steering_summary.addresses(address), soft_wrap=True)
        minutes, seconds = divmod(round(played.seconds), 60)
        console.print(f"{played.days} jours vécus en {minutes} min {seconds:02d} s.", style="dim")
        if keep:
            console.print("Tout reste en marche : Ctrl-C, ou « make down », arrête tout.", style="bold")
            platform.hold()
    return 0 if all(check.holds for check in results) else 1


def main(arguments: Sequence[str]) -> int:
    """Play the demonstration; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m deploy.demo", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave everything running at the end")
    options = parser.parse_args(arguments)
    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH)
    try:
        return run(options.keep, console)
    except (PreflightError, MissingTool) as error:
        console.print(str(error), style="red", markup=False)
        return 2
    except (Unexpected, NotQuiescent, RuntimeError) as error:
        console.print(f"La démonstration s'est arrêtée : {error}", style="red", markup=False)
        console.print(f"Journaux : {FOLDER / 'log'}", style="dim")
        return 1
    except KeyboardInterrupt:
        with contextlib.suppress(OSError):
            console.print("Interrompu : tout est arrêté.")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
