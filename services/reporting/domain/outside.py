"""What leaves for the ministry, the public or another caisse: the statutory statement without small cells. PURE.

A cell is what one line counts in one place. Zero stays zero; from 1 to ``below`` - 1 a cell is masked; a larger one is
rounded to a multiple of ``base``. Everything else is made of these *published* cells: a total adds them, a masked one
taken for ``middle``, and says so. So the whole publication is a function of what is published, and whoever solves for
a masked cell finds every value from 1 to ``below`` - 1 (docs/decisions, record on outward figures).

Where two lines split the same persons, one of them would give back what the other masks: of such a family only the
first is published in a place in which any of its cells is masked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Cells = Mapping[str, int]
"""What the parts of one line count in one place."""


@dataclass(frozen=True)
class Secrecy:
    """The parameters: none of them has a text that we could read, so each is [M]."""

    below: int = 11
    base: int = 5
    reference: str = "Usage de la statistique publique en santé (seuil de 11) ; à confirmer par la tutelle"
    confidence: str = "M"

    @property
    def middle(self) -> int:
        """What a total takes a masked cell for: no more is known of it than that it lies around here."""
        return self.below // 2

    def published(self, count: int) -> int | None:
        """What leaves of a count; None: masked."""
        if count == 0:
            return 0
        if count < self.below:
            return None
        # half a base above below itself, so that no rounded cell looks smaller than a masked one
        return max(self.below, round(count / self.base) * self.base)


SECRECY = Secrecy()
FAMILIES: tuple[tuple[str, ...], ...] = (("q1_beneficiaries", "q6_age_and_sex"),)
"""Lines that split the same persons in two ways."""


@dataclass(frozen=True)
class Statement:
    """What leaves: (place, line, part) -> published cell; ``withheld``: lines that leave nothing in a place."""

    cells: Mapping[tuple[str, str, str], int | None]
    withheld: frozenset[tuple[str, str]]
    totals: Mapping[tuple[str, str], int | None] = field(default_factory=dict)
    """By line and part, over all places: made of published cells; None where the line was withheld somewhere."""
    about: frozenset[tuple[str, str]] = frozenset()
    """The totals that a masked cell made approximate."""


def statement(counts: Mapping[tuple[str, str], Cells], secrecy: Secrecy = SECRECY) -> Statement:
    """The statement of ``counts``: by place and line, the counts of its parts."""
    cells: dict[tuple[str, str, str], int | None] = {}
    withheld: set[tuple[str, str]] = set()
    for (place, line), parts in counts.items():
        if _hides_a_family(place, line, counts, secrecy):
            withheld.add((place, line))
            continue
        for part, count in parts.items():
            cells[place, line, part] = secrecy.published(count)
    return Statement(cells, frozenset(withheld), *_totals(cells, withheld, secrecy))


def _hides_a_family(place: str, line: str, counts: Mapping[tuple[str, str], Cells], secrecy: Secrecy) -> bool:
    family = next((family for family in FAMILIES if line in family[1:]), ())
    return any(
        secrecy.published(count) is None for member in family for count in counts.get((place, member), {}).values()
    )


def _totals(
    cells: Mapping[tuple[str, str, str], int | None], withheld: set[tuple[str, str]], secrecy: Secrecy
) -> tuple[dict[tuple[str, str], int | None], frozenset[tuple[str, str]]]:
    found: dict[tuple[str, str], int | None] = {}
    about = set()
    lost = {line for _, line in withheld}
    for (_, line, part), cell in cells.items():
        key = line, part
        found[key] = None if line in lost else (found.get(key) or 0) + (secrecy.middle if cell is None else cell)
        if cell is None:
            about.add(key)
    return found, frozenset(about)


def rows(
    table: Statement, places: Sequence[str], lines: Sequence[tuple[str, str, str]]
) -> list[list[str | int | None]]:
    """The statement as rows: (code, part, label) of each line, then a cell for each place, then the total."""
    made: list[list[str | int | None]] = []
    for code, part, label in lines:
        row: list[str | int | None] = [code, part, label]
        for place in places:
            if (place, code) in table.withheld:
                row.append("n.d.")
            else:
                cell = table.cells.get((place, code, part), 0)
                row.append("n.d." if cell is None else cell)
        total = table.totals.get((code, part), 0)
        row.append("n.d." if total is None else f"environ {total}" if (code, part) in table.about else total)
        made.append(row)
    return made
