"""The last page of the demonstration: what the base did, as one likes to read it, and where to look further."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import shorten
from typing import Any

from rich import box
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from deploy.demo.checks import SHOWN, Check, Figures, pairs_of
from deploy.demo.player import Played
from deploy.demo.script import Script
from services.reporting.domain.indicators import LETTER_KINDS

FLOWS = (
    ("received", "reçues"),
    ("transferred_in", "arr."),
    ("granted", "admises"),
    ("granted_automatically", "auto."),
    ("refused", "refus"),
    ("lapsed", "impl."),
    ("withdrawn", "retir."),
    ("transferred_out", "transm."),
)
LEGEND = (
    "arr. : venues d'une autre caisse · auto. : admissions automatiques, comprises dans les admises · "
    "impl. : refus nés du silence · transm. : à la caisse compétente"
)
QUARTER = (
    ("received", "reçues"),
    ("granted", "admises"),
    ("refused", "refus"),
    ("lapsed", "impl."),
    ("stock_end", "stock"),
    ("persons_granted", "pers."),
    ("mean_instruction_days", "délai"),
    ("signals_raised", "signal."),
    ("signals_confirmed", "conf."),
    ("signals_rejected", "écart."),
)
QUARTER_NAMES = {"2008-T1": "1er 2008", "2008-T2": "2e 2008", "2026-T4": "4e 2026"}
KIND_NAMES = {
    "repeat": "demandes répétées ailleurs",
    "simultaneous": "dépôts simultanés",
    "declared": "deuxième demande déclarée",
    "twin": "jumeaux",
    "sibling": "frères et sœurs",
    "namesake": "homonymes",
}
FATES = {
    "sheets": "livrées",
    "stock": "en stock",
    "used": "employées",
    "spoiled": "gâchées",
    "unaccounted": "non retrouvées",
}
ROWS_SHOWN = 13
WORDS_SHOWN = 90


def bare_table(title: str, *columns: str) -> Table:
    """A table with nothing but a rule under its heading."""
    table = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        header_style="dim",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        show_edge=False,
        padding=(0, 0),
        collapse_padding=True,
        caption_justify="left",
        caption_style="dim",
    )
    for at, column in enumerate(columns):
        table.add_column(column, justify="left" if at == 0 else "right", no_wrap=True, min_width=0 if at == 0 else 6)
    return table


def town(name: str) -> str:
    """The town a caisse is known by: in brackets where the name has them, else the last word."""
    return name.rpartition("(")[2].rstrip(")") if "(" in name else name.split()[-1]


def show(
    console: Console,
    figures: Figures,
    script: Script,
    played: Played,
    checks: Sequence[Check],
    further: Sequence[Table],
) -> None:
    """Print the summary. ``further``: the tables of what was steered, and of the base linked again."""
    console.print()
    tables = (
        caisses(figures),
        quarters(figures),
        signals(figures, script, played),
        letters(figures),
        notifications(figures),
        print_room(played),
        titles(figures),
        *further,
        rejected_rows(played),
    )
    for table in tables:
        console.print(table)
        console.print()
    console.print(verdict(checks))


def caisses(figures: Figures) -> Table:
    """What became of the applications of each caisse, over all that was lived."""
    table = bare_table("Demandes par caisse", "caisse", *(name for _, name in FLOWS), "stock")
    table.caption = LEGEND
    for place in figures.places:
        label = f"{place} {town(figures.names[place])}" if place else "Ensemble"
        counts = [str(figures.total(place, code) or "·") for code, _ in FLOWS]
        waiting = str(figures.waiting(place) or "·")
        table.add_row(
            label, *counts, waiting, style="bold" if not place else "", end_section=place == figures.places[-2]
        )
    return table


def quarters(figures: Figures) -> Table:
    """The quarterly activity table of the whole, as it leaves for the ministry."""
    table = bare_table("Tableaux trimestriels, toutes caisses", "trim.", *(name for _, name in QUARTER))
    for period in SHOWN:
        cells = figures.tables[period][""]
        values = [cells.get((code, "")) for code, _ in QUARTER]
        table.add_row(
            QUARTER_NAMES[period], *("–" if value is None else f"{value:g}".replace(".", ",") for value in values)
        )
    return table


def signals(figures: Figures, script: Script, played: Played) -> Table:
    """Which resemblances were signalled, by what they really are, and what the agents said of them."""
    found = pairs_of(figures, played)
    table = bare_table(
        "Signalements de doublon", "qui est vraiment qui", "couples", "signalés", "confirmés", "écartés", "oubliés"
    )
    table.caption = "oubliés : dossiers de 2008, que la base ne garde plus en 2026"
    named: set[frozenset[str]] = set()
    for kind, label in KIND_NAMES.items():
        couples = {frozenset(couple) for couple in script.of_kind(kind)}
        named |= couples
        table.add_row(label, *_signal_cells(couples, found))
    others = found.keys() - named
    if others:
        table.add_row("autres ressemblances", *_signal_cells(set(others), found))
    return table


def _signal_cells(
    couples: set[frozenset[str]], found: Mapping[frozenset[str], Sequence[Mapping[str, object]]]
) -> list[str]:
    states = [{pair["state"] for pair in found[couple]} for couple in couples if couple in found]
    same = sum("same" in state for state in states)
    different = sum("different" in state and "same" not in state for state in states)
    forgotten = sum(state == {"dissolved"} for state in states)
    return [str(len(couples)), str(len(states)), *(str(count or "·") for count in (same, different, forgotten))]


WAYS = {
    "ordinary": "lettre simple",
    "registered": "recommandé",
    "tracked": "lettre suivie",
    "handed_over": "remise à l'accueil",
    "electronic": "voie électronique",
    None: "pas encore partie",
}
COLUMNS = {
    "ordinary": "simple",
    "registered": "recomm.",
    "tracked": "suivie",
    "handed_over": "remise",
    "electronic": "électr.",
    "issued": "à poster",
    "cancelled": "annulée",
}
"""Of the one table of all letters: the ways of those that left, then the states of those that did not."""

PROOFS = {
    "proved": "prouvée",
    "presumed": "présumée",
    "unprovable": "sans preuve",
    "pending": "en cours",
    "not_notified": "revenue",
    "none": "—",
}


def letters(figures: Figures) -> Table:
    """Letters by kind, way and state; the last line adds them up."""
    table = bare_table("Courriers, par nature, voie et état", "nature", *COLUMNS.values(), "ensemble", "pages PDF")
    table.caption = "une lettre annulée n'est partie par aucune voie"
    for kind, label in LETTER_KINDS.items():
        found = [letter for letter in figures.letters if letter["kind"] == kind]
        if found:
            table.add_row(label, *_letter_cells(found))
    table.add_row("Ensemble", *_letter_cells(figures.letters), style="bold")
    return table


def column_of(letter: Mapping[str, Any]) -> str:
    """The column of a letter: the way by which it left, else its state."""
    return str(letter["way"]) if letter["state"] == "posted" else str(letter["state"])


def _letter_cells(found: Sequence[Mapping[str, Any]]) -> list[str]:
    counts = Counter(map(column_of, found))
    pages = sum(letter["pages"] or 0 for letter in found)
    return [str(cell or "·") for cell in (*(counts[column] for column in COLUMNS), len(found), pages)]


def notifications(figures: Figures) -> Table:
    """Letters by way and by what is known of their notification; the last line adds them up."""
    found = Counter((letter["way"], letter["notification"]) for letter in figures.letters)
    table = bare_table("Envois et notifications", "voie", *PROOFS.values(), "ensemble")
    for way, label in WAYS.items():
        cells = [found[way, proof] for proof in PROOFS]
        table.add_row(label, *(str(cell or "·") for cell in cells), str(sum(cells) or "·"))
    totals = [sum(found[way, proof] for way in WAYS) for proof in PROOFS]
    table.add_row("Ensemble", *map(str, totals), str(len(figures.letters)), style="bold")
    return table


def print_room(played: Played) -> Table:
    """The secured paper of one caisse: every sheet in one fate; and what its print room batched."""
    table = bare_table("Papier sécurisé, par sort", "caisse", *FATES.values(), "lot imprimé")
    if (room := played.print_room) is not None:
        cells = [str(room.fates[name] or "·") for name in FATES]
        table.add_row(room.caisse, *cells, f"{room.printed} lettres")
    return table


FORMS = {
    "paper_attestation": "attestation sur papier",
    "photo_attestation": "attestation avec photographie",
    "photo_card": "carte avec photographie",
    "plastic_card": "carte plastique",
}
TITLE_STATES = {
    "ordered": "commandés",
    "produced": "fabriqués",
    "received": "à l'accueil",
    "handed_over": "remis",
    "posted": "postés",
    "returned": "revenus",
    "voided": "annulés",
}


def titles(figures: Figures) -> Table:
    """Titles by form and state; the last line adds them up."""
    found = Counter((title["form"], title["state"]) for title in figures.titles)
    table = bare_table("Titres d'admission", "forme", *TITLE_STATES.values(), "ensemble")
    for form, label in FORMS.items():
        cells = [found[form, state] for state in TITLE_STATES]
        if any(cells):
            table.add_row(label, *(str(cell or "·") for cell in cells), str(sum(cells)))
    totals = [sum(found[form, state] for form in FORMS) for state in TITLE_STATES]
    table.add_row("Ensemble", *map(str, totals), str(len(figures.titles)), style="bold")
    return table


def rejected_rows(played: Played) -> Table:
    """The rows that intake refused, with their reason."""
    table = bare_table("Lignes refusées à l'import, les autres ont suivi leur cours", "référence", "colonne", "motif")
    table.columns[1].justify = table.columns[2].justify = "left"
    table.columns[2].no_wrap = False
    for row in sorted(played.rejected_rows, key=lambda row: row.reference)[:ROWS_SHOWN]:
        table.add_row(row.reference, row.column, shorten(row.message, WORDS_SHOWN, placeholder="…"))
    return table


def verdict(checks: Sequence[Check]) -> Panel:
    """Every check, the failed ones with their figures."""
    text = Text()
    for check in checks:
        mark, style = ("✓", "green") if check.holds else ("✗", "bold red")
        text.append(f"{mark} ", style=style)
        text.append(check.name, style="" if check.holds else "bold red")
        if not check.holds and check.detail:
            text.append(f"\n    {check.detail}", style="red")
        text.append("\n")
    failed = sum(not check.holds for check in checks)
    title = f"{failed} contrôle(s) en échec" if failed else f"{len(checks)} contrôles, tous justes"
    text.rstrip()
    return Panel(text, title=title, border_style="red" if failed else "green", title_align="left")


def where(folder: Path, archive: Path, address: str) -> Text:
    """Where to find what was made; ``address``: of the platform that still runs and can be visited, or empty."""
    text = Text("\nOù regarder\n", style="bold")
    lines = [
        ("tableaux trimestriels (CSV)", str(folder / "tableaux")),
        ("un PDF de chaque courrier", str(folder / "courriers")),
        ("tous les courriers (par empreinte)", str(archive)),
        ("trimestres transmis (ODS, CSV)", str(archive.parent / "transmissions")),
        ("journaux des services", str(folder / "log")),
    ]
    if not address:
        lines.append(("pages et API", "make demo KEEP=1"))
    for name, place in lines:
        text.append(f"  {name:<38}", style="dim")
        text.append(f"{place}\n")
    if address:
        text.append("\n  Tout se visite ici, un clic par rôle : ", style="bold")
        text.append(f"{address}/\n", style="bold cyan")
    return text
