"""The life of a case: what follows by itself, what waits for a person, and that the order of facts does not matter."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.decision.domain.case import decision, due_dates, paper_requests
from services.decision.domain.case.context import ActionNotAllowed
from services.decision.domain.case.grounds import UnknownMotive, codes, motive
from services.decision.domain.eligibility.entitlements import entitlements
from services.decision.domain.eligibility.evaluation import evaluate
from services.decision.domain.law.edition import current
from shared.contract import events as ev
from tests.decision.files import applicant, day, file, member, paper, uid
from tests.decision.lives import (
    AUTOMATIC,
    BILL,
    BY_HAND,
    Life,
    context,
    event,
    identity_cleared,
    incomplete,
    judgement,
    letter_posted,
    received,
    signal,
    submitted,
)


def test_complete_and_clear_is_granted_by_itself_where_the_caisse_allows() -> None:
    life = Life().live([submitted(), identity_cleared()])
    assert life.told == ["FileCompleted", "Granted"]
    assert life.last["automatic"] is True
    assert life.last["signatory"] == "agent-1"
    assert life.last["effect_on"] == day("2008-03-10")
    assert life.case.state == "granted"
    assert life.case.wakes_on == day("2009-01-09"), "two months before the end of the right"


def test_the_search_may_answer_before_the_application_is_known() -> None:
    life = Life().live([identity_cleared()])
    assert (life.case.state, life.told) == ("awaiting", [])
    assert life.live([submitted()]).told == ["FileCompleted", "Granted"]


def test_without_the_policy_a_person_decides() -> None:
    assert Life(BY_HAND).live([submitted(), identity_cleared()]).told == ["FileCompleted"]


@pytest.mark.parametrize(
    ("why", "identity", "granted"),
    [
        ("not searched yet", [], False),
        ("searched for an older version only", [identity_cleared(0)], False),
        ("a pair is open", [signal(1)], False),
        ("judged different", [signal(1), judgement(1, "different")], True),
        ("judged the same person", [signal(1), judgement(1, "same")], False),
        ("unsure", [signal(1), judgement(1, "unsure")], False),
        ("one of two pairs is open", [signal(1, 2), judgement(1, "different", 1)], False),
        ("both judged different", [signal(1, 2), judgement(1, "different", 1), judgement(2, "different")], True),
        (
            "another application found this one after the search",
            [identity_cleared(), signal(1, facts_sequence=0)],
            False,
        ),
        ("granted before the pair is raised again", [signal(1), judgement(1, "different"), signal(1)], True),
    ],
)
def test_a_file_with_an_open_signal_waits_for_a_person(why: str, identity: list[ev.Event], granted: bool) -> None:
    if why == "another application found this one after the search":
        life = Life().live([*identity, submitted()])
    else:
        life = Life().live([submitted(), *identity])
    assert ("Granted" in life.told) == granted, why


def test_an_amended_identity_must_be_searched_again() -> None:
    amended = event(ev.ApplicationAmended, 2, facts=submitted().facts, changes=[])
    life = Life().live([submitted(), amended, identity_cleared(1)])
    assert life.case.identity == "unsearched"
    assert life.live([identity_cleared(2)]).told == ["FileCompleted", "Granted"]


def test_an_amended_file_is_searched_again_even_when_all_its_pairs_were_judged_different() -> None:
    amended = event(ev.ApplicationAmended, 2, facts=submitted(**incomplete()).facts, changes=[])
    life = Life(BY_HAND).live([submitted(), signal(1), judgement(1, "different"), amended])
    assert life.case.identity == "unsearched"
    assert life.live([identity_cleared(2)]).case.identity == "different"


def test_never_an_automatic_refusal() -> None:
    life = Life().live([submitted(means={"estimate_cents": 20_000_00}), identity_cleared()])
    assert life.case.proposal == "refuse"
    assert life.told == ["FileCompleted"]
    assert life.case.state == "open"


def test_incomplete_asks_for_papers_once_and_goes_on_when_they_come() -> None:
    life = Life().live([submitted(**incomplete()), identity_cleared()])
    assert life.told == ["PapersRequested"]
    assert life.last["due_on"] == day("2008-04-09")
    assert [item.code for item in life.last["items"]] == ["residence"]
    life.live([received(2, BILL)], on="2008-03-20")
    assert life.told == ["PapersRequested", "FileCompleted", "Granted"]


def test_a_paper_that_does_not_do_is_not_asked_for_twice() -> None:
    young = paper("energy_bill", "residence", dated="2008-02-10")
    life = Life().live([submitted(**incomplete()), received(2, young), identity_cleared()])
    assert life.told == ["PapersRequested"]
    assert life.case.proposal == "request_papers"


def test_a_new_member_is_asked_for_in_a_second_request() -> None:
    home = [*applicant("2008-03-10"), member(1, "child", "2005-01-01")]
    amended = event(ev.ApplicationAmended, 2, facts=submitted(**incomplete(members=home)).facts, changes=[])
    life = Life().live([submitted(**incomplete()), amended])
    assert life.told == ["PapersRequested", "PapersRequested"]
    assert life.last["request_no"] == 2
    assert {(item.code, item.member_rank) for item in life.last["items"]} == {("residence", 0), ("identity", 1)}


def test_the_silence_delay_stands_still_while_papers_are_asked_for() -> None:
    life = Life(BY_HAND).live([submitted(**incomplete())])
    assert life.case.due_on == day("2008-06-10")  # two months and the 31 days of the request, its last day included
    life.live([letter_posted(1, "2008-03-13")], on="2008-03-14")
    assert life.case.request is not None
    assert life.case.request.due_on == day("2008-04-12")
    assert life.case.due_on == day("2008-06-13")
    life.live([received(2, BILL)], on="2008-03-20")
    assert life.case.due_on == day("2008-05-20")


def test_the_postmark_ends_the_suspension() -> None:
    life = Life(BY_HAND).live([submitted(**incomplete())])
    life.live([letter_posted(1, "2008-03-13")], on="2008-03-14")
    life.live([received(2, {**BILL, "posted_on": "2008-03-18"})], on="2008-03-20")
    assert life.case.due_on == day("2008-05-18")


def tick_through(life: Life, *days: str) -> list[tuple[str, dict[str, object]]]:
    told = []
    for one in days:
        life.case, emissions = due_dates.tick(life.case, context(one, life.policy))
        told += [(emission.event.__name__, emission.fields) for emission in emissions]
    return told


def test_silence_is_an_implicit_refusal() -> None:
    life = Life(BY_HAND).live([submitted()])
    told = tick_through(
        life, "2008-04-02", "2008-04-03", "2008-04-11", "2008-04-25", "2008-05-10", "2008-05-11", "2008-05-12"
    )
    assert [(name, fields.get("clock")) for name, fields in told] == [
        ("DeadlineNear", "instruction_target"),
        ("DeadlinePassed", "instruction_target"),
        ("DeadlineNear", "implicit_refusal"),
        ("DeadlinePassed", "implicit_refusal"),
        ("LapsedToRefusal", None),
    ]
    assert told[-1][1]["lapsed_on"] == day("2008-05-10")
    assert told[-1][1]["appeal_body"] == "cdas"
    assert life.case.state == "lapsed"


def test_a_leap_of_years_fires_everything_once_in_the_order_of_the_due_dates() -> None:
    life = Life(BY_HAND).live([submitted(**incomplete())])
    told = tick_through(life, "2026-09-01", "2026-09-02")
    assert [(name, fields.get("clock")) for name, fields in told] == [
        ("DeadlinePassed", "papers_due"),
        ("DeadlinePassed", "instruction_target"),
        ("DeadlinePassed", "implicit_refusal"),
        ("LapsedToRefusal", None),
    ]
    assert told[-1][1]["lapsed_on"] == day("2008-06-10")


def test_the_same_due_date_has_the_same_id_for_ever() -> None:
    def ids(*days: str) -> set[object]:
        return {
            fields["id"] for name, fields in tick_through(Life(BY_HAND).live([submitted()]), *days) if "id" in fields
        }

    assert ids("2008-05-11") <= ids("2008-04-03", "2008-04-11", "2008-04-25", "2008-05-11")


AGENT = decision.Signature("agent-7")


def by_hand(life: Life) -> tuple[object, ...]:
    assert life.facts is not None
    assessment = evaluate(life.facts, current())
    rights = entitlements(life.facts, current(), assessment.on, [0])
    return assessment, rights


def test_an_agent_grants() -> None:
    life = Life(BY_HAND).live([submitted()])
    assessment, rights = by_hand(life)
    case, (granted,) = decision.grant(life.case, assessment, rights, [], context(), AGENT)  # type: ignore[arg-type]
    assert case.state == "granted"
    assert (granted.fields["automatic"], granted.fields["signatory"]) == (False, "agent-7")


def test_an_agent_refuses_with_motives_of_the_law_of_the_day() -> None:
    life = Life(BY_HAND).live([submitted(members=applicant("2008-03-10", entered_on="2008-02-01"))])
    assessment, _ = by_hand(life)
    ground = motive("residence_too_short", 0, current(), day("2008-03-10"), assessment.motives)  # type: ignore[attr-defined]
    assert ground.facts == {"member_rank": "0", "entered_on": "2008-02-01", "latest_on": "2007-12-09"}
    case, (refused,) = decision.refuse(life.case, [ground], False, context(), AGENT)
    assert case.state == "refused"
    assert (refused.fields["appeal_body"], refused.fields["signatory"]) == ("cdas", "agent-7")


def test_a_refusal_without_motive_does_not_exist() -> None:
    with pytest.raises(ActionNotAllowed, match="motive_missing"):
        decision.refuse(Life(BY_HAND).live([submitted()]).case, [], False, context(), AGENT)


def test_a_duplicate_is_no_motive() -> None:
    assert not [code for code in codes(current(), day("2026-11-01")) if "duplicate" in code or "signal" in code]
    with pytest.raises(UnknownMotive):
        motive("duplicate", 0, current(), day("2008-03-10"))


@pytest.mark.parametrize(
    ("code", "on", "known"),
    [
        ("stamp_duty_unpaid", "2011-06-01", False),  # never a ground: it is due before the title
        ("third_person_statement_missing", "2017-02-26", False),
        ("third_person_statement_missing", "2017-02-27", True),
    ],
)
def test_motives_have_their_dates(code: str, on: str, known: bool) -> None:
    assert (code in codes(current(), day(on))) == known


def test_no_grant_while_a_paper_is_missing_and_no_refusal_for_it_before_the_delay_is_over() -> None:
    life = Life(BY_HAND).live([submitted(**incomplete())])
    assessment, rights = by_hand(life)
    ground = motive("residence_not_proved", 0, current(), day("2008-03-10"))
    with pytest.raises(ActionNotAllowed, match="file_incomplete"):
        decision.grant(life.case, assessment, rights, [], context(), AGENT)  # type: ignore[arg-type]
    with pytest.raises(ActionNotAllowed, match="papers_delay_running"):
        decision.refuse(life.case, [ground], True, context("2008-04-09"), AGENT)
    case, _ = due_dates.tick(life.case, context("2008-04-10", BY_HAND))
    refused, _ = decision.refuse(case, [ground], True, context("2008-04-10"), AGENT)
    assert refused.state == "refused"


def test_nothing_is_decided_twice_nor_before_the_application_is_known() -> None:
    ground = motive("regular_stay", 0, current(), day("2008-03-10"))
    case, _ = decision.refuse(Life(BY_HAND).live([submitted()]).case, [ground], False, context(), AGENT)
    with pytest.raises(ActionNotAllowed, match="case_closed"):
        decision.refuse(case, [ground], False, context(), AGENT)
    with pytest.raises(ActionNotAllowed, match="application_unknown"):
        decision.refuse(Life().case, [ground], False, context(), AGENT)
    with pytest.raises(ActionNotAllowed, match="nothing_requested"):
        paper_requests.ask_for_papers(Life(BY_HAND).live([submitted()]).case, [], file(), context())


def test_withdrawn_and_erased_stop_the_clocks() -> None:
    withdrawn = event(ev.ApplicationWithdrawn, 2, reason="r")
    life = Life(BY_HAND).live([submitted(), withdrawn, identity_cleared()])
    assert (life.case.state, life.case.wakes_on) == ("withdrawn", None)
    erased = event(ev.ApplicationErased, 3, legal_ground="g")
    assert (life.live([erased]).case.state, life.facts) == ("erased", None)


def test_a_decided_case_stays_decided() -> None:
    life = Life().live([submitted(), identity_cleared(), event(ev.ApplicationWithdrawn, 2, reason="r"), signal(1)])
    assert life.case.state == "granted"
    assert life.told == ["FileCompleted", "Granted"]


def test_a_transfer_moves_the_case_and_its_clocks_run_on() -> None:
    moved = event(ev.ApplicationTransferred, 2, caisse="931", from_caisse="751", to_caisse="931", reason="r")
    life = Life(BY_HAND).live([submitted(), moved])
    assert (life.case.caisse, life.case.state, life.case.due_on) == ("931", "open", day("2008-05-10"))


def test_an_event_already_seen_changes_nothing() -> None:
    life = Life(BY_HAND).live([submitted(), received(2, BILL)])
    before = life.case
    assert life.live([submitted()]).case == before


APPLICATION_STREAMS: st.SearchStrategy[list[ev.Event]] = st.sampled_from(
    [
        [submitted()],
        [submitted(**incomplete())],
        [submitted(**incomplete()), received(2, BILL)],
        [submitted(**incomplete()), event(ev.ApplicationAmended, 2, facts=submitted().facts, changes=[])],
        [submitted(means={"estimate_cents": 20_000_00})],
        [
            submitted(),
            event(ev.ApplicationTransferred, 2, caisse="931", from_caisse="751", to_caisse="931", reason="r"),
        ],
        [submitted(), event(ev.ApplicationWithdrawn, 2, reason="r")],
    ]
)
IDENTITY_STREAMS: st.SearchStrategy[list[ev.Event]] = st.sampled_from(
    [
        [],
        [identity_cleared(1)],
        [identity_cleared(1), identity_cleared(2)],
        [signal(1), judgement(1, "different")],
        [signal(1, 2), judgement(1, "different", 1), judgement(2, "same")],
        [identity_cleared(1), signal(3, facts_sequence=0), judgement(3, "different")],
    ]
)


@st.composite
def interleavings(draw: st.DrawFn) -> tuple[list[ev.Event], list[ev.Event]]:
    """Two orders of the same facts: each topic in its own order, the topics woven together freely."""
    streams: list[list[ev.Event]] = [draw(APPLICATION_STREAMS), draw(IDENTITY_STREAMS)]
    orders = []
    for _ in range(2):
        left = [list(stream) for stream in streams]
        woven: list[ev.Event] = []
        while any(left):
            stream = draw(st.sampled_from([one for one in left if one]))
            woven.append(stream.pop(0))
        orders.append(woven)
    return orders[0], orders[1]


def bare(life: Life) -> dict[str, object]:
    return life.case.model_dump(exclude={"version"})


@settings(max_examples=150, deadline=None)
@given(interleavings())
def test_facts_in_any_order_reach_the_same_state(orders: tuple[list[ev.Event], list[ev.Event]]) -> None:
    first, second = (Life(BY_HAND).live(order) for order in orders)
    assert bare(first) == bare(second)
    assert first.facts == second.facts


@settings(max_examples=150, deadline=None)
@given(interleavings(), st.lists(st.dates(dt.date(2008, 3, 10), dt.date(2008, 9, 1)), max_size=8))
def test_a_file_is_completed_once_decided_once_and_never_refused_alone(
    orders: tuple[list[ev.Event], list[ev.Event]], visits: list[dt.date]
) -> None:
    life = Life(AUTOMATIC).live(orders[0]).live(orders[1])  # every event a second time, in another order
    for visit in sorted(visits):
        life.case, emissions = due_dates.tick(life.case, context(visit))
        life.emitted += emissions
    names = life.told
    assert names.count("FileCompleted") <= 1
    assert names.count("Granted") + names.count("LapsedToRefusal") <= 1
    assert "Refused" not in names
    told = [one.fields["id"] for one in life.emitted if "id" in one.fields]
    assert len(told) == len(set(told))
    assert uid(1) == life.case.application_id
