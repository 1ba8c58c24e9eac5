"""The platform on this machine: `python -m deploy.local up|down|status|migrate|exec`.

`up` stays in the foreground with readable logs until Ctrl-C; `up --detach` leaves it running; `down` stops it from
anywhere, and after a crash ends what is left. `exec [--service X] -- command` runs a command with the settings of the
running platform.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from deploy import processes
from deploy.embedded.java import MissingTool
from deploy.local.log_files import to_screen
from deploy.local.platform import LOCAL, ROOT, Platform, reap, state_file, stop_signals
from deploy.local.preflight import PreflightError
from deploy.local.supervisor import probe
from shared.settings import SERVICES

RUN = LOCAL / "run"
console = Console(highlight=False)


def up(root: Path, run_folder: Path, ports: str) -> int:
    """Start everything and stay until told to stop."""
    platform = Platform(
        root, run_folder=run_folder, ports="fixed" if ports == "fixed" else "auto", screen=to_screen(), front=True
    )
    with stop_signals():
        try:
            with platform:
                print(platform.run([sys.executable, "-m", "deploy.reference"]).strip())
                print(f"  Pages : {platform.front}/")
                for service in SERVICES:
                    print(f"  {service:<10} {platform.front}/{service}/docs   {platform.url(service)}")
                print("Ctrl-C arrête tout.", flush=True)
                platform.hold()
                print("Arrêt…", flush=True)
        except KeyboardInterrupt:
            print("Arrêt pendant le démarrage.")
    return 0


def detach(root: Path, run_folder: Path, ports: str) -> int:
    """Start a supervisor that outlives this command; return when the platform is ready."""
    (root / "log").mkdir(parents=True, exist_ok=True)
    log = root / "log" / "supervisor.log"
    command = [
        sys.executable,
        "-m",
        "deploy.local",
        "up",
        "--root",
        str(root),
        "--run",
        str(run_folder),
        "--ports",
        ports,
    ]
    with log.open("w") as output:
        supervisor = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    try:
        processes.await_condition(
            lambda: state(run_folder).get("state") == "ready" and state(run_folder)["pid"] == supervisor.pid,
            within=180,
            pause=0.1,
            alive=lambda: supervisor.poll() is None,
            failure=lambda: processes.tail(log, 30),
        )
    except RuntimeError as error:
        supervisor.terminate()
        print(error, file=sys.stderr)
        return 1
    return status(run_folder)


def down(run_folder: Path) -> int:
    """Stop the running platform; when its supervisor is gone, end what it left."""
    supervisor = processes.recorded(run_folder / "supervisor.json")
    if supervisor is not None:
        supervisor.terminate()
        processes.await_condition(
            lambda: processes.recorded(run_folder / "supervisor.json") is None,
            within=60,
            failure=lambda: f"le superviseur (processus {supervisor.pid}) ne s'arrête pas",
        )
    left = reap(run_folder)
    if supervisor is None and not left:
        print("Rien ne tourne.")
    else:
        print("Tout est arrêté." + (f" Restes d'un plantage : {', '.join(left)}." if left else ""))
    return 0


def status(run_folder: Path) -> int:
    """Show what runs and where."""
    facts = state(run_folder)
    if not facts:
        print("Rien ne tourne.")
        return 0
    table = Table("service", "adresse", "prêt", "processus", title=f"superviseur {facts['pid']}, {facts['root']}")
    for name, url in facts["urls"].items():
        process = processes.recorded(run_folder / f"{name}.process.json")
        table.add_row(name, f"{url}/ui/", "oui" if probe(url) else "non", str(process.pid) if process else "arrêté")
    console.print(table)
    console.print(f"Kafka : {facts['environment']['']['KAFKA_BOOTSTRAP_SERVERS']}   journaux : {facts['root']}/log")
    return 0


def execute(run_folder: Path, service: str, command: list[str]) -> int:
    """Run a command with the settings of the running platform, as the given service."""
    facts = state(run_folder)
    if not facts:
        print("La plateforme ne tourne pas : « make up » la démarre.", file=sys.stderr)
        return 1
    os.execvpe(command[0], command, facts["environment"][service])


def migrate(run_folder: Path) -> int:
    """Bring the five databases of the running platform up to date."""
    facts = state(run_folder)
    if not facts:
        print("La plateforme ne tourne pas : « make up » la démarre, migrations comprises.", file=sys.stderr)
        return 1
    commands = {service: [sys.executable, "-m", "shared.database.migrate", "upgrade", service] for service in SERVICES}
    return max(
        subprocess.run(command, cwd=ROOT, env=facts["environment"][service], check=False).returncode
        for service, command in commands.items()
    )


def state(run_folder: Path) -> dict[str, Any]:
    """What the running platform says of itself; empty when its supervisor is not alive."""
    try:
        content: dict[str, Any] = json.loads(state_file(run_folder).read_text())
    except (OSError, ValueError):
        return {}
    return content if processes.recorded(run_folder / "supervisor.json") else {}


def main(arguments: list[str]) -> int:
    """The command line; faults are told in French on standard error."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local", description=__doc__)
    commands = parser.add_subparsers(dest="action", required=True)
    for action in ("up", "down", "status", "migrate", "exec"):
        command = commands.add_parser(action)
        command.add_argument("--run", type=Path, default=RUN, help="folder of the running processes' records")
        if action == "up":
            command.add_argument("--root", type=Path, default=LOCAL, help="folder of the data")
            command.add_argument("--ports", choices=("fixed", "auto"), default="fixed")
            command.add_argument("--detach", action="store_true")
        if action == "exec":
            command.add_argument("--service", choices=SERVICES, default="")
            command.add_argument("command", nargs="+")
    options = parser.parse_args(arguments)
    try:
        match options.action:
            case "up":
                return (detach if options.detach else up)(options.root, options.run, options.ports)
            case "down":
                return down(options.run)
            case "status":
                return status(options.run)
            case "migrate":
                return migrate(options.run)
            case _:
                return execute(options.run, options.service, options.command)
    except (PreflightError, MissingTool, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 1
