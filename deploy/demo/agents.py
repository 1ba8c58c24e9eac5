"""The scripted agents: what a competent person at each caisse does with what waits on the screen.

They read ``who_is_who.csv`` only where a person would look at papers and faces: to judge whether two files are of one
person, and to settle what the law leaves to a person's appreciation. Everything else they read on their screens.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from deploy.demo.desk import Desk, People, Unexpected
from deploy.demo.script import Script

MISSING = {
    "identity": "identity_not_proved",
    "birth_date": "identity_not_proved",
    "residence": "residence_not_proved",
    "host_statement": "residence_not_proved",
    "means": "means_not_stated",
    "third_person_statement": "third_person_statement_missing",
    "stamp_duty": "stamp_duty_unpaid",
}
"""The motive that blames a paper asked for in vain."""

HUMAN_REFUSALS = {"maintained": "rights_maintained", "over_ceiling": "resources_above_ceiling"}
"""Where the law is unsure the agents grant, except in these scenarios."""

DIFFERENT = {"twin": "twins", "sibling": "siblings", "namesake": "namesakes"}
AT_ONCE = 6
"""How many agents decide at the same moment, at all caisses together."""

LONG_NAMES = {
    "grant": "Conditions remplies au vu des pièces.",
    "rights_open_elsewhere": "Droit déjà ouvert dans une autre caisse pour la même personne.",
    "refuse": "Condition légale non remplie, pièces examinées.",
    "missing": "Pièces demandées et non reçues dans le délai.",
    "appreciation": "Situation appréciée au vu de l'entretien et des pièces.",
}


@dataclass
class Filed:
    """One application as the scripted people know it: its reference, its id and where it is now."""

    reference: str
    application_id: str
    caisse: str
    received: dt.date


@dataclass
class Ledger:
    """What the scripted people remember from day to day."""

    by_reference: dict[str, Filed] = field(default_factory=dict)
    by_id: dict[str, Filed] = field(default_factory=dict)
    asked_on: dict[str, dt.date] = field(default_factory=dict)
    same: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    judged: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    decided: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def file(self, filed: Filed) -> None:
        """Record an application under its reference and its id."""
        self.by_reference[filed.reference] = filed
        self.by_id[filed.application_id] = filed


@dataclass(frozen=True)
class Verdict:
    """A decision to post: outcome, the agent's words and motives by member."""

    outcome: str
    reason: str
    motives: tuple[tuple[str, int], ...] = ()


def verdict_on(case: dict[str, Any], scenario: str, right_elsewhere: bool, papers_coming: bool) -> Verdict | None:
    """What a technician decides on one case as shown, or None to wait.

    ``right_elsewhere``: the same person has a right at another caisse; ``papers_coming``: the applicant said so.
    """
    assessment = case["assessment"] or {}
    members = assessment.get("members", [])
    if right_elsewhere:
        ranks = [member["rank"] for member in members if member["proposal"] != "excluded"]
        return Verdict(
            "refuse", LONG_NAMES["rights_open_elsewhere"], tuple(("rights_open_elsewhere", rank) for rank in ranks)
        )
    match case["proposal"]:
        case "grant":
            return Verdict("grant", LONG_NAMES["grant"])
        case "refuse":
            motives = {(m["code"], int(m["facts"]["member_rank"])) for member in members for m in member["motives"]}
            return Verdict("refuse", LONG_NAMES["refuse"], tuple(sorted(motives)))
        case "request_papers":
            if papers_coming:
                return None
            motives = {(MISSING[item["code"]], item["member_rank"]) for item in case["missing"]}
            return Verdict("refuse", LONG_NAMES["missing"], tuple(sorted(motives)))
        case _ if scenario in HUMAN_REFUSALS:
            return Verdict("refuse", LONG_NAMES["appreciation"], ((HUMAN_REFUSALS[scenario], 0),))
        case _:
            return Verdict("grant", LONG_NAMES["appreciation"])


def right_on_paper(case: dict[str, Any]) -> dict[str, Any] | None:
    """What an agent reads on the card of a renewal whose right the base does not know: its last day, once."""
    facts = case["facts"] or {}
    if facts.get("kind") != "renewal" or facts["known_rights"]:
        return None
    if any(one["point"] == "right_ends_on" for one in facts["observed"]):
        return None
    cards = [paper for paper in facts["papers"] if paper["kind"] == "right_attestation" and paper["legible"]]
    ends = [right["ends_on"] for right in facts["earlier_rights"] if right["granted"] and right["ends_on"]]
    if not cards or not ends:
        return None
    card = cards[0]["paper_id"]
    return {"point": "right_ends_on", "value": max(ends), "paper_id": card, "proof": card}


