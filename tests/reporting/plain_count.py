"""Every line of the table counted over events in plain Python: no SQL, no definition, no store.

What is written here is read from the words of each definition; the test holds the SQL of the definition to it.
"""

from __future__ import annotations

import datetime as dt
import statistics
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from services.reporting.domain.application_record import ApplicationRecord, Right, folded
from services.reporting.domain.periods import Period
from shared.contract import events as ev

Key = tuple[str, str]
DECIDED = ("granted", "refused")


class Plain:
    """The figures of one caisse in one period, from the events of each application in the order of its topics."""

    def __init__(self, told: Iterable[ev.Event], period: Period, caisse: str) -> None:
        self.since, self.until, self.caisse = period.first_day, period.last_day, caisse
        self.events = list({event.id: event for event in told}.values())
        self.records: dict[UUID, ApplicationRecord] = {}
        for event in self.events:
            known = self.records.get(event.application_id) or ApplicationRecord(event.application_id)
            self.records[event.application_id] = folded(known, [event])
        self.figures: Counter[Key] = Counter()
        self.days: dict[str, list[int]] = {}
        self.pairs: dict[str, set[Any]] = {}
        for record in self.records.values():
            self._stays(record)
            self._application(record)
        self._events()
        self._title_events()
        self._agents_and_paper()
        self._rights()
        self._signals()
        self._letters()
        self._titles()

    def within(self, day: dt.date | None) -> bool:
        return day is not None and self.since <= day <= self.until

    def add(self, code: str, amount: int = 1, part: str = "") -> None:
        self.figures[code, part] += amount

    def length(self, name: str, from_day: dt.date | None, to_day: dt.date | None) -> None:
        if from_day is not None and to_day is not None:
            self.days.setdefault(name, []).append(max(0, (to_day - from_day).days))

    def _stays(self, a: ApplicationRecord) -> None:
        for stay in a.stays:
            if stay.caisse != self.caisse or stay.arrived_on > self.until:
                continue
            if stay.left_on is not None and stay.left_on < self.since:
                continue
            if stay.arrived_on < self.since:
                self.add("stock_start")
            elif stay.arrived_by == "transferred_in":
                self.add("transferred_in")
            else:
                self._received(a)
            if stay.left_on is None or stay.left_on > self.until:
                assert a.received_on is not None
                age = (self.until - a.received_on).days
                self.add("stock_end")
                self.add("stock_to_30" if age <= 30 else "stock_31_60" if age <= 60 else "stock_over_60")
            else:
                self._closed(a, stay.left_by or "")

    def _received(self, a: ApplicationRecord) -> None:
        self.add("received")
        self.add(f"received_{a.kind}")
        if a.kind == "first":
            self.add("q4_filed")
        self.add("adults_concerned", a.adults)
        self.add("minors_concerned", a.minors)
        self.add("persons_concerned", a.adults + a.minors)
        self.add("births_to_the_day", a.births_to_the_day)
        self.add("files_with_telephone", a.telephone)
        self.add("addresses_complete", a.address_complete)
        self.add("incomplete", a.complete_at_receipt is False)
        self.add("priority", a.priority)
        if a.transmitted_days is not None:
            self.add("transmitted")
            self.add("received_persons_through_body", a.adults + a.minors)

    def _closed(self, a: ApplicationRecord, how: str) -> None:
        self.add(how)
        if how == "granted":
            self.add("granted_automatically", a.automatic)
            self.add("persons_granted", a.persons_granted)
        if how in ("granted", "refused", "lapsed"):
            self.add("decisions")
            self.add("persons_refused", a.persons_refused)
        if how in ("refused", "lapsed") and a.kind == "first":
            self.add("q5_rejected")
        if how == "refused":
            for motive in a.motives:
                self.add("refused_by_motive", part=motive)
        if how in DECIDED:
            assert a.decided_on is not None
            assert a.deposited_on is not None
            self.length("decision", a.deposited_on, a.decided_on)
            self.add("decided_to_30", (a.decided_on - a.deposited_on).days <= 30)
            self.add("decided_over_60", (a.decided_on - a.deposited_on).days > 60)

    def _application(self, a: ApplicationRecord) -> None:
        if a.caisse != self.caisse:
            return
        if self.within(a.notified_on) and a.completed_on is not None and a.state in DECIDED:
            self.add("notified")
            self.length("instruction", a.completed_on, a.notified_on)
        if self.within(a.completed_on):
            self.length("completion", a.deposited_on, a.completed_on)
        if self.within(a.handed_on):
            self.length("handover", a.notified_on, a.handed_on)
        kept = a.handed_on is None or a.handed_on > self.until
        runs = any(right.last_day >= self.until for right in a.opened_rights)
        if a.state == "granted" and a.notified_on is not None and a.notified_on <= self.until and kept and runs:
            for most in (30, 60, 90):
                self.add(f"titles_uncollected_{most}", (self.until - a.notified_on).days > most)

    def _events(self) -> None:
        asked: set[UUID] = set()
        for event in self.events:
            if event.caisse != self.caisse:
                continue
            match event:
                case ev.PapersRequested() if self.within(event.business_date):
                    self.add("paper_requests")
                    self.add("items_outside_texts", sum(bool(item.reason) for item in event.items))
                    asked.add(event.application_id)
                case ev.Appealed() if self.within(event.filed_on):
                    self.add("appeals_filed")
                case ev.AppealSettled() if self.within(event.settled_on):
                    self.add("appeals_settled")
                    self.add("appeals_reversed", event.outcome in ("annulled", "reformed"))
                case ev.RightEnded() if self.within(event.ended_on):
                    self.add("rights_ended")
                case ev.Revoked() if self.within(event.revoked_on):
                    self.add("rights_withdrawn", event.outcome == "granted")
                case ev.LetterPosted() if self.within(event.posted_on):
                    self.add("letters_posted_by_way", part=event.way or "unsaid")
                case ev.PaperSpoiled() if self.within(event.spoiled_on):
                    self.add("paper_spoiled", len(event.serials))
                case ev.LetterReturned() if self.within(event.returned_on):
                    self.add("letters_returned", part=event.cause)
        self.pairs["files_asked"] = asked

    def _title_events(self) -> None:
        for event in self.events:
            if event.caisse != self.caisse:
                continue
            match event:
                case ev.TitleHandedOver() if self.within(event.handed_on):
                    self.add("titles_handed_over")
                case ev.TitleOrdered() if self.within(event.ordered_on):
                    self.add("titles_duplicates", event.copy_no > 0)
                    if event.copy_no > 0:
                        self.add("titles_duplicates_by_cause", part=event.replaced_for or "duplicate")
                case ev.TitleProduced() if self.within(event.produced_on):
                    self.add("titles_produced")
                case ev.TitlePosted() if self.within(event.posted_on):
                    self.add("titles_posted")
                case ev.TitleReturned() if self.within(event.returned_on):
                    self.add("titles_returned")
                case ev.TitleVoided() if self.within(event.voided_on):
                    self.add("titles_voided", part=event.reason)

    def _agents_and_paper(self) -> None:
        for event in self.events:
            if event.caisse != self.caisse:
                continue
            match event:
                case ev.Granted() | ev.Refused() if self.within(event.decided_on):
                    self.add("decisions_by_agents")
                    self.pairs.setdefault("agent_days", set()).add((event.actor.id, event.decided_on))
                case ev.PaperRegistered() if event.happened_on <= self.until:
                    for fate, sheets in event.fates.items():
                        self.add("paper_by_fate", sheets, fate)
                        self.add("paper_by_fate", sheets if event.act == "delivered" else 0, "delivered")

    def _rights(self) -> None:
        persons: dict[UUID, UUID] = {
            event.member_id: event.person_id for event in self.events if isinstance(event, ev.Linked)
        }
        everything = [(a, right) for a in self.records.values() for right in a.opened_rights]
        for a, right in everything:
            if right.caisse != self.caisse:
                continue
            age = None if right.birth_year is None else self.until.year - right.birth_year
            place = self._place(right, age)
            if right.starts_on <= self.until <= right.last_day:
                self.add("q1_beneficiaries", part=place)
                group = "" if age is None else "0" if age < 18 else "18" if age < 40 else "40" if age < 60 else "60"
                self.add("q6_age_and_sex", part=f"{right.sex}_{group}")
            if self.within(right.decided_on):
                self.add("q2_admitted", part=f"{right.kind}_{place}")
            followed = any(
                b is not a
                and other.member_id in persons
                and persons[other.member_id] == persons.get(right.member_id)
                and other.last_day > right.last_day
                and other.decided_on <= self.until
                for b, other in everything
            )
            # a right that ended before it began never ran: it ends in no period
            if self.within(right.last_day) and not followed and self._touches(right):
                self.add("q3_not_renewed", part=place)

    def _touches(self, right: Right) -> bool:
        return right.starts_on <= self.until or self.within(right.decided_on)

    @staticmethod
    def _place(right: Right, age: int | None) -> str:
        if right.relation == "applicant":
            return "applicant"
        minor = right.relation == "child" if age is None else age < 18
        return "minor_dependant" if minor else "adult_dependant"

    def _signals(self) -> None:
        for application in self.records:
            raised: dict[UUID, ev.SignalRaised] = {}
            judged: dict[UUID, ev.PairJudged] = {}
            for event in self.events:
                if event.application_id == application and isinstance(event, ev.SignalRaised):
                    raised |= {pair.pair_id: event for pair in event.pairs}
                if event.application_id == application and isinstance(event, ev.PairJudged):
                    judged[event.pair_id] = event
            for pair, signal in raised.items():
                self._signal(pair, signal, judged.get(pair))

    def _signal(self, pair: UUID, signal: ev.SignalRaised, avis: ev.PairJudged | None) -> None:
        """A pair is told once for each of its two files: distinct it counts once, by side each of the two."""
        side = "signals_received" if signal.facts_sequence else "signals_sourced"
        if signal.caisse == self.caisse and signal.business_date <= self.until:
            if signal.business_date >= self.since:
                self._pair(pair, "signals_raised")
                self.add(side)
            if avis is None or avis.business_date > self.until:
                self._pair(pair, "signals_open")
                if (self.until - signal.business_date).days > 5:
                    self._pair(pair, "signals_open_over_5_days")
                    self.add(f"{side}_open_over_5_days")
        if avis is not None and avis.caisse == self.caisse and self.within(avis.business_date):
            words = {"same": "confirmed", "different": "rejected", "unsure": "undecided"}
            for name in ("signals", side):
                self.length(f"{name}_median_age", signal.business_date, avis.business_date)
            for code in ("examined", words[avis.judgement]):
                self._pair(pair, f"signals_{code}")
                self.add(f"{side}_{code}")

    def _pair(self, pair: UUID, code: str) -> None:
        self.pairs.setdefault(code, set()).add(pair)

    def _letters(self) -> None:
        letters: dict[UUID, list[ev.LetterEvent]] = {}
        for event in self.events:
            if isinstance(event, ev.LetterEvent):
                letters.setdefault(event.letter_id, []).append(event)
        for told in letters.values():
            told.sort(key=lambda event: event.sequence)
            issued = [event for event in told if isinstance(event, ev.LetterIssued)]
            caisse = issued[-1].caisse if issued else told[0].caisse
            if caisse != self.caisse:
                continue
            if issued and self.within(issued[-1].issued_on):
                self.add("letters_issued", part=issued[-1].kind.value)
            posted = [event for event in told if isinstance(event, ev.LetterPosted)]
            returned = [event for event in told if isinstance(event, ev.LetterReturned)]
            if posted and self.within(posted[-1].posted_on):
                self.add("letters_posted")
            if returned and posted[-1].sequence > returned[-1].sequence and self.within(posted[-1].posted_on):
                self.add("letters_resent")
                self.add("letters_resent_kept", returned[-1].returned_on < posted[-1].posted_on)

    def _titles(self) -> None:
        """A title waits from the last time it came to the desk until it leaves: by post, into a hand, or void."""
        titles: dict[str, list[ev.Event]] = {}
        for event in self.events:
            if isinstance(event, ev.TitleEvent | ev.TitleHandedOver):
                titles.setdefault(event.serial, []).append(event)
        for told in titles.values():
            told.sort(key=lambda event: event.sequence)
            came = [e for e in told if isinstance(e, ev.TitleReceived | ev.TitleReturned)]
            if told[-1].caisse != self.caisse or not came:
                continue
            since = came[-1].received_on if isinstance(came[-1], ev.TitleReceived) else came[-1].returned_on
            left: dt.date | None = None
            for event in told:
                match event:
                    case ev.TitleReturned():
                        left = None
                    case ev.TitlePosted():
                        left = event.posted_on
                    case ev.TitleHandedOver():
                        left = event.handed_on
                    case ev.TitleVoided():
                        left = left or event.voided_on
            if since <= self.until and (left is None or left > self.until):
                for most in (30, 60, 90):
                    self.add(f"titles_at_desk_{most}", (self.until - since).days > most)

    def value(self, code: str, part: str) -> Any:
        """The figure; None where there is nothing to measure."""
        if code.endswith("_median_age"):
            return statistics.median_low(self.days[code]) if self.days.get(code) else None
        by_side = code.startswith(("signals_received", "signals_sourced"))
        if code in self.pairs or (code.startswith("signals_") and not by_side):
            return len(self.pairs.get(code, ()))
        show: dict[str, Callable[[list[int]], float]] = {
            "mean": lambda days: float(f"{sum(days) / len(days) + 1e-9:.1f}"),
            "median": lambda days: statistics.median_low(days),
            "p90": lambda days: sorted(days)[-(-len(days) * 9 // 10) - 1],
        }
        for word, shown in show.items():
            name = code.removeprefix(f"{word}_").removesuffix("_days")
            if code == f"{word}_{name}_days":
                return shown(self.days[name]) if self.days.get(name) else None
        return self.figures[code, part]
