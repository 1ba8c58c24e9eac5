"""The score said slowly and plainly: the same semantics as the kernels, with strings, lists and dictionaries.

Nothing in production calls it.  Tests hold the kernels to it to 1e-6; read it to know what the kernels mean.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from services.dedup.domain.matching.features import DATE_CLASSES, FEATURES
from services.dedup.domain.matching.model import Model
from services.dedup.domain.matching.normalisation import UnpackedRecord, unpack
from services.dedup.domain.matching.phonetics import DOUBLE, SINGLE
from services.dedup.domain.matching.record import FLAG_SINGLE_NAME, MAX_TOKEN

THRESHOLD: Final = 0.2
SMALLEST: Final = 0.5
SAME_FAMILY: Final = 0.5
MALE: Final = 1
ETHIOPIAN: Final = frozenset({4 * 26 + 20, 4 * 26 + 18})
"""Ethiopia and Eritrea, as ``normalisation`` numbers countries."""


@dataclass(slots=True)
class Base:
    """What the base knows of rarity: how many records bear a token, a skeleton, a place; how many records in all."""

    tokens: Mapping[str, float]
    skeletons: Mapping[int, float]
    places: Mapping[str, float]
    total: float


def rarity(count: float, total: float) -> float:
    """Nats of surprise, at most 12."""
    return min(12.0, -math.log((count + 0.5) / (total + 1.0)))


def skeleton(word: str) -> int:
    """The first four consonant classes as hexadecimal digits."""
    classes: list[int] = []
    previous = 0
    position = 0
    while position < len(word) and len(classes) < 4:
        letter, both = word[position], word[position : position + 2]
        if both in DOUBLE:
            found, width = DOUBLE[both], 2
        elif both == "tc":
            found, width = 12, 1  # tch is ch: the t alone takes its class
        elif letter == "c" and both[1:] in tuple("eiy"):
            found, width = 10, 1
        elif letter == "g" and both[1:] in tuple("eiy"):
            found, width = 5, 1
        elif both == "h":
            found, width = 0, 1  # a final h comes and goes
        else:
            found, width = SINGLE.get(letter, 0), 1
        position += width
        if not found:
            if letter in "aeiouy":
                previous = 0
            continue
        if found != previous:
            classes.append(found)
        previous = found
    if not classes:
        return 0x10000 + ord(word[0]) - 96
    return int("".join(f"{c:x}" for c in classes), 16)


def gap_weights(word: str, tables: Mapping[str, Any]) -> list[float]:
    """What leaving out each letter of a word costs."""
    out = []
    for n, letter in enumerate(word):
        kind = "double" if n and word[n - 1] == letter else "last" if n == len(word) - 1 else "gap"
        out.append(tables[kind][letter] + (tables["first"] if n == 0 else 0.0))
    return out


def spelling(a: str, b: str, tables: Mapping[str, Any], prefixes: list[str]) -> float:
    """Log-odds that two strings spell one name: the best path of learned edits, plus the bias."""

    def particle(word: str) -> tuple[int, float]:
        for prefix, weight in zip(prefixes, tables["prefix"], strict=True):
            if word.startswith(prefix) and len(word) - len(prefix) >= 3:
                return len(prefix), weight
        return 0, 0.0

    gap_a, gap_b = gap_weights(a, tables), gap_weights(b, tables)
    skip_a, skip_b = particle(a), particle(b)
    best: dict[tuple[int, int], float] = {(0, 0): 0.0}
    for i in range(len(a) + 1):
        for j in range(len(b) + 1):
            ways = []
            if i:
                ways.append(best[i - 1, j] + gap_a[i - 1])
            if j:
                ways.append(best[i, j - 1] + gap_b[j - 1])
            if i and j:
                pair = "".join(sorted(a[i - 1] + b[j - 1]))
                ways.append(best[i - 1, j - 1] + tables["substitute"][pair])
            if i > 1 and j and (weight := tables["digraph"].get(a[i - 2 : i] + b[j - 1])) is not None:
                ways.append(best[i - 2, j - 1] + weight)
            if j > 1 and i and (weight := tables["digraph"].get(b[j - 2 : j] + a[i - 1])) is not None:
                ways.append(best[i - 1, j - 2] + weight)
            if i == 0 and j and j == skip_b[0]:
                ways.append(skip_b[1])
            if j == 0 and i and i == skip_a[0]:
                ways.append(skip_a[1])
            if ways:
                best[i, j] = max(ways)
    return float(best[len(a), len(b)] + tables["bias"])


def far_apart(a: str, b: str) -> bool:
    """Fewer than half the distinct letters of the poorer word in common."""
    return 2 * len(set(a) & set(b)) < min(len(set(a)), len(set(b)))


def sigmoid(x: float) -> float:
    """From log-odds to a probability."""
    return 1.0 / (1.0 + math.exp(-x))


@dataclass(slots=True)
class _Names:
    """Running facts of an alignment."""

    values: dict[str, float] = field(default_factory=dict)
    family_matched: float = 0.0
    given_matched: float = 0.0

    def add(self, name: str, value: float) -> None:
        self.values[name] = self.values.get(name, 0.0) + value

    def worst(self, t: float) -> None:
        self.values["worst_spelling"] = max(self.values.get("worst_spelling", 0.0), 1.0 - t)

    def note_family(self, role_a: str, role_b: str, likeness: float) -> None:
        if "family" in (role_a, role_b):
            self.values["family_best"] = max(self.values.get("family_best", 0.0), likeness)

    def get(self, name: str) -> float:
        return self.values.get(name, 0.0)

    def credit(self, role_a: str, role_b: str, exact: bool, value: float, loss: float) -> None:
        suffix = "exact" if exact else "variant"
        roles = {role_a, role_b}
        if "usage" in roles:
            self.add("usage_name", value)
            self.family_matched += "family" in roles
            self.given_matched += "family" not in roles and "given" in roles
        elif role_a != role_b:
            self.add(f"fields_exchanged_{suffix}", value)
            self.family_matched += 0.5
            self.given_matched += 0.5
        else:
            self.add(f"{role_a}_{suffix}", value)
            self.family_matched += role_a == "family"
            self.given_matched += role_a == "given"
        self.add("spelling_gap", loss)


_Token = tuple[str, str]


def _tokens(person: UnpackedRecord) -> list[_Token]:
    roles = (("family", person.family), ("given", person.given), ("usage", person.usage))
    return [(word, role) for role, words in roles for word in words]


def align(a: UnpackedRecord, b: UnpackedRecord, base: Base, model: Model) -> _Names:
    """Match the words of two names: equal ones, joined ones, then the most alike first."""
    flags = a.flags | b.flags
    document = model.document["spelling"]
    tables = document["groups"][2 if flags & 2 else 1 if flags & 1 else 0]
    prefixes = document["prefixes"]
    left, right = _tokens(a), _tokens(b)
    free_left, free_right = set(range(len(left))), set(range(len(right)))
    facts = _Names()

    def rare(word: str) -> float:
        return rarity(base.tokens.get(word, 0.0), base.total)

    for across in (False, True):
        for i in sorted(free_left):
            for j in sorted(free_right):
                if left[i][0] == right[j][0] and (across or left[i][1] == right[j][1]):
                    value = min(rare(left[i][0]), 2.0) if len(left[i][0]) == 1 else rare(left[i][0])
                    facts.credit(left[i][1], right[j][1], True, value, 0.0)
                    facts.note_family(left[i][1], right[j][1], 1.0)
                    free_left.discard(i)
                    free_right.discard(j)
                    break

    def join(long: list[_Token], free_long: set[int], short: list[_Token], free_short: set[int]) -> None:
        for i in range(len(long)):
            if i not in free_long or len(long[i][0]) < 4:
                continue
            for j in range(len(short) - 1):
                if j not in free_short or j + 1 not in free_short or short[j][1] != short[j + 1][1]:
                    continue
                both = short[j][0] + short[j + 1][0]
                whole = long[i][0]
                if abs(len(both) - len(whole)) > 2 and not (len(whole) >= MAX_TOKEN and len(both) > MAX_TOKEN):
                    continue
                if far_apart(whole, both):
                    continue
                t = sigmoid(spelling(whole, both[:MAX_TOKEN], tables, prefixes))
                if t < 0.5:
                    continue
                free_long.discard(i)
                free_short -= {j, j + 1}
                facts.note_family(long[i][1], short[j][1], t)
                facts.add("names_joined", t * rare(whole))
                for role in (long[i][1], short[j][1]):
                    if role == "family":
                        facts.family_matched += 0.5
                    else:
                        facts.given_matched += 0.5
                facts.worst(t)
                break

    join(left, free_left, right, free_right)
    join(right, free_right, left, free_left)

    likeness: dict[tuple[int, int], float] = {}
    for i in sorted(free_left):
        for j in sorted(free_right):
            (x, role_x), (y, role_y) = left[i], right[j]
            if len(x) == 1 or len(y) == 1:
                if x[0] == y[0] and role_x == role_y:
                    likeness[i, j] = THRESHOLD + 0.01
            elif not far_apart(x, y):
                t = sigmoid(spelling(x, y, tables, prefixes))
                if t >= THRESHOLD:
                    likeness[i, j] = t
    while likeness:
        i, j = max(sorted(likeness), key=lambda ij: likeness[ij] + (0.1 if left[ij[0]][1] == right[ij[1]][1] else 0.0))
        t = likeness[i, j]
        free_left.discard(i)
        free_right.discard(j)
        likeness = {(p, q): v for (p, q), v in likeness.items() if p != i and q != j}
        (x, role_x), (y, role_y) = left[i], right[j]
        if len(x) == 1 or len(y) == 1:
            facts.add("initial", 1.0)
            if role_x == "family":
                facts.family_matched += 0.5
            else:
                facts.given_matched += 0.5
            continue
        full = min(rarity(base.skeletons.get(skeleton(w), 0.0), base.total) for w in (x, y))
        facts.credit(role_x, role_y, False, t * full, (1.0 - t) * full)
        facts.note_family(role_x, role_y, t)
        facts.worst(t)

    def unanswered(words: list[_Token], free: set[int], family: bool) -> float:
        roles = {"family"} if family else {"given"}
        return sum(rare(words[n][0]) for n in sorted(free) if words[n][1] in roles)

    for name, family in (("family", True), ("given", False)):
        mine, theirs = unanswered(left, free_left, family), unanswered(right, free_right, family)
        facts.values[f"{name}_conflict"] = min(mine, theirs)
        facts.values[f"{name}_extra"] = abs(mine - theirs)
    complete = not any(left[n][1] != "usage" for n in free_left) and not any(right[n][1] != "usage" for n in free_right)
    inexact = (
        "family_variant",
        "given_variant",
        "fields_exchanged_exact",
        "fields_exchanged_variant",
        "names_joined",
        "initial",
    )
    facts.values["all_same"] = float(bool(complete and left and right and not any(facts.get(n) for n in inexact)))
    return facts


def is_default(month: int, day: int) -> bool:
    """Whether a day of birth is one that stands for an unknown one: 1 January, 31 December or none."""
    return not month or not day or (month, day) in {(1, 1), (12, 31)}


def digits_apart(a: int, b: int) -> int:
    """Differing figures of two years; 1 when two neighbours are exchanged."""
    x, y = f"{a:04}", f"{b:04}"
    different = [n for n in range(4) if x[n] != y[n]]
    if len(different) != 2 or different[1] != different[0] + 1:
        return len(different)
    first, second = different
    return 1 if (x[first], x[second]) == (y[second], y[first]) else 2


def is_ethiopian_gap(a: UnpackedRecord, b: UnpackedRecord) -> bool:
    """Whether two years may be one, written in the Ethiopian calendar and in ours."""
    return abs(a.year - b.year) in (7, 8) and {a.country, b.country} <= ETHIOPIAN


def date_class(a: UnpackedRecord, b: UnpackedRecord) -> str:
    """Name of the feature of the date lattice."""
    if not a.year or not b.year:
        return "date_missing"
    weak = is_default(a.month, a.day) or is_default(b.month, b.day)
    gap = abs(a.year - b.year)
    if not gap:
        if (a.month, a.day) == (b.month, b.day):
            return "date_exact_default" if weak else "date_exact"
        if not a.month or not b.month:
            return "date_unknown_day"
        if not a.day or not b.day:
            return "date_unknown_day" if a.month == b.month or weak else "date_same_year"
        if (a.month, a.day) == (b.day, b.month):
            return "date_swapped"
        if weak:
            return "date_unknown_day"
        return (
            "date_day_differs" if a.month == b.month else "date_month_differs" if a.day == b.day else "date_same_year"
        )
    if (a.month, a.day) == (b.month, b.day) and not weak:
        return (
            "date_year_next"
            if gap == 1
            else "date_year_digit"
            if digits_apart(a.year, b.year) <= 1
            else "date_unknown_day_drift"
            if is_ethiopian_gap(a, b)
            else "date_same_day_month"
        )
    if gap <= 3 and weak:
        return "date_unknown_day_drift"
    if gap > 2 and is_ethiopian_gap(a, b):
        return "date_unknown_day_drift"
    return "date_near_year" if gap <= 2 else "date_far"


def place_likeness(a: str, b: str) -> float:
    """Share of common letter pairs, a little more when they begin alike."""
    theirs = [b[n : n + 2] for n in range(len(b) - 1)]
    mine = [a[n : n + 2] for n in range(len(a) - 1)]
    pairs = len(mine) + len(theirs)
    common = 0
    for pair in mine:
        if pair in theirs:
            theirs.remove(pair)
            common += 1
    return min(1.0, (2.0 * common / pairs if pairs else 0.0) + (0.1 if a[0] == b[0] else 0.0))


def features(first: bytes, second: bytes, base: Base, model: Model) -> dict[str, float]:
    """Evidence of a pair of rows, by feature name, all of FEATURES."""
    a, b = unpack(first), unpack(second)
    names = align(a, b, base, model)
    x = dict.fromkeys(FEATURES, 0.0)
    for name in x:
        x[name] = names.get(name)
    date = date_class(a, b)
    x[date] = 1.0
    if date == "date_far" and digits_apart(a.year, b.year) <= 1 and is_default(a.month, a.day):
        x["date_year_digit_default"] = 1.0
    single = bool((a.flags | b.flags) & FLAG_SINGLE_NAME)
    x["single_name"] = float(single)
    x["family_none"] = float(not names.family_matched and not single)
    x["given_none"] = float(not names.given_matched and not single)
    if names.family_matched and not names.given_matched and x["given_conflict"] > 0:
        close = date in {"date_exact", "date_exact_default", "date_swapped", "date_day_differs"}
        x["twin" if close else "sibling"] = 1.0
    if names.get("all_same") and date in {"date_far", "date_same_day_month", "date_near_year", "date_same_year"}:
        x["namesake"] = 1.0
    if FEATURES.index(date) >= FEATURES.index("date_same_year") and date != "date_missing":
        x["names_without_date"] = 0.1 * (x["family_exact"] + x["given_exact"])
    if date == "date_exact":
        x["conflict_despite_date"] = min(12.0, x["family_conflict"] + x["given_conflict"])
    if a.sex and b.sex:
        x["sex_same" if a.sex == b.sex else "sex_differs"] = 1.0
    if a.country and b.country:
        x["country_same" if a.country == b.country else "country_differs"] = 1.0
    x["nationality_differs"] = float(bool(a.nationality and b.nationality and a.nationality != b.nationality))
    if a.place and b.place:
        if a.place == b.place:
            x["place_same"] = rarity(base.places.get(a.place, 0.0), base.total)
            contradicted = x["sex_differs"] or x["country_differs"] or x["nationality_differs"]
            drifts = date == "date_unknown_day_drift" and names.get("all_same")
            x["drift_agrees"] = float(bool(drifts and not contradicted))
        else:
            likeness = place_likeness(a.place, b.place)
            x["place_near" if likeness >= 0.45 else "place_differs"] = likeness if likeness >= 0.45 else 1.0 - likeness
    x["postcode_same"] = float(bool(a.postcode and a.postcode == b.postcode))
    x["caisse_same"] = float(bool(a.caisse and a.caisse == b.caisse))
    men = a.sex == b.sex == MALE
    weak = is_default(a.month, a.day) or is_default(b.month, b.day) or date == "date_missing"
    other_family = names.get("family_best") < SAME_FAMILY and not x["usage_name"] and not single
    x["other_family_name"] = float(bool(other_family and (men or weak)))
    return x


def log_odds(x: Mapping[str, float], base: Base, model: Model) -> float:
    """Log-odds of one person against every innocent explanation together (``scoring``)."""
    document = model.document
    size = max(base.total - document["prior_records"], document["reference_size"] * SMALLEST)
    growth = math.log(size / document["reference_size"])
    odds = 0.0
    for card in document["scorecards"]:
        against = card["constant"] - card["size_slope"] * growth
        odds += math.exp(-(against + sum(weight * x[name] for name, weight in card["weights"].items())))
    total, (ceiling, floor) = -math.log(odds), model.rules
    if x["other_family_name"]:
        return min(total, ceiling)
    return max(total, floor) if x["drift_agrees"] else total


assert FEATURES[DATE_CLASSES - 1] == "date_missing"
