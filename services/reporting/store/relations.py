"""The rows that figures count, by name: what ``of`` of a definition speaks of. PURE.

Parameters: ``since`` and ``until``, the first and last day of the period, and ``caisse``, to work on one caisse only,
or null. Each row has its caisse and its application. Which rows a line counts, its definition says.
"""

from __future__ import annotations

from typing import Final

# A stay counts in the stock of a day when it arrived before the end of that day and had not left by then. As no stay
# leaves before it arrives, stock at the end = stock at the start + arrivals - departures, whatever was recorded.
STAYS = """
SELECT s.caisse, s.application_id, s.arrived_on, s.arrived_by, s.left_on, a.kind, a.adults, a.minors,
    a.persons_granted, a.persons_refused, a.complete_at_receipt, a.transmitted_days, a.priority, a.automatic,
    a.decided_on, a.deposited_on, a.received_on, a.births_to_the_day, a.telephone,
    a.address_complete,
    s.arrived_by = 'received' AND s.arrived_on >= :since AS received,
    s.left_on IS NULL OR s.left_on > :until AS open_at_end,
    CASE WHEN s.left_on BETWEEN :since AND :until THEN s.left_by END AS closed_by
FROM fact_stay s JOIN fact_application a USING (application_id)
WHERE s.arrived_on <= :until AND (s.left_on IS NULL OR s.left_on >= :since)
    AND (CAST(:caisse AS text) IS NULL OR s.caisse = :caisse)
"""

MOTIVES = """
SELECT s.caisse, s.application_id, motive
FROM fact_stay s JOIN fact_application a USING (application_id) CROSS JOIN unnest(a.motives) AS motive
WHERE s.left_by = 'refused' AND s.left_on BETWEEN :since AND :until
    AND (CAST(:caisse AS text) IS NULL OR s.caisse = :caisse)
"""

NOTIFIED = """
SELECT a.caisse, a.application_id, a.notified_on, a.completed_on
FROM fact_application a
WHERE a.notified_on BETWEEN :since AND :until AND a.completed_on IS NOT NULL AND a.state IN ('granted', 'refused')
    AND a.caisse IS NOT NULL AND (CAST(:caisse AS text) IS NULL OR a.caisse = :caisse)
"""

COMPLETED = """
SELECT a.caisse, a.application_id, a.completed_on, a.deposited_on
FROM fact_application a
WHERE a.completed_on BETWEEN :since AND :until AND a.deposited_on IS NOT NULL AND a.caisse IS NOT NULL
    AND (CAST(:caisse AS text) IS NULL OR a.caisse = :caisse)
"""

HANDED = """
SELECT a.caisse, a.application_id, a.handed_on, a.notified_on
FROM fact_application a
WHERE a.handed_on BETWEEN :since AND :until AND a.caisse IS NOT NULL
    AND (CAST(:caisse AS text) IS NULL OR a.caisse = :caisse)
"""

# An admission whose title nobody fetched: as long as some right of it runs.
UNCOLLECTED = """
SELECT a.caisse, a.application_id, a.notified_on
FROM fact_application a
WHERE a.state = 'granted' AND a.notified_on <= :until AND (a.handed_on IS NULL OR a.handed_on > :until)
    AND EXISTS (SELECT FROM fact_right r WHERE r.application_id = a.application_id AND r.last_day >= :until)
    AND a.caisse IS NOT NULL AND (CAST(:caisse AS text) IS NULL OR a.caisse = :caisse)
"""

# Titles that can be collected on the last day, whatever became of them since.
TITLES = """
SELECT t.caisse, t.application_id, t.at_desk_on
FROM fact_title t
WHERE t.at_desk_on <= :until AND (t.left_on IS NULL OR t.left_on > :until)
    AND (CAST(:caisse AS text) IS NULL OR t.caisse = :caisse)
"""

# Of no file: what each act of a register did up to the last day.
PAPER = """
SELECT p.caisse, CAST(NULL AS uuid) AS application_id, p.fate, p.sheets
FROM fact_paper p
WHERE p.happened_on <= :until AND (CAST(:caisse AS text) IS NULL OR p.caisse = :caisse)
"""

LETTERS = """
SELECT l.caisse, l.application_id, l.kind
FROM fact_letter l
WHERE l.issued_on BETWEEN :since AND :until AND (CAST(:caisse AS text) IS NULL OR l.caisse = :caisse)
"""