def care_on_bills(case: dict[str, Any]) -> list[dict[str, Any]]:
    """What an agent records of care before the deposit, whose bill the person shows at the desk."""
    findings = (case["assessment"] or {}).get("findings", [])
    waiting = [one for one in findings if one["rule"] == "proof.earlier_care" and one["verdict"] == "human"]
    return [
        {"point": "earlier_care", "value": one["value"], "member_rank": one["member_rank"], "proof": "bill_seen"}
        for one in waiting
    ]


class Agents:
    """The technicians and desk agents of all caisses, one working day at a time."""

    def __init__(self, people: People, script: Script, ledger: Ledger) -> None:
        self._people = people
        self._script = script
        self._ledger = ledger

    # -- signals -------------------------------------------------------------------------------------------------

    async def judge_pairs(self) -> int:
        """Look at every open pair and judge it, as the caisse of the newer file; returns how many were judged."""
        open_pairs = await self._people.supervisor.all("dedup", "/pairs", state="open")
        for listed in open_pairs:
            await self._judge(listed)
        return len(open_pairs)

    async def _judge(self, listed: dict[str, Any]) -> None:
        first, second = self._sides(listed)
        newer = max((first, second), key=lambda side: (side[0].received, side[0].reference))
        desk = self._people.technician(newer[0].caisse)
        pair = await desk.get("dedup", f"/pairs/{listed['pair_id']}", purpose="duplicate_review")
        same = self._script.same_person(first[0].reference, first[1], second[0].reference, second[1])
        if same:
            verdict, reason = "same", "identity_documents_agree"
            self._ledger.same[first[0].reference].add(second[0].reference)
            self._ledger.same[second[0].reference].add(first[0].reference)
        else:
            kinds = {self._script.truth[side[0].reference].kind for side in (first, second)} & set(DIFFERENT)
            verdict, reason = "different", DIFFERENT[kinds.pop()] if kinds else "identity_documents_differ"
        if listed["kind"] == "link_proposal" and same:
            reason = "declared_by_person"
        body = {"judgement": verdict, "reason": reason, "text": "Pièces comparées entre les deux caisses."}
        await desk.post("dedup", f"/pairs/{pair['pair_id']}/judgements", body)
        self._ledger.judged[verdict].add(pair["pair_id"])

    def _sides(self, pair: dict[str, Any]) -> tuple[tuple[Filed, int], tuple[Filed, int]]:
        sides = [(self._ledger.by_id[side["application_id"]], side["rank"]) for side in pair["sides"]]
        return sides[0], sides[1]

    # -- decisions -----------------------------------------------------------------------------------------------

    async def decide(self) -> int:
        """Decide what waits for a decision; returns how many cases were decided."""
        waiting = await self._people.supervisor.all("decision", "/cases", state="open", waiting_for="decision")
        waiting.sort(key=lambda case: self._ledger.by_id[case["application_id"]].reference)
        # Who decides on a person known elsewhere asks first what the other file came to.
        alone = [listed for listed in waiting if listed["identity"] != "same"]
        desks = asyncio.Semaphore(AT_ONCE)
        done = sum(await asyncio.gather(*(self._decide_at(desks, listed) for listed in alone)))
        for listed in waiting:
            if listed["identity"] == "same":
                done += await self._decide(listed)
        return done

    async def _decide_at(self, desks: asyncio.Semaphore, listed: dict[str, Any]) -> int:
        async with desks:
            return await self._decide(listed)

    async def _decide(self, listed: dict[str, Any]) -> int:
        filed = self._ledger.by_id[listed["application_id"]]
        if any(move.action == "unattended" for move in self._script.moves.get(filed.reference, ())):
            return 0
        desk = self._people.technician(filed.caisse)
        elsewhere = await self._right_elsewhere(desk, filed) if listed["identity"] == "same" else False
        if elsewhere is None:
            return 0
        case = await desk.get("decision", f"/cases/{filed.application_id}", purpose="instruction")
        right = right_on_paper(case)
        if seen := [*([right] if right else []), *care_on_bills(case)]:
            read = {"If-Match": f'"{case["version"]}"'}
            await desk.post("decision", f"/cases/{filed.application_id}/facts", {"observations": seen}, headers=read)
            return 1
        scenario = self._script.truth[filed.reference].scenario
        coming = filed.reference in self._script.papers and scenario != "incomplete_never"
        verdict = verdict_on(case, scenario, elsewhere, coming)
        if verdict is None:
            return 0
        body = {
            "outcome": verdict.outcome,
            "reason": verdict.reason,
            "motives": [{"code": code, "member_rank": rank} for code, rank in verdict.motives],
            "version": case["version"],
        }
        path = f"/cases/{filed.application_id}/decisions"
        answer = await desk.call("POST", "decision", path, json=body, accept=(409,))
        if answer.status_code == 409:
            if answer.json()["code"] != "match_answer_running":
                raise Unexpected(f"{path}: {answer.text[:800]}")
            return 0  # the person may still answer: another day
        if answer.status_code == 202:
            await self._confirm(filed, answer.json()["version"])
        self._ledger.decided[verdict.outcome] += 1
        return 1

    async def _confirm(self, filed: Filed, version: int) -> None:
        """The second look of a caisse that wants two persons for this decision."""
        path, read = f"/cases/{filed.application_id}/decisions/confirmation", {"If-Match": f'"{version}"'}
        body = {"confirm": True, "reason": "Pièces et motifs relus."}
        await self._people.lead(filed.caisse).post("decision", path, body, headers=read)

    async def _right_elsewhere(self, desk: Desk, filed: Filed) -> bool | None:
        """Whether the same person was granted a right on another file; None while an older one is still open.

        The status of the other caisse's file is asked of the supervisor, as agents of two caisses would by telephone.
        """
        for reference in sorted(self._ledger.same[filed.reference]):
            other = self._ledger.by_reference[reference]
            told = await self._people.supervisor.get("intake", f"/applications/{other.application_id}/status")
            if told["status"] == "granted":
                return True
            if told["status"] in ("received", "complete") and other.reference < filed.reference:
                return None
        return False

    # -- letters and papers --------------------------------------------------------------------------------------

    async def note_requests(self, day: dt.date) -> None:
        """Remember on which day papers were asked of whom."""
        for case in await self._people.supervisor.all("decision", "/cases", state="open", waiting_for="papers"):
            filed = self._ledger.by_id[case["application_id"]]
            self._ledger.asked_on.setdefault(filed.reference, day)

    async def bring_papers(self, day: dt.date) -> int:
        """Applicants bring what was asked of them; returns how many came."""
        came = 0
        for reference, asked in list(self._ledger.asked_on.items()):
            due = [later for later in self._script.papers.get(reference, ()) if asked + dt.timedelta(later.days) <= day]
            if not due:
                continue
            filed = self._ledger.by_reference[reference]
            desk = self._people.technician(filed.caisse)
            papers = [{**paper, "member_rank": later.rank} for later in due for paper in later.papers]
            answer = await desk.post("intake", f"/applications/{filed.application_id}/papers", {"papers": papers})
            for later in due:
                if later.estimate_cents is not None:
                    await desk.call(
                        "PATCH",
                        "intake",
                        f"/applications/{filed.application_id}",
                        json={"means": {"estimate_cents": later.estimate_cents}},
                        headers={"If-Match": f'"{answer["version"]}"'},
                    )
            self._script.papers[reference] = [later for later in self._script.papers[reference] if later not in due]
            if not self._script.papers[reference]:
                del self._script.papers[reference]
            came += 1
        return came

    async def move(self, day: dt.date) -> int:
        """Transfers and withdrawals of the day; returns how many."""
        done = 0
        for reference, moves in self._script.moves.items():
            filed = self._ledger.by_reference.get(reference)
            for move in list(moves):
                if filed is None or move.action == "unattended" or filed.received + dt.timedelta(move.days) > day:
                    continue
                path = f"/applications/{filed.application_id}/{move.action}"
                body = {"reason": move.reason}
                if move.action == "transfer":
                    body["to_caisse"] = move.to_caisse
                await self._people.technician(filed.caisse).post("intake", path, body)
                if move.action == "transfer":
                    filed.caisse = move.to_caisse
                moves.remove(move)
                done += 1
        return done
