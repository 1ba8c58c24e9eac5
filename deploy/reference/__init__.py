"""The reference data of the pilot, from YAML to records: caisses, deposit bodies, appeal bodies, agents.

A record is a key and a JSON object; ``python -m deploy.reference`` publishes them on the reference topic.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
Record = dict[str, Any]


def _read(name: str) -> Any:
    return yaml.safe_load((HERE / f"{name}.yaml").read_text(encoding="utf-8"))


def caisses() -> dict[str, Record]:
    """The caisses by code."""
    return {record["code"]: record for record in _read("caisses")["caisses"]}


def deposit_bodies() -> dict[str, Record]:
    """The deposit bodies by code: each kind of body of the list, for each caisse."""
    source = _read("deposit_bodies")
    found = {}
    for caisse, town in source["towns"].items():
        for kind in source["every_caisse"]:
            code = kind["code"].format(caisse=caisse)
            found[code] = {
                "code": code, "name": kind["name"].format(town=town), "channel": kind["channel"], "caisse": caisse,
                "from": kind.get("from"), "until": kind.get("until"),
            }  # fmt: skip
    return found


def appeal_bodies() -> dict[str, Record]:
    """The appeal bodies by ``<caisse>:<from>``: the commission of the department, then the caisse itself."""
    found = {}
    for caisse in caisses().values():
        town = caisse["address"][-1]
        for kind in _read("appeal_bodies")["kinds"]:
            address = caisse["address"] if kind["address"] == "caisse" else [
                line.format(postal_town=town) for line in kind["address"]
            ]  # fmt: skip
            found[f"{caisse['code']}:{kind['from']}"] = {
                "caisse": caisse["code"], "kind": kind["kind"], "from": kind["from"], "until": kind["until"],
                "name": kind["name"].format(department=caisse["department"], caisse_name=caisse["name"]),
                "address": address, "reference": kind["reference"], "confidence": kind["confidence"],
            }  # fmt: skip
    return found


def agents() -> dict[str, Record]:
    """The agents by id, ``agent-<caisse>-<number>``; the first of each caisse signs for the director."""
    found = {}
    for caisse, people in _read("agents")["agents"].items():
        for number, (name, capacity, role) in enumerate(people, start=1):
            agent = f"agent-{caisse}-{number:02d}"
            found[agent] = {"id": agent, "display_name": name, "capacity": capacity, "caisse": caisse, "role": role}
    return found