POSTS = """
SELECT l.caisse, l.application_id, l.posted_on, l.cancelled_on, l.returned_on, l.resent_on
FROM fact_letter l
WHERE (l.posted_on BETWEEN :since AND :until OR l.cancelled_on BETWEEN :since AND :until
    OR l.resent_on BETWEEN :since AND :until)
    AND (CAST(:caisse AS text) IS NULL OR l.caisse = :caisse)
"""

# A pair is told once for each of its applications: it counts once in a caisse and once in all.
SIGNALS = """
SELECT s.caisse, s.application_id, s.pair_id, s.side, s.raised_on,
    (s.judged_on IS NULL OR s.judged_on > :until) AND (s.dropped_on IS NULL OR s.dropped_on > :until) AS open_at_end
FROM fact_signal s
WHERE s.raised_on <= :until AND (CAST(:caisse AS text) IS NULL OR s.caisse = :caisse)
    AND (s.raised_on >= :since OR (s.judged_on IS NULL AND s.dropped_on IS NULL) OR s.judged_on > :until
        OR s.dropped_on > :until)
"""

JUDGED = """
SELECT s.judged_caisse AS caisse, s.application_id, s.pair_id, s.side, s.judgement, s.judged_on, s.raised_on
FROM fact_signal s
WHERE s.judged_on BETWEEN :since AND :until AND (CAST(:caisse AS text) IS NULL OR s.judged_caisse = :caisse)
"""

EVENTS = """
SELECT e.caisse, e.application_id, e.type, e.detail, e.items, e.actor_id, e.counted_on, e.taken_on
FROM fact_event e
WHERE e.counted_on BETWEEN :since AND :until AND (CAST(:caisse AS text) IS NULL OR e.caisse = :caisse)
"""

REBUILT = """
SELECT b.caisse, b.application_id, b.rebuilt_on
FROM fact_rebuilt b
WHERE b.rebuilt_on BETWEEN :since AND :until AND (CAST(:caisse AS text) IS NULL OR b.caisse = :caisse)
"""

REVIEWS = """
SELECT r.caisse, r.application_id, r.draw, r.look, r.yes, r.no, r.formal, r.rights, r.money, r.differs
FROM fact_review r
WHERE r.reviewed_on BETWEEN :since AND :until AND (CAST(:caisse AS text) IS NULL OR r.caisse = :caisse)
"""

# Ages by the year of birth, which is all we keep; without one a child is minor. A right is followed when the same
# person, or the same member, has another, decided by the end of the period, that goes further; it is looked up of those
# alone that end in the period.
RIGHTS = """
SELECT r.*, CASE WHEN r.age IS NULL THEN r.relation = 'child' ELSE r.age < :adult_age END AS minor,
    CASE WHEN r.age IS NULL THEN '' WHEN r.age < 18 THEN '0' WHEN r.age < 40 THEN '18' WHEN r.age < 60 THEN '40'
        ELSE '60' END AS age_group,
    r.last_day BETWEEN :since AND :until AND EXISTS (
        SELECT FROM fact_person p JOIN fact_person q ON q.person_id = p.person_id JOIN fact_right later
            ON later.member_id = q.member_id
        WHERE p.member_id = r.member_id AND later.application_id <> r.application_id
            AND later.last_day > r.last_day AND later.decided_on <= :until
    ) AS followed
FROM (
    SELECT f.*, CAST(extract(year FROM CAST(:until AS date)) AS int) - f.birth_year AS age FROM fact_right f
    WHERE (f.last_day >= :since AND f.starts_on <= :until OR f.decided_on BETWEEN :since AND :until)
        AND (CAST(:caisse AS text) IS NULL OR f.caisse = :caisse)
) AS r
"""

RELATIONS: Final[dict[str, str]] = {
    "stays": STAYS,
    "motives": MOTIVES,
    "notified": NOTIFIED,
    "completed": COMPLETED,
    "handed": HANDED,
    "uncollected": UNCOLLECTED,
    "titles": TITLES,
    "paper": PAPER,
    "letters": LETTERS,
    "posts": POSTS,
    "signals": SIGNALS,
    "judged": JUDGED,
    "events": EVENTS,
    "rebuilt": REBUILT,
    "reviews": REVIEWS,
    "rights": RIGHTS,
}
OF_NO_FILE: Final = frozenset({"paper"})
"""Rows that lead to no application: their figures have no files."""
