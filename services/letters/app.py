"""The service letters: what was told to the person, on what paper, received when?"""

from __future__ import annotations

from services.letters import handlers, tables
from services.letters.api import (
    card_orders,
    desk_letters,
    despatches,
    kinds,
    letters,
    paper,
    postings,
    previews,
    print_rooms,
    reminders,
    returns,
    title_photographs,
    titles,
)
from services.letters.api.examples import EXAMPLES
from services.letters.jobs import rendering, retention
from services.letters.jobs.held_acts import carry_out_held_acts
from services.letters.jobs.posting_acts import carry_out_postings
from services.letters.jobs.print_batches import batch_at_cut_offs
from services.letters.jobs.reminders import send_reminders
from services.letters.pages import batches as batch_pages
from services.letters.pages import card_orders as card_order_pages
from services.letters.pages import file as file_pages
from services.letters.pages import held_acts as held_act_pages
from services.letters.pages import letter as letter_page
from services.letters.pages import letter_draft as letter_draft_pages
from services.letters.pages import letters as letter_pages
from services.letters.pages import paper as paper_pages
from services.letters.pages import photograph as photograph_pages
from services.letters.pages import post as post_pages
from services.letters.pages import returns as return_pages
from services.letters.pages import seal_check
from services.letters.pages import titles as title_pages
from services.letters.rendering import service
from shared.contract import events
from shared.service.definition import Service

SERVICE = Service(
    name="letters",
    title="Courriers",
    routers=(
        kinds.router,
        letters.router,
        postings.router,
        desk_letters.router,
        despatches.router,
        returns.router,
        reminders.router,
        paper.router,
        print_rooms.router,
        titles.router,
        title_photographs.router,
        card_orders.router,
        previews.router,
        letter_pages.router,
        file_pages.router,
        letter_page.router,
        post_pages.router,
        batch_pages.router,
        return_pages.router,
        held_act_pages.router,
        letter_draft_pages.router,
        title_pages.router,
        photograph_pages.router,
        card_order_pages.router,
        paper_pages.router,
        seal_check.router,
    ),
    metadata=tables.metadata,
    subscriptions=handlers.subscriptions,
    emits=(events.LETTER, events.ACCESS),
    background=(
        rendering.render_letters,
        retention.run,
        send_reminders,
        batch_at_cut_offs,
        carry_out_postings,
        carry_out_held_acts,
    ),
    on_start=(service.start_rendering,),
    on_stop=(service.stop_rendering,),
    examples=EXAMPLES,
)
