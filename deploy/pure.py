"""The PURE rule: every file of a service takes facts and gives a result, except those whose work is input and output.

The exceptions are named once, in pyproject.toml (`impure` of the contract "pure"): the seven files every service has
in common, and the few domain files that read or write. A new file is PURE until somebody names it there.
"""

import tomllib
from pathlib import Path

from grimp import ImportGraph
from importlinter import ContractCheck, fields
from importlinter.contracts.forbidden import ForbiddenContract
from importlinter.domain.helpers import module_expressions_to_modules
from importlinter.domain.imports import ModuleExpression

ROOT = Path(__file__).parents[1]


class PureContract(ForbiddenContract):
    """A forbidden contract whose sources are all modules of the services but the impure ones."""

    impure = fields.SetField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Leave the impure modules out of the sources, then check as usual."""
        modules = module_expressions_to_modules(graph, self.source_modules)  # type: ignore[arg-type]
        pure = {module.name for module in modules if not is_impure(module.name, self.impure)}  # type: ignore[arg-type]
        self.source_modules = {ModuleExpression(name) for name in pure}  # type: ignore[assignment]
        return super().check(graph, verbose)


def is_impure(module: str, impure: set[str]) -> bool:
    """Whether `services.<name>.<...>` is, or lies in, a module that does input and output.

    `impure` holds names common to all services ("tables") and names of one service ("letters.render").
    """
    if module.count(".") < 2:
        return False  # the package of a service itself
    _, service, *parts = module.split(".")
    return any(part in impure or f"{service}.{part}" in impure for part in parts)


def pure_files() -> list[Path]:
    """The PURE files of the services, relative to the root, sorted."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (impure,) = (set(contract["impure"]) for contract in contracts if contract["id"] == "pure")
    files = (path.relative_to(ROOT) for path in ROOT.glob("services/*/**/*.py"))
    return sorted(path for path in files if not is_impure(".".join(path.with_suffix("").parts), impure))


if __name__ == "__main__":
    print(*pure_files())
