"""The client that front ends install, for the demonstration and the load: taken from its folder, not installed."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "clients" / "python"))

from base_commune_client import AsyncClient, Patience, ProblemError

__all__ = ["AsyncClient", "Patience", "ProblemError"]
