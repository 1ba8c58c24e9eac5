"""The sandbox: an invented caisse of its own in the same platform, where integrators try everything.

Everything works there as it does elsewhere. Two rules keep it apart: who works for all caisses does not see it
(``Principal.scope``), and what counts or compares over caisses leaves it out by the functions below. Nothing moves
between it and a caisse.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, Protocol, TypeVar

SANDBOX: Final = "000"
"""The code of the invented caisse."""
OUTSIDE_SANDBOX: Final = f"<> '{SANDBOX}'"
"""What a statement over all caisses says of each column of a caisse: ``caisse <> '000'``."""


class OfCaisse(Protocol):
    """An event of an application, or a record, that says whose it is."""

    @property
    def caisse(self) -> Any:
        """The code of the caisse."""


Told = TypeVar("Told", bound=OfCaisse)


def in_sandbox(caisse: str | None) -> bool:
    """Whether this caisse is the invented one."""
    return caisse == SANDBOX


def apart(*caisses: str | None) -> bool:
    """Whether one of these is the sandbox and another is not: such things never meet."""
    return len({in_sandbox(caisse) for caisse in caisses}) > 1


def outside(told: Iterable[Told]) -> list[Told]:
    """Those that are of a real caisse."""
    return [one for one in told if not in_sandbox(one.caisse)]


def split(told: Sequence[Told]) -> tuple[list[Told], list[Told]]:
    """Those of real caisses, and those of the sandbox."""
    return outside(told), [one for one in told if in_sandbox(one.caisse)]
