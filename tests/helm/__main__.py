"""``python -m tests.helm``: a cluster, the chart on it, a morning's work, faults, the way back. Exits 1 when anything
failed, 0 with a word where a real node cannot be had.

``--no-build`` takes the images of the run before.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from deploy import processes
from deploy.helm import binaries
from shared.settings import SERVICES
from tests.compose.__main__ import PEOPLE
from tests.compose.desk import Desk
from tests.compose.play import Morning
from tests.compose.stack import Failed, await_true
from tests.helm import checks, images, measures
from tests.helm.cluster import HOST, Cluster
from tests.helm.parts import Parts
from tests.helm.release import CLAIMS, NAMESPACE, Release
from tests.helm.servers import Servers, volumes
from tests.helm.steady import Steady


class Run:
    """The acts, one after the other; the first that fails ends the play, and what follows is not tried."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cluster = Cluster(folder / "c")
        self.servers = Servers(folder / "servers", HOST, "10.98.0.0/16")
        self.release = Release(self.cluster, self.servers.values())
        self.front = Parts(folder)
        self.lines: list[tuple[str, bool, float]] = []

    def act(self, name: str, work: Callable[[], str]) -> None:
        began = time.monotonic()
        try:
            told, held = work(), True
        except Exception as error:  # whatever went wrong is the result of this act
            told, held = f"{type(error).__name__}: {error}", False
        seconds = time.monotonic() - began
        self.lines.append((name, held, seconds))
        print(f"  {'✓' if held else '✗'} {name} ({seconds:.0f} s) : {told}", flush=True)
        if not held:
            raise SystemExit(1)

    def play(self) -> None:
        for service in SERVICES if "--no-build" not in sys.argv else ():
            self.act(f"image ame-{service}", partial(self.image, service))
        self.act("Kubernetes répond", self.control_plane)
        self.act("deux nœuds prêts", self.nodes)
        self.act("définitions de KEDA et de Prometheus", partial(checks.define, self.cluster))
        self.act("chaque objet des trois profils vérifié par le serveur", partial(checks.objects, self.release))
        self.act("les valeurs fausses sont refusées", partial(checks.wrong_values, self.release))
        self.act("Kafka et PostgreSQL à côté", self.beside)
        self.act("installation", self.install)
        self.act("aucun droit dans les conteneurs", partial(checks.rights, self.release))
        morning = Morning(self.open_front(), self.tokens(), self.today())
        self.act("le guichet ouvre", morning.open_counters)
        self.act("la pièce manquante arrive", morning.bring_paper)
        self.act("courriers", morning.read_letters)
        self.act("mise à niveau sous charge", partial(self.upgrade, morning))
        self.act("un conteneur tué", partial(self.kill, morning))
        self.act("un nœud vidé", partial(self.drain, morning))
        self.act("trois decision-worker", partial(self.scale, morning))
        self.act("retour à la version d'avant", partial(self.back, morning))
        self.act("rien de perdu, rien en double", morning.nothing_lost)
        self.act("tableau du trimestre", morning.table)
        self.act("ce que tiennent les conteneurs", partial(measures.pods, self.release))

    def image(self, service: str) -> str:
        return f"{images.build(service) / 1e6:.0f} Mo"

    def control_plane(self) -> str:
        self.cluster.start()
        return binaries.version()

    def nodes(self) -> str:
        images.write_pause(self.cluster.folder / "pause.tar")
        self.cluster.add_nodes()
        archive, state = self.folder / "images.tar", images.state()
        lacking = [node for node in self.cluster.nodes.values() if node.lacks(state)]
        if lacking:
            images.save(archive)
        for node in lacking:
            node.load(archive, state)
        archive.unlink(missing_ok=True)
        return f"{', '.join(self.cluster.ready_nodes())} ; images chargées sur {len(lacking)}"

    def beside(self) -> str:
        self.servers.start()
        return f"{HOST}:{self.servers.kafka_port}, {HOST}:{self.servers.postgres.port}"

    def install(self) -> str:
        self.cluster.apply(volumes(self.folder / "volumes", CLAIMS))
        self.cluster.apply(self.servers.objects(), "--namespace", NAMESPACE)
        self.release.put(images.FIRST)
        if self.release.unready():
            raise Failed(str(self.release.unready()))
        return f"{len(self.release.pods())} pods prêts sur {len(checks.where(self.release))} nœuds"

    def tokens(self) -> dict[str, str]:
        return {who: self.servers.token(*person) for who, person in PEOPLE.items()}

    def open_front(self) -> str:
        """One host before the five interfaces, in the place of an ingress controller; its address."""
        port = processes.free_port()
        named = " ".join(f"{name}={address}" for name, address in self.release.addresses().items())
        given = [f"AME_FRONT_SERVICES={named}", f"AME_HTTP_PORT={port}"]
        command = ["env", "-C", str(images.ROOT), *given, sys.executable, "-m", "deploy.local.front"]
        self.front.start("front", command, lambda: not processes.port_is_free(port))
        return f"http://127.0.0.1:{port}"

    def today(self) -> dt.date:
        address = self.release.addresses()["intake"]
        return dt.date.fromisoformat(Desk(address, "").ask("GET", "/ready").json["business_date"])

    def upgrade(self, morning: Morning) -> str:
        with Steady(morning) as load:
            self.release.put(images.SECOND)
        if self.release.images() != {images.SECOND}:
            raise Failed(f"running: {self.release.images()}")
        morning.settle()
        morning.nothing_lost()
        return str(load)

    def kill(self, morning: Morning) -> str:
        """SIGKILL from outside of a worker and of an interface, as the kernel would; both come back by themselves."""
        before = self.release.restarts()
        with Steady(morning) as load:
            for process in ("decision-worker", "intake"):
                os.kill(checks.first_process(self.release, process), signal.SIGKILL)
            await_true("both are started again", lambda: self.release.restarts() >= before + 2, 120)
            self.release.await_ready()
        morning.settle()
        morning.nothing_lost()
        return str(load)

    def drain(self, morning: Morning) -> str:
        node = max(checks.where(self.release).items(), key=lambda pair: len(pair[1]))[0]
        with Steady(morning) as load:
            words = ("drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=300s")
            self.cluster.kubectl(*words, timeout=330)
            self.release.await_ready()
            places = checks.where(self.release)
            self.cluster.kubectl("uncordon", node)
        if node in places:
            raise Failed(f"{node} was emptied, and has {places[node]}")
        morning.settle()
        morning.nothing_lost()
        return f"{node} vidé ; {load}"

    def scale(self, morning: Morning) -> str:
        self.release.kubectl("scale", "statefulset/ame-decision-worker", "--replicas=3")
        with Steady(morning) as load:
            await_true("three workers", lambda: len(self.release.pods("decision-worker")) == 3, 60)
            self.release.await_ready()
            shares = await_true("partitions shared", lambda: checks.shared_out(self.servers, "decision"), 120)
        morning.settle()
        morning.nothing_lost()
        return f"partitions de ame.application.v1 : {shares} ; {load}"

    def back(self, morning: Morning) -> str:
        with Steady(morning) as load:
            self.release.helm("rollback", "ame", "1", "--wait", "--timeout", "8m")
        self.release.await_ready()
        if self.release.images() != {images.FIRST}:
            raise Failed(f"running: {self.release.images()}")
        morning.settle()
        morning.nothing_lost()
        return str(load)

    def end(self) -> None:
        self.front.end()
        self.cluster.end()
        self.servers.end()

    def show_faults(self) -> None:
        """What an operator would look at first."""
        for words in (["get", "pods,jobs,pvc", "-o", "wide"], ["get", "events", "--sort-by=.lastTimestamp"]):
            print("\n".join(self.release.kubectl(*words, check=False).splitlines()[-40:]))
        for name in self.release.unready():
            print(f"--- {name}\n{self.release.kubectl('logs', '--tail=20', f'pod/{name}', check=False)}")
        print(f"ended by themselves: {self.cluster.parts.dead()}")


def unable() -> str:
    """Why no real node can be had here; empty when it can."""
    if os.geteuid() != 0:
        return "a node needs root"
    try:
        if not all((binaries.folder() / name).is_file() for name in binaries.PACKAGES):
            print("Première fois : Kubernetes se compile, un quart d'heure.", flush=True)
        for name in binaries.PACKAGES:
            binaries.build(name)
        binaries.require_system()
        images.docker()
    except binaries.Missing as error:
        return str(error)
    return ""


def main() -> int:
    if reason := unable():
        print(f"make helm-test is skipped: {reason}")
        return 0
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="ame-helm-", dir="/var/tmp"))
    folder.chmod(0o755)
    run, code = Run(folder), 1
    try:
        run.play()
        code = 0
    except SystemExit:
        run.show_faults()
    finally:
        run.end()
        if code == 0:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            print(f"logs: {folder}")
    print(f"\n{'acte':<56} {'résultat':<9} {'secondes':>8}")
    for name, held, seconds in run.lines:
        print(f"{name:<56} {'bon' if held else 'ÉCHEC':<9} {seconds:>8.1f}")
    print(f"{'en tout':<56} {'':<9} {time.monotonic() - began:>8.1f}")
    return code


if __name__ == "__main__":
    sys.exit(main())
