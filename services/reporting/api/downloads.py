"""A table as a download, and how its routes are published. A long list leaves in files that follow each other."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from fastapi import Depends, Path, Query, Request, Response

from services.reporting.domain.spreadsheets import MIMES, FileKind, Sheet, spreadsheet
from shared.http.paging import Paging

FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            MIMES["csv"].partition(";")[0]: {"schema": {"type": "string"}},
            MIMES["ods"]: {"schema": {"type": "string", "format": "binary"}},
        }
    }
}
Kind = Annotated[FileKind, Path(description="csv ou ods")]
LARGEST = 10_000
"""Rows of one file of a list."""


async def file_part(
    cursor: Annotated[
        str | None, Query(max_length=500, description="Celui que le fichier précédent donne au bas de ses lignes")
    ] = None,
) -> Paging:
    """Which of the files of a long list is asked for."""
    return Paging(cursor=cursor, limit=LARGEST)


FilePart = Annotated[Paging, Depends(file_part)]


def download(kind: FileKind, name: str, *sheets: Sheet) -> Response:
    """The file of these tables, under its name."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.{kind}"'}
    return Response(spreadsheet(kind, sheets), media_type=MIMES[kind], headers=headers)


def download_part(request: Request, kind: FileKind, name: str, sheet: Sheet, following: str | None) -> Response:
    """One file of a long list. Where more rows follow, it says so below its last one, with the cursor of the next file;
    programs find the address in the header ``Link``."""
    part = "-suite" if "cursor" in request.query_params else ""
    if following is None:
        return download(kind, f"{name}{part}", sheet)
    note = f"Ce fichier s'arrête à {len(sheet.rows)} lignes et d'autres suivent : la même adresse, avec cursor="
    answer = download(kind, f"{name}{part}", replace(sheet, note=f"{note}{following}"))
    answer.headers["Link"] = f'<?{request.url.include_query_params(cursor=following).query}>; rel="next"'
    return answer
