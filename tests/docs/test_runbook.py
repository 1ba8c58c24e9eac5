"""The pages of the runbook: one for each question. What they say to type is played against a stand-in of docker-compose
that notes what it was asked; services, modules, subcommands and options are then looked for where they are made."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from tests.docs.documents import ROOT

FOLDER = ROOT / "docs" / "runbook"
PAGES = sorted(path.stem for path in FOLDER.glob("*.md"))
BLOCK = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
STAND_IN = """#!{python}
import json, os, sys
with open(os.environ["NOTED"], "a") as file:
    file.write(json.dumps([{name!r}, *sys.argv[1:]]) + "\\n")
"""
OPTIONS = {  # of docker-compose, those that a page may use: whether a value follows
    "ps": {},
    "build": {},
    "stop": {},
    "restart": {},
    "logs": {"--tail": True},
    "up": {"-d": False, "--no-deps": False, "--no-recreate": False, "--scale": True},
    "exec": {"-T": False},
    "run": {"--rm": False, "-T": False, "--no-deps": False, "--entrypoint": True},
}
INSIDE = ("exec", "run")
NAMING = ("exec", "run", "logs", "stop", "restart")
ASKS = """
import contextlib, io, json, runpy, sys
module, cases, said = sys.argv[1], json.loads(sys.argv[2]), []
for words in cases:
    sys.argv = [module, *words, "--help"]
    with io.StringIO() as text, contextlib.redirect_stdout(text), contextlib.redirect_stderr(text):
        try:
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        except SystemExit as end:
            print("" if isinstance(end.code, int) else end.code or "", file=text)
        said.append(text.getvalue())
print(json.dumps(said))
"""
ENTRYPOINTS = {"relink": ["python", "-m", "services.dedup", "relink"]}


class Asked(NamedTuple):
    """One call of docker-compose: its verb, the services it names, and what runs in the container."""

    profile: str
    verb: str
    services: list[str]
    command: list[str]


def blocks(page: str) -> list[str]:
    """The commands of a page, block by block."""
    return BLOCK.findall((FOLDER / f"{page}.md").read_text("utf-8"))


def played(block: str, folder: Path) -> list[list[str]]:
    """Every call of docker-compose and Python that a block makes, beside a fresh ``.env``."""
    tools, noted = folder / "bin", folder / "noted"
    tools.mkdir(parents=True)
    noted.touch()
    for name in ("docker-compose", "python3"):
        tool = tools / name
        tool.write_text(STAND_IN.format(python=sys.executable, name=name))
        tool.chmod(0o755)
    (folder / ".env").write_text((ROOT / ".env.example").read_text())
    environment = {"PATH": f"{tools}:{os.environ['PATH']}", "NOTED": str(noted), "TMPDIR": str(folder)}
    command = ["bash", "-c", f"set -euo pipefail\n{block}"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in noted.read_text().splitlines()]


def understood(words: list[str]) -> Asked:
    """What docker-compose would make of these words. An option that is not listed above fails."""
    rest, profile = list(words), ""
    if rest[0] == "--profile":
        profile, rest = rest[1], rest[2:]
    verb, services = rest.pop(0), []
    options = OPTIONS[verb]
    while rest:
        word = rest.pop(0)
        if not word.startswith("-"):
            services.append(word)
            if verb in INSIDE:
                break
        elif options[word]:
            value = rest.pop(0)
            services += [value.partition("=")[0]] if word == "--scale" else []
    return Asked(profile, verb, services, [*ENTRYPOINTS.get("".join(services), []), *rest])


def told(module: str, cases: Sequence[Sequence[str]]) -> list[str]:
    """What a module says of itself under each of these subcommands; it is loaded once."""
    command = [sys.executable, "-c", ASKS, module, json.dumps(cases)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return [str(text) for text in json.loads(done.stdout)]


def check_modules(commands: Iterable[list[str]]) -> None:
    """Of ``python -m module words`` module, subcommands and options must be known; other commands are not looked at."""
    asked: dict[str, list[tuple[list[str], list[str]]]] = {}
    for command in commands:
        if command[:2] in (["python", "-m"], ["python3", "-m"]):
            module, words = command[2], command[3:]
            subcommands = list(takewhile(re.compile(r"[a-z][a-z-]+").fullmatch, words))
            asked.setdefault(module, []).append((subcommands, [word for word in words if word.startswith("--")]))
    for module, cases in asked.items():
        texts = told(module, [subcommands for subcommands, _ in cases])
        for text, (subcommands, options) in zip(texts, cases, strict=True):
            assert "usage: " in text, text
            assert "invalid choice" not in text, text
            assert [word for word in (*subcommands, *options) if word not in text] == [], text


def test_each_question_has_a_page_and_the_first_page_leads_to_all() -> None:
    index = (ROOT / "docs" / "runbook.md").read_text()
    assert len(PAGES) == 8
    assert [page for page in PAGES if f"(runbook/{page}.md)" not in index] == []


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_says_to_type_can_be_typed(page: str, tmp_path: Path) -> None:
    assert blocks(page)
    for number, block in enumerate(blocks(page)):
        assert not re.search(r"<[a-z]+>|HOST|\.\.\.", block), "a hole that nobody fills"
        calls = played(block, tmp_path / str(number))
        assert calls, block
        if "sed -i" in block:
            changed = (tmp_path / str(number) / ".env").read_text()
            assert changed != (ROOT / ".env.example").read_text(), "it changes no line of .env"
        commands = [[tool, *words] for tool, *words in calls if tool == "python3"]
        for asked in [understood(words) for tool, *words in calls if tool == "docker-compose"]:
            for service in asked.services:
                assert service in COMPOSE, asked
                profiles = COMPOSE[service].get("profiles", [])
                assert not profiles or asked.profile in profiles or asked.verb == "run", asked
            assert asked.services or asked.verb not in NAMING, asked
            commands.append(asked.command)
        check_modules(commands)


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["up", "-d", "--no-dependencies", "letters"], KeyError),
        (["exec", "-T", "reporting", "python", "-m", "services.reporting", "audit", "prove"], AssertionError),
        (["exec", "-T", "reporting", "python", "-m", "services.reporting", "audit", "verify", "--all"], AssertionError),
        (["run", "--rm", "topics", "python", "-m", "shared.messaging.topics", "inspect"], AssertionError),
        (["run", "--rm", "topics", "python", "-m", "shared.messaging.themes"], AssertionError),
    ],
)
def test_what_cannot_be_typed_is_seen(words: list[str], fault: type[Exception]) -> None:
    with pytest.raises(fault):
        check_modules([understood(words).command])
