"""One request body for each operation that takes one, as the published interface shows it; the tests send them all."""

from __future__ import annotations

from typing import Any

EXAMPLES: dict[str, Any] = {
    "act_on": {"reason": "Un courrier revenu, enregistré après la clôture."},
    "step": {"done": True},
    "grant": {"until": "2008-06-30", "reason": "Reprise après une panne de la caisse."},
}
