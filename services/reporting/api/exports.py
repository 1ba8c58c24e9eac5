"""The table as a file for spreadsheets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Query, Response

from services.reporting.api.dependencies import PeriodOfPath, Reader, caisse_in_scope
from services.reporting.domain.activity import Activity
from services.reporting.domain.csv_export import csv_text
from services.reporting.domain.statistical_secrecy import SMALL_CELLS
from services.reporting.store.activity import names, read_activity
from shared.service.dependencies import RuntimeDependency

router = APIRouter(tags=["pilotage"])


@router.get(
    "/exports/{period}.csv",
    summary="Le tableau pour un tableur",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def export(
    runtime: RuntimeDependency,
    principal: Reader,
    period: PeriodOfPath,
    outside: Annotated[
        bool,
        Query(
            description=f"Masque les effectifs de 1 à {SMALL_CELLS.below - 1} (« n.d. »). Ce n'est pas un secret "
            "statistique : un total permet de retrouver une case masquée. À ne pas transmettre hors des caisses."
        ),
    ] = False,
) -> Response:
    """UTF-8 with a byte order mark, semicolons, decimal commas; a missing value is an empty cell."""
    found = await read_activity(runtime, period, caisse_in_scope(runtime, principal, None))
    return csv_response(found, names(runtime), principal.caisse, outside=outside)


def csv_response(table: Activity, names: Mapping[str, str], caisse: str | None, *, outside: bool = False) -> Response:
    """The file as a download named after its period and scope."""
    name = f"activite-{table.period.id}-{caisse or 'ensemble'}.csv"
    return Response(
        csv_text(table, names, outside=outside).encode(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
