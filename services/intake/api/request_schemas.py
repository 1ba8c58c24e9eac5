"""What may be posted, as published: the facts without what the service assigns.

The contract of events names ids of members and papers and hashes of bytes; who files an application has none of them.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

from shared.contract.facts import ApplicationFacts

REF = "#/components/schemas/{model}"
ASSIGNED = {"Member": ("member_id",), "Paper": ("paper_id", "sha256")}
GIVEN = {"Member": ("rank",), "Paper": ("received_on",)}
"""Mandatory in the contract, and filled in by the service where the sender leaves them out."""

CAISSE = {"type": "string", "title": "Caisse", "description": "Caisse saisie ; par défaut celle du jeton"}
REFERENCE = {"type": "string", "title": "Reference", "description": "Référence du dossier chez l'émetteur"}


def _contract() -> dict[str, Any]:
    schema = ApplicationFacts.model_json_schema(ref_template=REF)
    return {"ApplicationFacts": {key: value for key, value in schema.items() if key != "$defs"}, **schema["$defs"]}


def _without(schema: dict[str, Any], title: str, removed: Iterable[str], optional: Iterable[str]) -> dict[str, Any]:
    made = copy.deepcopy(schema)
    gone = set(removed)
    made["title"] = title
    made["properties"] = {name: value for name, value in made["properties"].items() if name not in gone}
    made["required"] = [name for name in made.get("required", ()) if name not in gone | set(optional)]
    made["additionalProperties"] = False
    return made


def _with_items(schema: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    for field, model in names.items():
        schema["properties"][field]["items"] = {"$ref": REF.format(model=model)}
    return schema


def schemas() -> dict[str, Any]:
    """The models of the bodies that intake reads itself, by name."""
    contract = _contract()
    made = {
        f"New{model}": _without(contract[model], f"New{model}", ASSIGNED[model], GIVEN[model]) for model in ASSIGNED
    }
    # An amendment may name the members and papers that it keeps.
    kept = {
        f"Amended{model}": _without(contract[model], f"Amended{model}", (), (*ASSIGNED[model], *GIVEN[model]))
        for model in ASSIGNED
    }
    whole = contract["ApplicationFacts"]
    new = _with_items(_without(whole, "NewApplication", (), ()), {"members": "NewMember", "papers": "NewPaper"})
    new["properties"] |= {"caisse": CAISSE, "reference": REFERENCE}
    amended = _with_items(
        _without(whole, "AmendedApplication", (), whole["properties"]),
        {"members": "AmendedMember", "papers": "AmendedPaper"},
    )
    papers = {
        "title": "NewPapers",
        "type": "object",
        "required": ["papers"],
        "properties": {
            "papers": {
                "type": "array",
                "title": "Papers",
                "minItems": 1,
                "maxItems": 50,
                "items": {"$ref": REF.format(model="NewPaper")},
            }
        },
        "additionalProperties": False,
    }
    return {**contract, **made, **kept, "NewApplication": new, "AmendedApplication": amended, "NewPapers": papers}


def body(model: str, media_type: str = "application/json", form: dict[str, Any] | None = None) -> dict[str, Any]:
    """The request body of an operation that reads it by itself, for ``openapi_extra``; or a form, where it may be."""
    content = {media_type: {"schema": {"$ref": REF.format(model=model)}}}
    if form is not None:
        content["multipart/form-data"] = {"schema": form}
    return {"requestBody": {"required": True, "content": content}}
