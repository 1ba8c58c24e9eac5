"""``python -m tools.caisse_scope``: every query on a table with a caisse is kept inside the caisse of the caller.

It reads the functions and constants of ``services/*/api``, ``pages`` and ``store``. One that selects from, updates or
deletes from a table with a column named after a caisse must call ``Principal.scope`` or ``check_scope``, or a
function named ``..._in_scope``, or be named in ``caisse_scope.toml`` with the reason why it need not.

What it sees: tables named by their object of ``tables.py`` (``cases``, ``tables.cases``) and tables named in the text
of a statement after FROM, JOIN, UPDATE or USING. What it does not see: whether the filter reaches that very query when
a function makes several, a table behind a variable of another function, a name put together at run time, and jobs,
handlers and commands, which act for no caller. The tests of each route with another caisse's token see those.
"""

from __future__ import annotations

import ast
import importlib
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from shared.settings import SERVICES

ROOT = Path(__file__).parents[1]
FOLDERS = ("api", "pages", "store")
EXCEPTIONS = Path(__file__).with_suffix(".toml")
FILTERS = frozenset({"scope", "check_scope"})
QUERIES = frozenset({"select", "update", "delete", "exists", "union_all"})
_FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, order=True)
class Query:
    """A function that queries scoped tables, or a constant with such a statement that no function of its file names."""

    file: str
    name: str
    tables: tuple[str, ...]
    filtered: bool

    @property
    def key(self) -> str:
        """Its name in the list of exceptions."""
        return f"{self.file}::{self.name}"


def scoped_tables(service: str) -> frozenset[str]:
    """The tables of a service with a column named after a caisse."""
    metadata = importlib.import_module(f"services.{service}.tables").metadata
    return frozenset(
        table.name for table in metadata.sorted_tables if any("caisse" in column.name for column in table.columns)
    )


def queries(source: str, file: str, scoped: frozenset[str]) -> Iterator[Query]:
    """The queries on scoped tables in one file. A statement kept in a constant counts where a function names it."""
    tree = ast.parse(source)
    aliases = _aliases(tree, scoped)
    functions: list[tuple[str, ast.stmt]] = []
    constants: dict[str, ast.stmt] = {}
    for node in tree.body:
        if isinstance(node, _FUNCTION):
            functions.append((node.name, node))
        elif isinstance(node, ast.ClassDef):
            functions += [(f"{node.name}.{item.name}", item) for item in node.body if isinstance(item, _FUNCTION)]
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            constants[node.targets[0].id] = node
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            constants[node.target.id] = node
    kept: dict[str, set[str]] = {}
    for name, node in constants.items():
        kept[name] = _touched(node, aliases, scoped) | {
            table for other in _names(node) & kept.keys() for table in kept[other]
        }
    named: set[str] = set()
    for name, node in functions:
        used = _names(node) & kept.keys()
        named |= used
        touched = _touched(node, aliases, scoped) | {table for other in used for table in kept[other]}
        if touched:
            yield Query(file, name, tuple(sorted(touched)), _is_filtered(node))
    inner = {other for node in constants.values() for other in _names(node)}
    for name, touched in kept.items():
        if touched and name not in named | inner:
            yield Query(file, name, tuple(sorted(touched)), _is_filtered(constants[name]))


def _names(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load)}


def _aliases(tree: ast.Module, scoped: frozenset[str]) -> Mapping[str, str]:
    """The names of the file that stand for scoped tables: imported, renamed, or their columns (``c = cases.c``)."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").endswith(".tables"):
            found |= {item.asname or item.name: item.name for item in node.names if item.name in scoped}
    for node in tree.body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            value = node.value
            if isinstance(value, ast.Attribute) and value.attr == "c":
                value = value.value
            table = _table(value, found, scoped)
            if table:
                found[node.targets[0].id] = table
    return found


def _table(node: ast.expr, aliases: Mapping[str, str], scoped: frozenset[str]) -> str | None:
    if isinstance(node, ast.Name):
        return aliases.get(node.id)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "tables":
        return node.attr if node.attr in scoped else None
    return None


def _touched(statement: ast.stmt, aliases: Mapping[str, str], scoped: frozenset[str]) -> set[str]:
    inner = list(ast.walk(statement))
    found: set[str] = set()
    if any(isinstance(node, ast.Call) and _called(node) in QUERIES for node in inner):
        found |= {table for node in inner if isinstance(node, ast.expr) and (table := _table(node, aliases, scoped))}
    for node in inner:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found |= tables_in(node.value) & scoped
    return found


def tables_in(statement: str) -> set[str]:
    """The tables that the text of a statement reads, changes or deletes from."""
    if not re.search(r"\b(SELECT|UPDATE|DELETE)\b", statement):
        # A part of a statement, put into others.
        return set(re.findall(r"\b(?:FROM|JOIN)\s+([a-z_]+)", statement))
    return set(re.findall(r"\b(?:FROM|JOIN|UPDATE|USING)\s+([a-z_]+)", statement))


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _is_filtered(statement: ast.stmt) -> bool:
    called = {_called(node) for node in ast.walk(statement) if isinstance(node, ast.Call)}
    return any(name in FILTERS or name.endswith("_in_scope") for name in called)


def find(root: Path = ROOT) -> list[Query]:
    """All queries on scoped tables in the routes, pages and stores of the five services."""
    found: list[Query] = []
    for service in SERVICES:
        scoped = scoped_tables(service)
        for folder in FOLDERS:
            for path in sorted((root / "services" / service / folder).rglob("*.py")):
                found += queries(path.read_text("utf-8"), str(path.relative_to(root)), scoped)
    return sorted(found)


def complaints(found: list[Query], exceptions: Mapping[str, str]) -> list[str]:
    """What is wrong: an unfiltered query without a reason, a reason without words, or one that nothing needs."""
    open_ones = {query.key: query for query in found if not query.filtered}
    said = [
        f"{key}: queries {', '.join(query.tables)} without Principal.scope"
        for key, query in open_ones.items()
        if key not in exceptions
    ]
    said += [f"{key}: named in {EXCEPTIONS.name}, and needs it no more" for key in exceptions if key not in open_ones]
    return said + [f"{key}: no reason given" for key, reason in exceptions.items() if not reason.strip()]


def main() -> int:
    """Check the tree; returns the exit code."""
    exceptions = tomllib.loads(EXCEPTIONS.read_text("utf-8"))["exceptions"]
    said = complaints(find(), exceptions)
    print("\n".join(said), file=sys.stderr, end="\n" if said else "")
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
