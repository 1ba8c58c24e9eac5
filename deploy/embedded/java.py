"""Java 17+ and the broker's jars: found, or fetched once with Maven, or a clear word on how to get them."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

POM = Path(__file__).parents[1] / "kafka" / "pom.xml"
MINIMUM = 17
INSTALL = "apt-get install -y --no-install-recommends default-jre-headless maven"  # Java 17 or later in Debian 12+


class MissingTool(RuntimeError):
    """Something the machine must have and has not; the message, in French, says what to do."""


def java_version() -> int | None:
    """The major version of the `java` on the path, or None."""
    if shutil.which("java") is None:
        return None
    done = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False)
    found = re.search(r'version "(\d+)', done.stderr + done.stdout)
    return int(found[1]) if found else None


def missing_tools(libraries: Path) -> list[str]:
    """Which of Java and Maven are missing; Maven is not needed once the jars are there."""
    version = java_version()
    missing = ["java"] if version is None or version < MINIMUM else []
    if not _complete(libraries) and shutil.which("mvn") is None:
        missing.append("maven")
    return missing


def explain(missing: list[str]) -> str:
    """What to do about missing tools, in French."""
    return (
        f"Il manque {_names(missing)}, nécessaire au courtier Kafka embarqué. "
        f"Installez-le (sous Debian ou Ubuntu : sudo {INSTALL}), "
        "ou indiquez un courtier existant dans KAFKA_BOOTSTRAP_SERVERS."
    )


def can_install() -> bool:
    """Whether apt-get may install packages here."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def ensure_tools(libraries: Path, say: Callable[[str], None]) -> None:
    """Install Java and Maven where apt-get works as root; elsewhere raise MissingTool with the command to type."""
    missing = missing_tools(libraries)
    if not missing:
        return
    if not can_install():
        raise MissingTool(explain(missing))
    say(f"Il manque {_names(missing)} : installation par apt-get…")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in ("apt-get update -q", INSTALL):
        done = subprocess.run(step.split(), env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise MissingTool(f"Échec de « {step} » :\n{(done.stderr or done.stdout).strip()[-800:]}")


def ensure_jars(libraries: Path, say: Callable[[str], None]) -> None:
    """Copy the broker and its dependencies into `libraries`, once per version of the pom; several may ask at once."""
    if _complete(libraries):
        return
    libraries.parent.mkdir(parents=True, exist_ok=True)
    with (libraries.parent / f"{libraries.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _complete(libraries):
            return
        say("Téléchargement du courtier Kafka (46 archives, une seule fois)…")
        shutil.rmtree(libraries, ignore_errors=True)
        goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={libraries}"]
        done = subprocess.run(["mvn", "-q", "-B", "-f", str(POM), *goal], capture_output=True, text=True, check=False)
        if done.returncode:
            words = (done.stdout + done.stderr).strip()[-1500:]
            raise MissingTool(f"Maven n'a pas pu copier le courtier Kafka :\n{words}")
        (libraries / "complete").write_text(_version())


def _names(missing: list[str]) -> str:
    return " et ".join({"java": f"Java {MINIMUM} ou plus récent", "maven": "Maven"}[name] for name in missing)


def _complete(libraries: Path) -> bool:
    stamp = libraries / "complete"
    return stamp.exists() and stamp.read_text() == _version()


def _version() -> str:
    return hashlib.sha256(POM.read_bytes()).hexdigest()
