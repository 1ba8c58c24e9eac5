"""The service letters: what was told to the person, on what paper, received when?"""

from __future__ import annotations

from pathlib import Path

from services.letters import api, drawing, handlers, tables
from shared.contract import events
from shared.service.app import Service

SERVICE = Service(
    name="letters",
    title="Courriers",
    router=api.router,
    metadata=tables.metadata,
    subscriptions=handlers.subscriptions,
    emits=(events.LETTER, events.ACCESS),
    background=(drawing.draw_letters,),
    on_start=(drawing.open_workshop,),
    on_stop=(drawing.close_workshop,),
    pages=Path(__file__).parent / "pages",
)
