"""A small version of the demonstration, through the proxy: what two caisses do in a morning, and what it must give."""

from __future__ import annotations

import datetime as dt
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from tests.compose.desk import Desk, complete, incomplete
from tests.compose.stack import SERVICES, Failed, await_true
from tests.load.applications import respelled

PARIS, BOBIGNY = "751", "931"  # both grant complete files without doubt by themselves
INFLOW = ("received", "transferred_in")
OUTFLOW = ("granted", "refused", "lapsed", "stock_end", "withdrawn", "transferred_out")
LINK = re.compile(r'(?:href|action|src)="(/[^"]*)"')
SETTLED = {"granted", "refused", "lapsed", "withdrawn", "papers_requested"}


@dataclass
class Morning:
    """The people, and what they did so far: posted applications by number, with their ids."""

    url: str
    tokens: dict[str, str]
    today: dt.date
    posted: dict[str, str] = field(default_factory=dict)
    expected: dict[str, str] = field(default_factory=dict)
    _number: int = 0

    def desk(self, who: str) -> Desk:
        return Desk(self.url, self.tokens[who])

    @property
    def boss(self) -> Desk:
        return self.desk("supervisor")

    def next_number(self) -> int:
        self._number += 1
        return self._number

    def post(self, body: dict[str, Any], expected: str) -> str:
        """One application at its caisse's counter; its id."""
        told = self.desk(body["caisse"]).post("/intake/applications", body)
        self.posted[body["reference"]] = told["application_id"]
        self.expected[told["application_id"]] = expected
        return str(told["application_id"])

    def post_complete(self, count: int) -> list[str]:
        """``count`` complete files, in turn at both caisses."""
        made = []
        for _ in range(count):
            number = self.next_number()
            made.append(self.post(complete(number, (PARIS, BOBIGNY)[number % 2], self.today), "granted"))
        return made

    def statuses(self) -> dict[str, str]:
        """The status that intake's list shows of every application posted."""
        return {row["application_id"]: row["status"] for row in self.boss.all("/intake/applications")}

    def settle(self, seconds: float = 300) -> None:
        """Wait until every application has the status that is expected of it."""

        def wrong() -> dict[str, str]:
            seen = self.statuses()
            return {key: seen.get(key, "absent") for key, want in self.expected.items() if seen.get(key) != want}

        try:
            await_true("statuses", lambda: not wrong(), seconds)
        except Failed:
            raise Failed(f"not as expected within {seconds:g} s: {wrong()}") from None

    # -- the acts ------------------------------------------------------------------------------------------------

    def open_counters(self) -> str:
        """Eighteen complete files, then one that lacks a paper."""
        self.post_complete(18)
        self.lacking = self.post(incomplete(self.next_number(), PARIS, self.today), "papers_requested")
        self.settle()
        return (
            f"{len(self.posted)} demandes, {sum(s == 'granted' for s in self.statuses().values())} accordées d'office"
        )

    def repeat(self) -> str:
        """The first person applies at the other caisse, respelled: a signal, no refusal, until somebody has looked."""
        first = complete(1, BOBIGNY, self.today)
        again = self.post(respelled(first, PARIS), "complete")
        pairs = await_true(
            "the signal", lambda: self.boss.get("/dedup/pairs", state="open", application=again)["items"], 240
        )
        assert self.posted[first["reference"]] in str(pairs), pairs
        self.settle()
        technician = self.desk(PARIS)
        for pair in pairs:
            technician.get(f"/dedup/pairs/{pair['pair_id']}", purpose="duplicate_review")
            judgement = {"judgement": "same", "reason": "fields_exchanged"}
            technician.post(f"/dedup/pairs/{pair['pair_id']}/judgements", judgement)
        await_true("identity known as the same", lambda: self._case(again)["identity"] == "same", 240)
        motives = [{"code": "rights_open_elsewhere", "member_rank": 0}]
        body = {
            "outcome": "refuse",
            "reason": "Droit déjà ouvert à la même personne.",
            "motives": motives,
            "version": self._case(again)["version"],
        }
        technician.post(f"/decision/cases/{again}/decisions", body)
        self.expected[again] = "refused"
        self.settle()
        return f"{len(pairs)} signal jugé, demande refusée par un agent"

    def _case(self, application: str) -> dict[str, Any]:
        return dict(self.desk(PARIS).get(f"/decision/cases/{application}"))

    def bring_paper(self) -> str:
        """The missing paper comes; the file is complete and granted."""
        bill = {"kind": "energy_bill", "use": "residence", "dated": (self.today - dt.timedelta(days=150)).isoformat()}
        self.desk(PARIS).post(f"/intake/applications/{self.lacking}/papers", {"papers": [bill]})
        self.expected[self.lacking] = "granted"
        self.settle()
        return "dossier complété, accordé"

    def read_letters(self) -> str:
        """Every application has the letters its life calls for; one is opened as PDF."""
        calls = {"granted": {"acknowledgement", "admission"}, "refused": {"acknowledgement", "refusal"}}
        wanted = {(key, kind) for key, status in self.expected.items() for kind in calls[status]}
        wanted |= {(self.lacking, "paper_request")}

        def missing() -> set[tuple[str, str]]:
            found = {(row["application_id"], row["kind"]) for row in self.boss.all("/letters/letters")}
            return wanted - found

        await_true("letters", lambda: not missing(), 240)
        letters = self.boss.all("/letters/letters", application=self.lacking)
        one = next(row for row in letters if row["kind"] == "admission")
        answer = self.desk(PARIS).ask("GET", f"/letters/letters/{one['letter_id']}/pdf", X_Purpose="instruction")
        if answer.status != 200 or not answer.body.startswith(b"%PDF-"):
            raise Failed(f"PDF: {answer.status} {answer.body[:200]!r}")
        return f"{len(wanted)} courriers, un PDF de {len(answer.body) // 1024} Kio"

    def simultaneous(self) -> str:
        """Five persons at two caisses at the same moment: each pair is seen."""
        bodies = []
        for _ in range(5):
            first = complete(self.next_number(), BOBIGNY, self.today)
            bodies.append((first, respelled(first, PARIS)))
        with ThreadPoolExecutor(10) as pool:
            sent = [(pool.submit(self.post, a, "complete"), pool.submit(self.post, b, "complete")) for a, b in bodies]
            ids = [(a.result(), b.result()) for a, b in sent]

        def unseen() -> list[tuple[str, str]]:
            listed = [str(pair) for pair in self.boss.all("/dedup/pairs", state="open")]
            return [pair for pair in ids if not any(pair[0] in one and pair[1] in one for one in listed)]

        await_true("all five pairs", lambda: not unseen(), 300)
        return "5 couples déposés ensemble, 5 signalés"

    def settle_pairs(self) -> str:
        """They are looked at and found different; what waited is granted."""
        technician = self.desk(PARIS)
        pairs = self.boss.all("/dedup/pairs", state="open")
        for pair in pairs:
            body = {"judgement": "different", "reason": "namesakes"}
            technician.post(f"/dedup/pairs/{pair['pair_id']}/judgements", body)
        for key, status in self.expected.items():
            if status == "complete":
                self.expected[key] = "granted"
        self.settle()
        return f"{len(pairs)} couples jugés différents, accordés"

    def tell_again(self) -> int:
        """Ask intake for every application's events; returns of how many it told them."""
        operator = self.desk("operator")
        asked = operator.post("/intake/admin/re-emissions", {})
        path = f"/intake/admin/re-emissions/{asked['re_emission_id']}"

        def done() -> dict[str, Any] | None:
            told = operator.get(path)
            return told if told["state"] == "done" else None

        return int(await_true("everything told again", done, 240)["applications"])

    # -- what must be true at the end ------------------------------------------------------------------------------

    def nothing_lost(self) -> str:
        """Each application once at intake, once as a case, once in the figures."""
        wanted = sorted(self.expected)
        at_intake = sorted(row["application_id"] for row in self.boss.all("/intake/applications"))
        cases = sorted(row["application_id"] for row in self.boss.all("/decision/cases"))
        if at_intake != wanted or cases != wanted:
            raise Failed(f"posted {len(wanted)}, at intake {len(at_intake)}, cases {len(cases)}")
        return f"{len(wanted)} demandes, autant de dossiers"

    def table(self) -> str:
        """received + transferred in = granted + refused + lapsed + waiting + withdrawn + transferred out,
        everywhere."""
        period = f"{self.today.year}-T{(self.today.month + 2) // 3}"
        counts = {status: list(self.expected.values()).count(status) for status in ("granted", "refused")}
        seen: dict[str | None, Any] = {}

        def right() -> bool:
            found = self.boss.get(f"/reporting/tables/{period}")
            columns = {column["caisse"]: column["figures"] for column in [*found["caisses"], found["whole"]]}
            for caisse, figures in columns.items():
                cells = {figure["code"]: int(figure["value"] or 0) for figure in figures if not figure["part"]}
                seen[caisse] = {code: cells[code] for code in (*INFLOW, *OUTFLOW)}
            whole = seen[None]
            return (
                whole["received"] == len(self.expected)
                and all(whole[code] == count for code, count in counts.items())
                and all(sum(c[i] for i in INFLOW) == sum(c[o] for o in OUTFLOW) for c in seen.values())
            )

        try:
            await_true("table", right, 240)
        except Failed:
            raise Failed(f"expected {len(self.expected)} received, {counts}; the table says {seen[None]}") from None
        return f"{period} : " + ", ".join(f"{code} {value}" for code, value in seen[None].items() if value)

    def pages(self) -> str:
        """Each page sends a stranger to sign in under its own prefix; with the cookie it answers, and all links
        stay."""
        stranger, count = Desk(self.url, ""), 0
        for service in SERVICES:
            sent = stranger.ask("GET", f"/{service}/ui", Accept="text/html")
            if sent.status != 303 or not sent.headers["Location"].startswith(f"/{service}/ui/sign-in"):
                raise Failed(f"/{service}/ui without a token: {sent.status} {sent.headers.get('Location')}")
            closed_door = stranger.ask("GET", sent.headers["Location"], Accept="text/html")
            if closed_door.status != 503 or "; Secure" not in closed_door.headers["Set-Cookie"]:
                raise Failed(f"/{service}/ui/sign-in without a provider: {closed_door.status}")
            cookie = f"__Host-ame_session={self.tokens['session']}"
            page = stranger.ask("GET", f"/{service}/ui", Accept="text/html", Cookie=cookie)
            links = set(LINK.findall(page.body.decode()))
            astray = [link for link in links if link.split("/")[1] not in SERVICES]
            if page.status != 200 or astray:
                raise Failed(f"/{service}/ui: {page.status}, links that leave the host: {astray}")
            # A link of the documentation names routes of the service; those that only a form may use answer 405.
            dead = {link: stranger.ask("GET", link.replace("&amp;", "&"), Cookie=cookie).status for link in links}
            if wrong := {link: status for link, status in dead.items() if status not in (200, 405)}:
                raise Failed(f"/{service}/ui: dead links {wrong}")
            count += len(links)
            closed = [stranger.ask("GET", f"/{service}/{path}").status for path in ("metrics", "live", "%6detrics")]
            if closed != [404, 404, 404]:
                raise Failed(f"/{service}: the measures are not for the outside, yet {closed}")
        return f"5 pages, {count} liens suivis"
