"""From the answers of an interview to the document that a front end would post."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from services.intake.domain.interview import answers as reading
from services.intake.domain.interview.answers import Answers
from shared.contract.reference_data import DepositBody

STAY = ("entered_on", "title_until", "irregular_since")
ADDRESS = {
    "address_line": "line",
    "postcode": "postcode",
    "city": "city",
    "lodging": "lodging",
    "telephone": "telephone",
}
PERSON = ("family_name", "given_names", "usage_name", "sex", "birth_place", "birth_country", "nationality")
WITHOUT_NAMES = "—"


def document(given: Answers, *, caisse: str, desk: DepositBody, today: dt.date) -> dict[str, Any]:
    """The application of these answers, deposited today at ``desk``. Wrong answers are left out."""
    said = given.answers
    deposit = {
        "channel": desk.channel.value,
        "body": desk.code,
        "deposited_on": today.isoformat(),
        "received_on": today.isoformat(),
    }
    made: dict[str, Any] = {
        "caisse": caisse,
        "kind": said.get("kind") or "first",
        "deposit": deposit,
        "members": [_member("applicant", said) | {"stay": _stay(said)}]
        + [_member(one.relation, one.answers) for one in given.people],
        "address": {name: said[key] for key, name in ADDRESS.items() if said.get(key)}
        | ({"protected_location": True} if said.get("protected_location") == "yes" else {}),
        "means": _means(said),
        "papers": _papers(said),
    }
    earlier = _earlier(said)
    if earlier:
        made["earlier_rights"] = [earlier]
    if (care := reading.full_date(said.get("care_given_on", ""))) is not None:
        made["earlier_care"] = [{"given_on": care.isoformat()}]
    return made


def without_names(made: Mapping[str, Any]) -> dict[str, Any]:
    """The same document for a question about the law: no name, no address line, no telephone, no number of a paper."""
    members = [
        {key: value for key, value in one.items() if key not in ("given_names", "usage_name")}
        | {"family_name": WITHOUT_NAMES}
        for one in made["members"]
    ]
    address = {key: made["address"][key] for key in ("postcode", "lodging") if key in made["address"]}
    papers = [{key: value for key, value in one.items() if key != "number"} for one in made["papers"]]
    return {**made, "members": members, "address": address, "papers": papers}


def _member(relation: str, said: Mapping[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = {"relation": relation} | {key: said[key] for key in PERSON if said.get(key)}
    if (birth := reading.partial_date(said.get("birth_date", ""))) is not None:
        made["birth_date"] = birth
    return made


def _stay(said: Mapping[str, str]) -> dict[str, Any]:
    days = {key: reading.full_date(said.get(key, "")) for key in STAY}
    made: dict[str, Any] = {key: day.isoformat() for key, day in days.items() if day is not None}
    return made | ({"title": said["title"]} if said.get("title") else {})


def _means(said: Mapping[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if (amount := reading.cents(said.get("estimate_euros", ""))) is not None:
        made["estimate_cents"] = amount
    if said.get("free_lodging_months", "").isdigit():
        made["free_lodging_months"] = int(said["free_lodging_months"])
    return made


def _papers(said: Mapping[str, str]) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for use in ("identity", "residence"):
        if said.get(f"{use}_paper"):
            paper: dict[str, Any] = {"kind": said[f"{use}_paper"], "use": use}
            if (dated := reading.full_date(said.get(f"{use}_dated", ""))) is not None:
                paper["dated"] = dated.isoformat()
            if said.get(f"{use}_number"):
                paper["number"] = said[f"{use}_number"]
            if said.get(f"{use}_photo") == "yes":
                paper["has_photo"] = True
            made.append(paper)
    if said.get("means_statement") == "yes":
        made.append({"kind": "means_statement", "use": "means"})
    if said.get("urgent") == "yes":
        made.append({"kind": "priority_certificate", "use": "other"})
    return made


def _earlier(said: Mapping[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if said.get("earlier_caisse"):
        made["caisse"] = said["earlier_caisse"]
    if (ends := reading.full_date(said.get("earlier_ends_on", ""))) is not None:
        made["ends_on"] = ends.isoformat()
    return made
