"""What a paper is usually handed in for: one answer at every door."""

import pytest

from shared.contract.facts import PaperKind, PaperUse
from shared.contract.paper_uses import usual_use


@pytest.mark.parametrize(
    ("kind", "use"),
    [
        (PaperKind.PASSPORT, PaperUse.IDENTITY),
        (PaperKind.LEASE, PaperUse.RESIDENCE),
        (PaperKind.MEANS_STATEMENT, PaperUse.MEANS),
        (PaperKind.HOST_STATEMENT, PaperUse.OTHER),  # proves no residence by itself
        (PaperKind.SWORN_STATEMENT, PaperUse.OTHER),
    ],
)
def test_a_paper_has_a_usual_use(kind: PaperKind, use: PaperUse) -> None:
    assert usual_use(kind) == use
