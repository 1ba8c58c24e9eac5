"""The pages of the runbook: one for each question. What they say to type is played against a stand-in of docker-compose
that notes what it was asked; services, modules, subcommands and options are then looked for where they are made."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
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
STAND_IN = """#!/bin/sh
{ printf '%s\\0' NAME "$@"; printf '\\036\\0'; } >>"$NOTED"
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
said = []
for module, *words in json.load(sys.stdin):
    sys.argv = [module, *words, "--help"]
    with io.StringIO() as text, contextlib.redirect_stdout(text), contextlib.redirect_stderr(text):
        try:
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        except (SystemExit, ImportError) as end:
            print("" if end.args and isinstance(end.args[0], int) else end, file=text)
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


class Played(NamedTuple):
    """One block, every call of docker-compose and Python that it made, and whether it changed ``.env``."""

    block: str
    calls: list[list[str]]
    changed: bool


def play(block: str, folder: Path) -> Played:
    """Carry a block out beside a fresh ``.env``."""
    tools, noted, values = folder / "bin", folder / "noted", folder / ".env"
    tools.mkdir(parents=True)
    noted.touch()
    for name in ("docker-compose", "python3"):
        tool = tools / name
        tool.write_text(STAND_IN.replace("NAME", name))
        tool.chmod(0o755)
    example = (ROOT / ".env.example").read_text()
    values.write_text(example)
    environment = {"PATH": f"{tools}:{os.environ['PATH']}", "NOTED": str(noted), "TMPDIR": str(folder)}
    command = ["bash", "-c", f"set -euo pipefail\n{block}"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    calls = [call.split("\0")[:-1] for call in noted.read_text().split("\036\0")[:-1]]
    return Played(block, calls, values.read_text() != example)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Played]]:
    """Every page, played once."""
    folder = tmp_path_factory.mktemp("pages")
    return {
        page: [play(block, folder / page / str(number)) for number, block in enumerate(blocks(page))] for page in PAGES
    }


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


class Words(NamedTuple):
    """What follows ``python -m`` in a command: the module, its subcommands, and the options that are named."""

    module: str
    subcommands: tuple[str, ...]
    options: tuple[str, ...]


def words_of(command: list[str]) -> Iterator[Words]:
    """The words of a command that calls a module; other commands are not looked at."""
    if command[:2] in (["python", "-m"], ["python3", "-m"]):
        module, *words = command[2:]
        subcommands = takewhile(re.compile(r"[a-z][a-z-]+").fullmatch, words)
        yield Words(module, tuple(subcommands), tuple(word for word in words if word.startswith("--")))


def unknown(called: Sequence[Words]) -> list[Words]:
    """Those whose module does not know them. One process asks every module for its help: loading them takes long."""
    command, asked = [sys.executable, "-c", ASKS], json.dumps([(one.module, *one.subcommands) for one in called])
    done = subprocess.run(command, cwd=ROOT, input=asked, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return [
        one
        for one, text in zip(called, json.loads(done.stdout), strict=True)
        if "usage: " not in text
        or "invalid choice" in text
        or any(word not in text for word in (*one.subcommands, *one.options))
    ]


def test_each_question_has_a_page_and_the_first_page_leads_to_all() -> None:
    index = (ROOT / "docs" / "runbook.md").read_text()
    assert len(PAGES) == 8
    assert [page for page in PAGES if f"(runbook/{page}.md)" not in index] == []


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_says_to_type_can_be_typed(page: str, played: dict[str, list[Played]]) -> None:
    assert played[page]
    for block, calls, changed in played[page]:
        assert not re.search(r"<[a-z]+>|HOST|\.\.\.", block), "a hole that nobody fills"
        assert calls, block
        assert changed == ("sed -i" in block), "it changes no line of .env"
        for asked in [understood(words) for tool, *words in calls if tool == "docker-compose"]:
            for service in asked.services:
                assert service in COMPOSE, asked
                profiles = COMPOSE[service].get("profiles", [])
                assert not profiles or asked.profile in profiles or asked.verb == "run", asked
            assert asked.services or asked.verb not in NAMING, asked


WRONG = (
    Words("services.reporting", ("audit", "prove"), ()),
    Words("services.reporting", ("audit", "verify"), ("--all",)),
    Words("shared.messaging.topics", ("inspect",), ()),
    Words("shared.messaging.themes", ("check",), ()),
)


def test_modules_know_what_the_pages_ask_of_them_and_nothing_else(played: dict[str, list[Played]]) -> None:
    called: dict[Words, None] = {}
    for tool, *words in [call for page in played.values() for block in page for call in block.calls]:
        command = understood(words).command if tool == "docker-compose" else [tool, *words]
        called |= dict.fromkeys(words_of(command))
    assert len(called) > 10
    assert unknown([*called, *WRONG]) == [*WRONG]


def test_an_option_that_no_page_may_use_is_seen() -> None:
    with pytest.raises(KeyError):
        understood(["up", "-d", "--no-dependencies", "letters"])
