"""A replica that ended lets its index go: a process that makes many of them stays small."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable

from services.dedup.app import SERVICE
from services.dedup.search import common_base
from shared.service.app import create_app
from shared.settings import Settings


async def test_the_index_is_released_with_its_replica(settings_for: Callable[..., Settings]) -> None:
    app = create_app(SERVICE, settings_for(role="api"))
    async with app.router.lifespan_context(app):
        index = weakref.ref(common_base.of(app.state.runtime).index)
        assert index() is not None
    gc.collect()
    assert index() is None
