"""The service letters: what was told to the person, on what paper, received when?"""

from __future__ import annotations

from pathlib import Path

from services.letters import handlers, tables
from services.letters.api import letters
from services.letters.jobs import rendering
from shared.contract import events
from shared.service.definition import Service

SERVICE = Service(
    name="letters",
    title="Courriers",
    router=letters.router,
    metadata=tables.metadata,
    subscriptions=handlers.subscriptions,
    emits=(events.LETTER, events.ACCESS),
    background=(rendering.draw_letters,),
    on_start=(rendering.open_workshop,),
    on_stop=(rendering.close_workshop,),
    pages=Path(__file__).parent / "pages",
)
