"""``python -m tests.helm``: a cluster, every object of the chart before its server, the images in pods without rights.
Exits 1 when anything failed, 0 with a word where a real node cannot be had.

``--no-build`` takes the images of the run before.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from deploy.helm import binaries
from shared.settings import SERVICES
from tests.helm import checks, images
from tests.helm.cluster import Cluster
from tests.helm.release import Release

VALUES = [
    "profile=compose",
    "kafka.bootstrapServers=kafka:9092",
    "kafka.security=none",
    "kafka.replication=1",
    "database.host=postgres",
    "identity.jwks=true",
]
"""A platform on a network of its own."""


class Run:
    """The acts, one after the other; the first that fails ends the play, and what follows is not tried."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cluster = Cluster(folder / "c")
        self.release = Release(self.cluster, VALUES)
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
        self.act("aucun droit dans les conteneurs", partial(checks.rights, self.release))

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

    def end(self) -> None:
        self.cluster.end()

    def show_faults(self) -> None:
        """What an operator would look at first."""
        for words in (["get", "pods,jobs,pvc", "-o", "wide"], ["get", "events", "--sort-by=.lastTimestamp"]):
            print("\n".join(self.release.kubectl(*words, check=False).splitlines()[-40:]))
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
