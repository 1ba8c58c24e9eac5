"""What one query sees: replaced whole, never changed."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from services.dedup.domain.matching.kernels.array_plan import flatten
from services.dedup.domain.matching.kernels.blocking_keys import KEY_TOKENS, MAX_KEYS
from services.dedup.domain.matching.kernels.names import TOKEN_COLUMNS
from services.dedup.domain.matching.model import Model
from services.dedup.domain.matching.record import MAX_TOKENS
from services.dedup.index.kernels import arrays as state
from services.dedup.index.results import CANDIDATES, GATHERED, LONGEST_LIST
from services.dedup.index.segments import Delta, Rows, Segment

_CAPS: Final = np.array([LONGEST_LIST, GATHERED, CANDIDATES], np.int64)


class View:
    """What one query sees: replaced whole, never changed, so that readers need no lock."""

    def __init__(
        self, rows: Rows, alive: Any, seqs: Any, main: Segment, middle: Segment, delta: Delta, base: Any, model: Model
    ) -> None:
        self.rows, self.alive, self.seqs = rows, alive, seqs
        self.main, self.middle, self.delta, self.base, self.model = main, middle, delta, base, model
        self._tuple = (
            rows,
            alive,
            seqs,
            main.kernel(),
            middle.kernel(),
            delta.kernel(),
            base,
            model.kernel(),
            _CAPS,
        )
        self.plan = flatten(self._tuple, state.VIEW)
        """Addresses of all these, as kernels take them (``kernel_call``)."""
        self._insertion = (
            np.zeros((MAX_TOKENS, TOKEN_COLUMNS), np.int64),
            np.zeros(KEY_TOKENS, np.int64),
            np.zeros(MAX_KEYS, np.uint64),
        )
        self.insertion_plan = flatten((rows, model.classes, base, delta.kernel(), self._insertion), state.INSERTION)

    def replaced(self, **parts: Any) -> View:
        """The same view but for these parts."""
        kept = {
            name: getattr(self, name) for name in ("rows", "alive", "seqs", "main", "middle", "delta", "base", "model")
        }
        return View(**(kept | parts))
