"""What the summary of the demonstration shows of the steering: frozen quarters, the sample, the simulated year."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.table import Table
from rich.text import Text

from deploy.demo.simulated_year import QUARTERS, STRICTER
from deploy.demo.steering import CAISSE, SECOND, Steered
from deploy.demo.summary import QUARTER_NAMES, bare_table
from services.reporting.domain.csv_export import format_value
from services.reporting.domain.rollout import STATES
from services.reporting.domain.wording import VERDICTS
from shared.french import french_date

PAGES = (
    ("trimestres arrêtés", f"/reporting/ui/quarters?period={SECOND}"),
    ("égalité de traitement (année simulée)", f"/reporting/ui/equal-treatment?period={QUARTERS[-1]}"),
    ("supervision", f"/decision/ui/supervision?period={SECOND}"),
    ("guide des indicateurs", "/reporting/ui/definitions"),
    ("déploiement", f"/reporting/ui/rollout?period={SECOND}"),
    ("journal des consultations", "/reporting/ui/audit"),
)


def tables(steered: Steered) -> list[Table]:
    """The tables of the steering, in the order of a quarter's life."""
    return [rollout(steered), frozen(steered), supervision(steered), equal_treatment(steered)]


def rollout(steered: Steered) -> Table:
    """Where each caisse is at the end of March 2008, and how far the arrangement is lived there."""
    names = ("état", "depuis", "décisions", "courriers", "constats", "signal.", "à temps")
    table = bare_table("Déploiement au 31 mars 2008, et adoption", "caisse", *names)
    table.caption = (
        "en % : décisions dites par un courrier du catalogue, fondées sur les constats des règles ; "
        "signalements jugés en cinq jours ; tableaux partis à temps, des quatre derniers dus"
    )
    for one in steered.rollout["caisses"]:
        shares = (one[name] for name in ("told_by_catalogue", "with_findings", "signals_in_time", "quarters_in_time"))
        cells = (STATES[one["state"]], french_date(one["since"]), str(one["decisions"]))
        table.add_row(one["caisse"], *cells, *(format_value(share) or "–" for share in shares))
    return table


def frozen(steered: Steered) -> Table:
    """Of each frozen quarter, how many caisses are in it and how its files left."""
    names = ("présentes", "acceptées", "à temps", "révisées", "envois", "courriels", "changés")
    table = bare_table("Trimestres arrêtés : caisses, envois et chiffres changés par révision", "trim.", *names)
    for period, view in steered.quarters.items():
        sent = view["transmissions"]
        hashes = {frozenset((row["ods_sha256"], row["csv_sha256"])) for row in sent}
        cells = (
            f"{view['present']}/{view['expected']}",
            str(sum(one["state"] == "accepted" for one in view["caisses"])),
            str(view["on_time"]),
            str(sum((one["revision"] or 0) > 1 for one in view["caisses"]) or "·"),
            str(len(sent)),
            str(sum(one in hashes for one in steered.hashes)),
            str(len(steered.changed["changes"]) if period == SECOND else "·"),
        )
        table.add_row(QUARTER_NAMES[period], *cells)
    return table


def supervision(steered: Steered) -> Table:
    """The random draw of one caisse, and what it says of all its decisions."""
    quality, estimate = steered.quality, steered.quality["estimate"] or {}
    share, low, high = (format_value(estimate.get(name)) for name in ("share", "low", "high"))
    names = ("décisions", "tirées", "vues", "2e regard", "kappa", "conformité", "sans faute")
    table = bare_table(f"Supervision, tirage au hasard, {QUARTER_NAMES[SECOND]}", "caisse", *names)
    table.caption = f"sans faute : part estimée de toutes les décisions, à 95 % entre {low} et {high} %"
    counts = [str(quality[name]) for name in ("listed", "drawn", "reviewed", "second_looks")]
    cells = (_number(quality["kappa"]), f"{format_value(quality['conformity'])} %", f"{share} %")
    table.add_row(CAISSE, *counts, *cells)
    return table


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:g}".replace(".", ",")


def equal_treatment(steered: Steered) -> Table:
    """The refusals of the stricter caisse of the simulated year, beside the limits."""
    names = ("décisions", "refus", "attendus", "rapport", "lecture")
    table = bare_table("Égalité de traitement, année simulée : la caisse la plus stricte", "trim.", *names)
    table.caption = (
        "un signal : hors des limites de 99,8 % deux trimestres de suite, du même côté ; regarder les dossiers"
    )
    for period in QUARTERS:
        point = _point(steered.funnels[period])
        words = "signal" if point["signal"] else VERDICTS[point["verdict"]]
        numbers = (str(point["decisions"]), str(point["observed"]), format_value(point["expected"]))
        table.add_row(period, *numbers, format_value(point["ratio"]), words)
    return table


def _point(view: Mapping[str, Any]) -> Mapping[str, Any]:
    [refused] = [one for one in view["funnels"] if one["measure"] == "refused"]
    found: Mapping[str, Any] = next(one for one in refused["points"] if one["caisse"] == STRICTER)
    return found


def addresses(host: str) -> Text:
    """The pages of steering: at ``host`` of the platform that still runs, or where they would be."""
    text = Text("Pages du pilotage\n", style="bold")
    for name, path in PAGES:
        text.append(f"  {name:<38}", style="dim")
        text.append(f"{host}{path}\n")
    return text
