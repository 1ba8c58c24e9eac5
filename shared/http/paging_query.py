"""The paging parameters of a list route, read from its query."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query

from shared.http.paging import Paging


async def paging(
    cursor: Annotated[str | None, Query(max_length=500)] = None, limit: Annotated[int, Query(ge=1, le=500)] = 50
) -> Paging:
    """The cursor and size of a page from the query."""
    return Paging(cursor=cursor, limit=limit)


PagingQuery = Annotated[Paging, Depends(paging)]
