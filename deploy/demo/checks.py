"""Does it all add up? The services' own figures compared with each other and with what was done at the desks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from deploy.demo.desk import People
from deploy.demo.player import Played
from deploy.demo.script import Script
from services.decision.commands.replay import ReplayReport
from services.letters.domain.seal_check import Verdict

LIVED = ("2008-T1", "2008-T2", "2008-T3", "2008-T4", "2026-T3", "2026-T4")
SHOWN = ("2008-T1", "2008-T2", "2026-T4")
CURRENT = "2026-T4"
ENOUGH_REPEATS = 30
INFLOW = ("received", "transferred_in")
OUTFLOW = ("granted", "refused", "lapsed", "withdrawn", "transferred_out")
LETTER_OF = {"acknowledgement": "received", "admission": "granted", "refusal": "refused"}
LABEL = re.compile(r'(\w+)="([^"]*)"')

Cells = dict[tuple[str, str], float | None]


@dataclass(frozen=True)
class Check:
    """One comparison: what it says, whether it holds, and both sides when it does not."""

    name: str
    holds: bool
    detail: str = ""


@dataclass(frozen=True)
class Figures:
    """All that was read from the services when everything was over. ``tables[period][caisse]``; caisse "" is the
    whole."""

    tables: Mapping[str, Mapping[str, Cells]]
    names: Mapping[str, str]
    gauges: Mapping[tuple[str, str, str], float]
    applications: Sequence[Mapping[str, Any]]
    cases: Sequence[Mapping[str, Any]]
    letters: Sequence[Mapping[str, Any]]
    titles: Sequence[Mapping[str, Any]]
    pairs: Sequence[Mapping[str, Any]]
    parked: Mapping[str, int]
    replayed: ReplayReport

    def total(self, caisse: str, code: str, part: str = "") -> int:
        """A count summed over every quarter that was lived."""
        return sum(int(self.tables[period][caisse].get((code, part)) or 0) for period in LIVED)

    def waiting(self, caisse: str) -> int:
        """Applications of a caisse that wait at the end of the current period."""
        return int(self.tables[CURRENT][caisse]["stock_end", ""] or 0)

    @property
    def places(self) -> list[str]:
        """The caisses, then the whole."""
        return [*sorted(self.names), ""]


async def gather(people: People, parked: Mapping[str, int], replayed: ReplayReport) -> Figures:
    """Read the figures over the public interfaces, as a national supervisor; ``replayed``: every decision again."""
    boss = people.supervisor
    tables: dict[str, dict[str, Cells]] = {}
    names: dict[str, str] = {}
    for period in LIVED:
        table = await boss.get("reporting", f"/tables/{period}")
        names |= {column["caisse"]: column["name"] for column in table["caisses"]}
        columns = {column["caisse"] or "": _cells(column) for column in [*table["caisses"], table["whole"]]}
        tables[period] = columns
    metrics = (await people.clients["reporting"].get("/metrics")).text
    return Figures(
        tables=tables,
        names=names,
        gauges=dict(_gauges(metrics)),
        applications=await boss.all("intake", "/applications"),
        cases=await boss.all("decision", "/cases"),
        letters=await boss.all("letters", "/letters", purpose="supervision"),
        titles=await boss.all("letters", "/titles", purpose="supervision"),
        pairs=await boss.all("dedup", "/pairs"),
        parked=parked,
        replayed=replayed,
    )


def _cells(column: Mapping[str, Any]) -> Cells:
    return {(figure["code"], figure["part"]): figure["value"] for figure in column["figures"]}


def _gauges(text: str) -> Iterator[tuple[tuple[str, str, str], float]]:
    """The gauges of the current quarter: (code, caisse, part) and value; the whole is caisse ""."""
    for line in text.splitlines():
        match = re.match(r"ame_activity_(\w+)\{(.*)\} (\S+)$", line)
        if match is None:
            continue
        labels = dict(LABEL.findall(match[2]))
        if labels.get("period") != CURRENT:
            continue
        caisse = "" if labels["caisse"] == "toutes" else labels["caisse"]
        part = labels.get("motive") or labels.get("kind") or labels.get("part") or ""
        yield (match[1], caisse, part), float(match[3])


def check_all(figures: Figures, script: Script, played: Played) -> list[Check]:
    """Every comparison, in the order a sceptical reader would ask."""
    return [
        *_balance(figures),
        *_counts(figures, played),
        *_letters(figures),
        *_titles(figures),
        _gauges_equal(figures),
        *_signals(figures, script, played),
        _rows(script, played),
        *_print_room(played),
        _replayed(figures),
        Check("aucun message en attente d'un opérateur", not any(figures.parked.values()), str(dict(figures.parked))),
    ]


def _print_room(played: Played) -> Iterator[Check]:
    """Sheets by fate add up, a batch taken twice is the same, and a seal read from the printed page is authentic."""
    room = played.print_room
    if room is None:
        yield Check("l'éditique a travaillé", False)
        return
    fates = room.fates
    told = fates["stock"] + fates["used"] + fates["spoiled"] + fates["unaccounted"]
    yield _equal("feuilles livrées = en stock + employées + gâchées + non retrouvées", fates["sheets"], told)
    yield Check(
        "une feuille gâchée l'est avec sa cause, la lettre a pris la suivante", fates["spoiled"] > 0 < fates["used"]
    )
    same = room.fetched[0] == room.fetched[1] and room.batch["state"] == "posted" and room.printed > 0
    yield Check("un lot pris deux fois est le même, octet pour octet", same, str(room.batch))
    sealed = room.seal is Verdict.IN_FORCE and room.person_on_paper
    yield Check("un sceau lu sur un PDF est authentique et dit ce qui est imprimé", sealed, str(room.seal))


def _balance(figures: Figures) -> Iterator[Check]:
    """received + transferred in = granted + refused + lapsed + waiting + withdrawn + transferred out."""
    wrong = []
    for place in figures.places:
        came = sum(figures.total(place, code) for code in INFLOW)
        went = sum(figures.total(place, code) for code in OUTFLOW) + figures.waiting(place)
        if came != went:
            wrong.append(f"{place or 'ensemble'}: {came} arrivées, {went} sorties et en attente")
    yield Check(
        "reçues + arrivées = admises + refusées + implicites + en attente + retirées + transmises",
        not wrong,
        "; ".join(wrong),
    )
    uneven = [
        f"{code} {sum(figures.total(place, code) for place in figures.names)} ≠ {figures.total('', code)}"
        for code in (*INFLOW, *OUTFLOW)
        if sum(figures.total(place, code) for place in figures.names) != figures.total("", code)
    ]
    yield Check("les caisses s'additionnent à l'ensemble", not uneven, "; ".join(uneven))


def _counts(figures: Figures, played: Played) -> Iterator[Check]:
    filed = len(played.ledger.by_reference)
    yield _equal(
        "demandes enregistrées = demandes du tableau", len(figures.applications), figures.total("", "received")
    )
    yield _equal("demandes déposées par les guichets = demandes enregistrées", filed, len(figures.applications))
    states = Counter(case["state"] for case in figures.cases)
    for state in ("granted", "refused", "lapsed", "withdrawn"):
        yield _equal(f"dossiers « {state} » = tableau", states[state], figures.total("", state))
    yield _equal("dossiers ouverts = en attente du tableau", states["open"] + states["awaiting"], figures.waiting(""))
    status = Counter(application["status"] for application in figures.applications)
    seen = {state: status[state] for state in ("granted", "refused", "lapsed", "withdrawn")}
    yield Check(
        "l'état montré au guichet est celui du dossier",
        seen == {state: states[state] for state in seen},
        f"{seen} / {dict(states)}",
    )


def _letters(figures: Figures) -> Iterator[Check]:
    kinds = Counter(letter["kind"] for letter in figures.letters)
    for kind, code in LETTER_OF.items():
        yield _equal(f"courriers « {kind} » = décisions", kinds[kind], figures.total("", code))
    for kind, count in sorted(kinds.items()):
        yield _equal(f"courriers « {kind} » = tableau", count, figures.total("", "letters_issued", kind))
    once = [letter for letter in figures.letters if letter["kind"] in LETTER_OF or letter["request_no"] is not None]
    per_cause = Counter((letter["application_id"], letter["kind"], letter["request_no"]) for letter in once)
    yield Check("jamais deux courriers pour une même cause", max(per_cause.values(), default=0) <= 1)
    states = Counter(letter["notification"] for letter in figures.letters)
    yield Check("au moins vingt natures de courrier", len(kinds) >= 20, str(sorted(kinds)))
    yield Check("un courrier revenu, une notification présumée", states["not_notified"] > 0 < states["presumed"])
    yield Check("un rendez-vous annoncé par courrier", kinds["appointment"] > 0)
    ways = Counter(letter["way"] for letter in figures.letters if letter["way"] is not None)
    left = sum(1 for letter in figures.letters if letter["state"] == "posted")
    yield _equal("courriers partis, voie par voie", ways.total(), left)
    receipts = Counter(letter["way"] for letter in figures.letters if letter["kind"] == "transmitter_receipt")
    yield Check("un reçu à qui a transmis, par voie électronique", receipts["electronic"] > 0, str(dict(receipts)))
    drawn = sum(1 for letter in figures.letters if letter["pdf_sha256"])
    yield _equal("tous les courriers ont leur PDF", drawn, len(figures.letters))


def _titles(figures: Figures) -> Iterator[Check]:
    found = Counter((title["form"], title["state"]) for title in figures.titles)
    detail = str({f"{form} {state}": count for (form, state), count in sorted(found.items())})
    given = found["photo_attestation", "handed_over"] > 0 < found["plastic_card", "handed_over"]
    yield Check("une attestation avec photographie de 2008 et une carte de 2026 remises", given, detail)
    live = Counter(
        (title["application_id"], title["member_rank"]) for title in figures.titles if title["state"] != "voided"
    )
    yield Check("jamais deux titres valables pour une personne", max(live.values(), default=0) == 1, detail)
    receipts = sum(1 for letter in figures.letters if letter["kind"] == "title_receipt")
    handed = sum(1 for title in figures.titles if title["state"] == "handed_over" or title["void_reason"] == "loss")
    yield _equal("reçus de remise = titres remis, dont un perdu depuis", receipts, handed)


def _gauges_equal(figures: Figures) -> Check:
    wrong = []
    for place in figures.places:
        for (code, part), value in figures.tables[CURRENT][place].items():
            gauge = figures.gauges.get((code, place, part))
            if value != gauge:
                wrong.append(f"{code} {place or 'ensemble'} {part}: {value} / {gauge}")
    extra = len(figures.gauges) - sum(
        value is not None for p in figures.places for value in figures.tables[CURRENT][p].values()
    )
    return Check(
        "jauges Prometheus = tableau, à l'unité", not wrong and not extra, "; ".join(wrong[:5]) or f"{extra} en trop"
    )


def _signals(figures: Figures, script: Script, played: Played) -> Iterator[Check]:
    signalled = pairs_of(figures, played)
    simultaneous = [{a, b} for a, b in script.of_kind("simultaneous")][::2]
    seen = sum(1 for pair in simultaneous if frozenset(pair) in signalled)
    yield Check(f"dépôts simultanés signalés : {seen} sur {len(simultaneous)}", seen == len(simultaneous))
    repeats = script.of_kind("repeat")
    found = sum(1 for a, b in repeats if frozenset((a, b)) in signalled)
    yield Check(f"demandes répétées signalées : {found} sur {len(repeats)}", found >= ENOUGH_REPEATS)
    apart = {frozenset((a, b)) for a, b in script.of_kind("twin", "sibling", "namesake")}
    joined = [
        sorted(key) for key, pairs in signalled.items() if key in apart and any(p["state"] == "same" for p in pairs)
    ]
    yield Check("aucun jumeau, frère ou homonyme confondu", not joined, str(joined))
    same, forgotten = set(), set()
    for references, pairs in signalled.items():
        same |= {pair["pair_id"] for pair in pairs if pair["state"] == "same"}
        if all(reference.startswith("2008-") for reference in references):  # in 2026 the base has forgotten them
            forgotten |= {pair["pair_id"] for pair in pairs if pair["state"] == "dissolved"}
    judged = played.ledger.judged["same"]
    name = (
        f"toute identité de personne vient du jugement d'un agent : {len(judged)}, dont {len(judged & forgotten)} "
        f"oubliées"
    )
    yield Check(name, same == judged - forgotten, f"{len(same)} ≠ {len(judged - forgotten)}")


def pairs_of(figures: Figures, played: Played) -> dict[frozenset[str], list[Mapping[str, Any]]]:
    """The pairs raised, by the references of their two applications."""
    found: dict[frozenset[str], list[Mapping[str, Any]]] = {}
    for pair in figures.pairs:
        references = frozenset(played.ledger.by_id[side["application_id"]].reference for side in pair["sides"])
        found.setdefault(references, []).append(pair)
    return found


def _rows(script: Script, played: Played) -> Check:
    mistakes = {reference for reference, truth in script.truth.items() if truth.kind == "mistake"}
    refused = {row.reference for row in played.rejected_rows}
    return Check(
        f"lignes fautives refusées, et elles seules : {len(refused)}", refused == mistakes, str(refused ^ mistakes)
    )


def _replayed(figures: Figures) -> Check:
    """The same facts under the rules of each day give every decision's evaluation again, finding by finding."""
    found = figures.replayed
    lost, wrong = found.not_replayable.total(), [one["application_id"] for one in found.differences]
    name = f"décisions rejouées à l'identique : {found.decisions - lost}"
    return Check(name, not wrong and found.decisions > lost, f"{len(wrong)} différences : {wrong[:3]}")


def _equal(name: str, left: int, right: int) -> Check:
    return Check(f"{name} : {right}", left == right, f"{left} ≠ {right}")
