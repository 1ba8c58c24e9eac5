"""A table as a download, and how its routes are published."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Response

from services.reporting.domain.spreadsheets import MIMES, FileKind, Sheet, spreadsheet

FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            MIMES["csv"].partition(";")[0]: {"schema": {"type": "string"}},
            MIMES["ods"]: {"schema": {"type": "string", "format": "binary"}},
        }
    }
}
Kind = Annotated[FileKind, Path(description="csv ou ods")]


def download(kind: FileKind, name: str, *sheets: Sheet) -> Response:
    """The file of these tables, under its name."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.{kind}"'}
    return Response(spreadsheet(kind, sheets), media_type=MIMES[kind], headers=headers)
