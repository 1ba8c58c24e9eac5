"""The reference data of the pilot, from YAML to records: caisses, deposit bodies, appeal bodies, agents.

``python -m deploy.reference`` publishes them on the reference topic; services read them from there and nowhere else.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from shared.contract.facts import Fact
from shared.contract.reference_data import Agent, AppealBody, Caisse, DepositBody
from shared.contract.sandbox import SANDBOX

HERE = Path(__file__).parent


def _read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((HERE / f"{name}.yaml").read_text(encoding="utf-8"))
    return content


def caisses() -> dict[str, Caisse]:
    """The caisses by code, each with the service of the State of its town."""
    source, found = _read("caisses"), {}
    for record in source["caisses"]:
        service = [line.format(postal_town=record["address"][-1]) for line in source["state_service"]]
        found[record["code"]] = Caisse.model_validate({**record, "state_service": service})
    return found


def deposit_bodies() -> dict[str, DepositBody]:
    """The deposit bodies by code: each kind of body of the list, for each caisse."""
    source, found, known = _read("deposit_bodies"), {}, caisses()
    for caisse, town in source["towns"].items():
        for number, kind in enumerate(source["every_caisse"], start=11):
            code, name = kind["code"].format(caisse=caisse), kind["name"].format(town=town)
            address = [source["street"].format(number=number), known[caisse].address[-1]]
            named = {"code": code, "name": name, "caisse": caisse, "address": address}
            found[code] = DepositBody.model_validate({**kind, **named})
    return found


def appeal_bodies() -> list[AppealBody]:
    """The appeal bodies of each caisse: the commission of its department, then the caisse itself."""
    kinds, found = _read("appeal_bodies")["kinds"], []
    for caisse in caisses().values():
        for kind in kinds:
            lines = caisse.address if kind["address"] == "caisse" else kind["address"]
            named = {
                "caisse": caisse.code,
                "code": f"{kind['kind']}-{caisse.code}",
                "name": kind["name"].format(department=caisse.department, caisse_name=caisse.name),
                "address": [line.format(postal_town=caisse.address[-1]) for line in lines],
            }
            found.append(AppealBody.model_validate({**kind, **named}))
    return found


def agents() -> list[Agent]:
    """The agents, ``agent-<caisse>-<number>``; the first of each caisse signs for the director."""
    return [
        Agent(id=f"agent-{caisse}-{number:02d}", display_name=name, capacity=capacity, caisse=caisse, role=role)
        for caisse, people in _read("agents")["agents"].items()
        for number, (name, capacity, role) in enumerate(people, start=1)
    ]


def records() -> list[Fact]:
    """Everything, ready for ``ReferenceWriter.put``."""
    return [*caisses().values(), *deposit_bodies().values(), *appeal_bodies(), *agents(), *sandbox()]


def sandbox() -> list[Fact]:
    """The invented caisse of integrators, with all that a caisse has; in no list of the pilot."""
    source = _read("sandbox")
    return [
        Caisse.model_validate(source["caisse"]),
        *(DepositBody.model_validate({"caisse": SANDBOX, **body}) for body in source["deposit_bodies"]),
        *(AppealBody.model_validate({"caisse": SANDBOX, **body}) for body in source["appeal_bodies"]),
        *(
            Agent(id=f"agent-{SANDBOX}-{number:02d}", display_name=name, capacity=capacity, caisse=SANDBOX, role=role)
            for number, (name, capacity, role) in enumerate(source["agents"], start=1)
        ),
    ]
