"""The PURE files (facts in, result out) as the import contract in pyproject.toml names them: one list, two readers."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def pure_files() -> list[Path]:
    """The PURE files that exist, relative to the root, sorted."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (modules,) = (contract["source_modules"] for contract in contracts if contract["id"] == "pure")
    patterns = [module.replace(".", "/") + ".py" for module in modules]
    return sorted({path.relative_to(ROOT) for pattern in patterns for path in ROOT.glob(pattern)})


if __name__ == "__main__":
    print(*pure_files())
