"""Write and check locks/*.txt: plain requirement files with hashes and no addresses.

`locks/all.txt` resolves everything together; the lock of each service, of the development tools and of the bootstrap
is constrained by it, so that every image and every checkout runs the same versions. Each lock carries a digest of the
dependency lists it was made from: freshness is checked without a network.
"""

import hashlib
import os
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

from shared.settings import SERVICES

ROOT = Path(__file__).parents[1]
LOCKS = ROOT / "locks"
KERNEL = "pyproject.toml"
ADDRESS = re.compile(r"https?://", re.IGNORECASE)


@dataclass(frozen=True)
class Lock:
    """One file of locks/: what it resolves, and which earlier locks hold its versions."""

    name: str
    lists: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()

    @property
    def path(self) -> Path:
        """Where it lies."""
        return LOCKS / f"{self.name}.txt"

    def requirements(self) -> list[str]:
        """The requirements it was made from, sorted, as written in the dependency lists."""
        found: list[str] = list(self.only)
        for path in self.lists:
            found += tomllib.loads((ROOT / path).read_text())["project"]["dependencies"]
        groups = tomllib.loads((ROOT / KERNEL).read_text())["dependency-groups"]
        for group in self.groups:
            found += groups[group]
        return sorted(set(found))

    def digest(self) -> str:
        """The first line of the lock, which changes with the lists."""
        return f"# made from {hashlib.sha256(chr(10).join(self.requirements()).encode()).hexdigest()}"


def locks() -> list[Lock]:
    """All locks, in the order in which they are made."""
    lists = {service: f"services/{service}/pyproject.toml" for service in SERVICES}
    return [
        Lock("all", lists=(KERNEL, *lists.values()), groups=("local", "traces", "parquet", "security")),
        *(Lock(service, lists=(KERNEL, path), constraints=("all",)) for service, path in lists.items()),
        Lock("traces", groups=("traces",), constraints=("all",)),
        Lock("parquet", groups=("parquet",), constraints=("all",)),
        Lock("relink", groups=("relink",), constraints=("all", "dev")),
        Lock("security", groups=("security",), constraints=("all",)),
        Lock("dev", groups=("dev",), constraints=("all",)),
        Lock("verify", groups=("verify",), constraints=("all", "dev")),
        Lock("bootstrap", only=("uv",), constraints=("dev",)),
    ]


def write(upgrade: bool = False) -> None:
    """Resolve every lock again; versions that still fit are kept unless `upgrade`."""
    LOCKS.mkdir(exist_ok=True)
    for lock in locks():
        print(f"locks/{lock.name}.txt")
        command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"]
        command += ["--generate-hashes", "--no-header", "--no-emit-index-url", "--no-emit-find-links", "--no-annotate"]
        command += ["--upgrade"] if upgrade else []
        for constraint in lock.constraints:
            command += ["--constraint", f"locks/{constraint}.txt"]
        subprocess.run(
            [*command, "--output-file", f"locks/{lock.name}.txt", "-"],
            input="\n".join(lock.requirements()),
            text=True,
            cwd=ROOT,
            check=True,
            stdout=subprocess.DEVNULL,
            env={key: value for key, value in os.environ.items() if key != "UV_FIND_LINKS"},
        )
        lock.path.write_text(f"{lock.digest()}\n{lock.path.read_text()}")


def complaints() -> list[str]:
    """What is wrong with the locks: missing, stale, carrying an address, at odds on a version. Empty when fresh."""
    found: list[str] = []
    for lock in locks():
        if not lock.path.exists():
            found.append(f"locks/{lock.name}.txt is missing")
            continue
        text = lock.path.read_text()
        if text.partition("\n")[0] != lock.digest():
            found.append(f"locks/{lock.name}.txt is older than its dependency lists")
        if ADDRESS.search(text):
            found.append(f"locks/{lock.name}.txt carries an address")
        pins = _pins(text)
        for constraint in lock.constraints:
            allowed = _pins((LOCKS / f"{constraint}.txt").read_text())
            strays = [name for name in pins if name in allowed and not pins[name] <= allowed[name]]
            found += [f"locks/{lock.name}.txt has another {name} than locks/{constraint}.txt" for name in strays]
    return found


def _pins(text: str) -> dict[str, set[str]]:
    # Several versions of one name are several Python versions: "numpy==2.4.6 ; python_full_version < '3.12'".
    pins: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([a-z0-9._-]+)(?:\[[^]]*])?==([^\s;\\]+)", text, re.MULTILINE):
        pins.setdefault(name, set()).add(version)
    return pins


def main() -> int:
    """`python -m deploy.locks write|upgrade|check`."""
    action = sys.argv[1] if len(sys.argv) > 1 else "check"
    if action in ("write", "upgrade"):
        write(upgrade=action == "upgrade")
    found = complaints()
    for complaint in found:
        print(f"{complaint} (make lock)", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
