"""``python3 -m tests.compose``: build, start, play, scale, kill, check, take down. Exits 1 when anything failed.

``--no-build`` takes the images of the run before; ``--restore-only`` leaves out replicas and faults.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from deploy import backup
from tests.compose.desk import Desk
from tests.compose.play import BOBIGNY, PARIS, Morning
from tests.compose.stack import ONCE, RUNNING, SERVICES, TAG, Failed, Stack, await_true

NOBODY = 10001
PEOPLE = {
    PARIS: ("technician", PARIS, f"agent-{PARIS}-02"),
    BOBIGNY: ("technician", BOBIGNY, f"agent-{BOBIGNY}-02"),
    "supervisor": ("supervisor", "", "supervisor-national"),
    "operator": ("operator", "", "operator-national"),
}


class Run:
    """The acts, one after the other; the first that fails ends the play, and what follows is not tried."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.lines: list[tuple[str, bool, str, float]] = []

    def act(self, name: str, work: Callable[[], str]) -> None:
        began = time.monotonic()
        try:
            told, held = work(), True
        except Exception as error:  # whatever went wrong is the result of this act
            told, held = f"{type(error).__name__}: {error}", False
        seconds = time.monotonic() - began
        self.lines.append((name, held, told, seconds))
        print(f"  {'✓' if held else '✗'} {name} ({seconds:.0f} s) : {told}", flush=True)
        if not held:
            raise SystemExit(1)

    def play(self) -> None:
        stack = self.stack
        for service in SERVICES if "--no-build" not in sys.argv else ():
            self.act(f"image ame-{service}", partial(self.image, service))
        self.act("les images ne contiennent ni secret ni administrateur", self.images)
        self.act("démarrage, tout en bonne santé", self.up)
        self.act("personne n'est root dans les conteneurs", self.users)
        morning = Morning(stack.url, self.tokens(), self.today())
        self.act("le guichet ouvre", morning.open_counters)
        self.act("la même personne à l'autre caisse", morning.repeat)
        self.act("la pièce manquante arrive", morning.bring_paper)
        self.act("courriers", morning.read_letters)
        self.act("tableau du trimestre", morning.table)
        if "--restore-only" not in sys.argv:
            self.faults(morning)
        self.act("sauvegarde, volumes effacés, restauration", lambda: self.restore(morning))
        self.act("rien de perdu à la restauration", morning.nothing_lost)
        self.act("tableau du trimestre, restauré", morning.table)
        self.act("profil load", self.load)

    def faults(self, morning: Morning) -> None:
        self.act("pages derrière le mandataire", morning.pages)
        self.act("deux dedup-worker", self.scale)
        self.act("dépôts simultanés sur deux répliques", morning.simultaneous)
        self.act("signaux jugés", morning.settle_pairs)
        self.act("decision-worker tué pendant les dépôts", lambda: self.kill("decision-worker", morning))
        self.act("postgres tué, puis d'autres dépôts", lambda: self.kill("postgres", morning))
        self.act("rien de perdu, rien en double", morning.nothing_lost)
        self.act("tableau du trimestre, à la fin", morning.table)
        self.act("profil observe", self.observe)

    def image(self, service: str) -> str:
        return f"{self.stack.build(service) / 1e6:.0f} Mo"

    def images(self) -> str:
        known = {*self.stack.secrets.values()}
        for service in SERVICES:
            image = f"ame-{service}:{TAG}"
            text = self.stack.docker("image", "inspect", image) + self.stack.docker("history", "--no-trunc", image)
            if any(secret in text for secret in known):
                raise Failed(f"{image} holds a secret")
            if json.loads(self.stack.docker("image", "inspect", image))[0]["Config"]["User"] != "ame":
                raise Failed(f"{image} runs as root")
        return "5 images"

    def up(self) -> str:
        self.stack.compose("up", "--detach", timeout=900)
        await_true("every container healthy", lambda: not self.stack.unhealthy(), 300)
        for service in ONCE:
            [container] = self.stack.containers(service)
            if code := self.stack.inspect(container)["State"]["ExitCode"]:
                raise Failed(f"{service} ended with {code}")
        return f"{len(RUNNING)} conteneurs, {len(ONCE)} travaux préalables terminés"

    def healthy(self, container: str) -> bool:
        return self.stack.health(container) == "healthy"

    def users(self) -> str:
        for service in (*SERVICES, *(f"{name}-worker" for name in SERVICES)):
            [container] = self.stack.containers(service)
            if (uid := self.stack.docker("exec", container, "id", "-u").strip()) != str(NOBODY):
                raise Failed(f"{service} runs as user {uid}")
        return f"10 processus sous l'utilisateur {NOBODY}, racine en lecture seule"

    def tokens(self) -> dict[str, str]:
        """Tokens are made where the signing key is, in a container of ``keys``."""
        made = {}
        for who, (role, caisse, subject) in PEOPLE.items():
            command = ["python", "-m", "shared.access", "token", "--role", role, "--id", subject, "--hours", "1"]
            command += ["--caisse", caisse] if caisse else []
            made[who] = self.stack.compose("run", "--rm", "-T", "--no-deps", "keys", *command).strip().splitlines()[-1]
        keys = ["--env", f"AME_SESSION_KEYS={self.stack.secrets['AME_SESSION_KEYS']}"]
        command = ["python", "-m", "shared.access", "session", "--role", "supervisor", "--id", "supervisor-pages"]
        shown = self.stack.compose("run", "--rm", "-T", "--no-deps", *keys, "keys", *command)
        made["session"] = shown.strip().splitlines()[-1]
        return made

    def today(self) -> dt.date:
        """The business day of the platform."""
        return dt.date.fromisoformat(Desk(self.stack.url, "").ask("GET", "/intake/ready").json["business_date"])

    def scale(self) -> str:
        self.stack.compose("up", "--detach", "--no-recreate", "--scale", "dedup-worker=2", timeout=300)
        await_true("both healthy", lambda: not self.stack.unhealthy(), 300)
        containers = self.stack.containers("dedup-worker")
        if len(containers) != 2:
            raise Failed(f"{len(containers)} containers of dedup-worker")
        return "2 en bonne santé"

    def kill(self, service: str, morning: Morning) -> str:
        """Posts before, kills, posts on as soon as somebody answers; all is settled in the end."""
        [container] = self.stack.containers(service)
        before = self.stack.inspect(container)["RestartCount"]
        morning.post_complete(10)
        self.stack.kill(container)
        await_true("it comes back", lambda: self.stack.inspect(container)["RestartCount"] > before, 60, 0.1)
        await_true("all healthy again", lambda: not self.stack.unhealthy(), 300)
        morning.post_complete(10)
        morning.settle(300)
        return "revenu seul ; 20 demandes autour de la panne, toutes traitées"

    def restore(self, morning: Morning) -> str:
        """What the runbook says, word by word, on volumes that were removed in between."""
        stack, workers = self.stack, [f"{name}-worker" for name in SERVICES]
        place = backup.Compose(stack.command)
        with tempfile.TemporaryDirectory() as parent:
            folder = Path(parent) / "backup"
            stack.compose("stop", "proxy", *SERVICES, timeout=300)
            looks: list[bool] = []  # the measures are taken every five seconds: one zero may be an old one

            def through() -> bool:
                looks.append(not stack.waiting())
                return looks[-3:] == [True, True, True]

            await_true("workers are through", through, 240, 4.0)
            stack.compose("stop", *workers, timeout=300)
            written = backup.save(place, folder)
            stack.down()
            stack.compose("up", "--detach", "postgres", "kafka", "keys", timeout=300)
            for server in ("postgres", "kafka"):
                [container] = stack.containers(server)
                await_true(f"{server} healthy", partial(self.healthy, container), 240)
            count = backup.restore(place, folder)
        self.up()
        morning.tokens = self.tokens()
        told = morning.tell_again()
        return f"{len(written)} fichiers, {count} pièces et courriers vérifiés, {told} demandes redites"

    def observe(self) -> str:
        """Prometheus sees ten processes, has read the rules, and nothing is firing."""
        self.stack.compose("--profile", "observe", "up", "--detach", "--no-deps", "prometheus")

        def asked(path: str) -> dict[str, Any]:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.stack.prometheus_port}/api/v1/{path}") as answer:
                    return dict(json.load(answer)["data"])
            except OSError:
                return {}

        def seen() -> int:
            targets = asked("targets").get("activeTargets", [])
            return len(targets) if targets and all(target["health"] == "up" for target in targets) else 0

        await_true("eleven targets up (two dedup-worker)", lambda: seen() == 11, 300)
        rules = [rule for group in asked("rules")["groups"] for rule in group["rules"]]
        if firing := [rule["name"] for rule in rules if rule["state"] == "firing" or rule["health"] == "err"]:
            raise Failed(f"alerts: {firing}")
        return f"11 cibles, {len(rules)} alertes, aucune ne sonne"

    def load(self) -> str:
        arguments = ("--profile", "load", "run", "--rm", "-T", "--no-deps", "load", "--count", "100", "--rate", "20")
        return self.stack.compose(*arguments).strip().splitlines()[-1]


def main() -> int:
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder))
        if stack.leftovers():
            print("Une exécution précédente a laissé des conteneurs : retirés.")
            stack.down()
        run, code = Run(stack), 1
        try:
            run.play()
            code = 0
        except SystemExit:
            for service in (*ONCE, *RUNNING):
                states = {stack.health(one) for one in stack.containers(service)}
                if states - {"healthy", "exited"}:
                    print(f"--- {service} ({', '.join(states)})\n{stack.logs(service)}")
                faults = [line for line in stack.logs(service, 2000).splitlines() if '"unhandled_error"' in line]
                print("".join(f"--- {service}: {line}\n" for line in faults[-3:]), end="")
        finally:
            stack.down()
    left = stack.leftovers()
    print(f"\n{'acte':<52} {'résultat':<9} {'secondes':>8}")
    for name, held, _, seconds in run.lines:
        print(f"{name:<52} {'bon' if held else 'ÉCHEC':<9} {seconds:>8.1f}")
    print(f"{'tout retiré, volumes compris':<52} {'ÉCHEC' if left else 'bon':<9} {time.monotonic() - began:>8.1f}")
    return 1 if left else code


if __name__ == "__main__":
    sys.exit(main())
