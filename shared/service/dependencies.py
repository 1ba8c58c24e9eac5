"""What a route asks of its process."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Request

from shared.service.runtime import Runtime


async def current_runtime(request: Request) -> Runtime:
    """The runtime of the process that serves this request."""
    return cast(Runtime, request.app.state.runtime)


RuntimeDependency = Annotated[Runtime, Depends(current_runtime)]
