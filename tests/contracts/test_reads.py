"""Every route of the five services that shows something of a person's file asks why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI

from services.decision.app import SERVICE as DECISION
from services.dedup.app import SERVICE as DEDUP
from services.intake.app import SERVICE as INTAKE
from services.letters.app import SERVICE as LETTERS
from services.reporting.app import SERVICE as REPORTING
from shared.service.definition import Service

# What shows nobody's file: counts, the law, the algorithm, jobs by their own ids, the log that the auditor reads.
NOBODYS = {
    "intake": {
        "/desks",
        "/desks/{caisse}/{desk}/days/{day}",
        "/imports",
        "/imports/columns",
        "/imports/template.csv",
        "/imports/{import_id}",
        "/imports/{import_id}/report",
        "/imports/{import_id}/rows",
        "/admin/re-emissions/{re_emission_id}",
        "/webhooks",
        "/webhooks/{webhook_id}",
    },
    "dedup": {
        "/agreements",
        "/algorithms",
        "/bulk-checks",
        "/bulk-checks/{check_id}",
        "/calibrations",
        "/calibrations/{calibration_id}",
        "/retention",
        "/shared-signals",
    },
    "decision": {"/cases/workload", "/codes/{name}", "/interpretations", "/rule-sets", "/rule-sets/{rule_set}"},
    "letters": {
        "/letters/kinds",
        "/letters/kinds/{kind}",
        "/letters/kinds/{kind}/preview",
        "/letters/kinds/{kind}/leaflet",
        "/returns",
        "/paper/counts",
        "/paper/ledger",
        "/paper/sheets/{serial}",
        "/paper/stock",
        "/print-batches",
        "/print-batches/{batch_id}",
        "/print-rooms/{caisse}",
        "/print-volumes",
        "/title-orders",
    },
    "reporting": {
        "/access-log",
        "/access-log.{kind}",
        "/access-log/unusual",
        "/access-log/unusual/table.{kind}",
        "/definitions",
        "/definitions/{code}",
        "/equal-treatment",
        "/equal-treatment/repeats",
        "/equal-treatment/table.{kind}",
        "/exports/{period}.csv",
        "/exports/{period}.ods",
        "/guide.csv",
        "/guide.pdf",
        "/indicators",
        "/indicators/{code}",
        "/indicators/{code}/months",
        "/indicators/{code}/months/table.{kind}",
        "/monthly-sheets/{period}",
        "/monthly-sheets/{period}/sheet.pdf",
        "/quarters/{period}",
        "/quarters/{period}/statement",
        "/quarters/{period}/statement.csv",
        "/quarters/{period}/table.csv",
        "/quarters/{period}/table.ods",
        "/quarters/{period}/{caisse}/late",
        "/quarters/{period}/{caisse}/revisions/{revision}",
        "/quarters/{period}/{caisse}/revisions/{revision}/row",
        "/rollout",
        "/rollout/table.{kind}",
        "/supervision/quality",
        "/supervision/quality/table.{kind}",
        "/supervision/sample-size",
        "/tables/{period}",
    },
}
SERVICES = (INTAKE, DEDUP, DECISION, LETTERS, REPORTING)


def reads(service: Service) -> Iterator[tuple[str, dict[str, Any]]]:
    """The address and the description of every route that only reads."""
    app = FastAPI()
    for router in service.routers:
        if router.include_in_schema:
            app.include_router(router)
    for path, operations in app.openapi()["paths"].items():
        if "get" in operations:
            yield path, operations["get"]


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_a_read_of_a_file_names_its_purpose(service: Service) -> None:
    silent = {
        path
        for path, operation in reads(service)
        if "x-purpose" not in {one["name"].lower() for one in operation.get("parameters", ())}
    }
    assert silent <= NOBODYS[service.name], "a new read of files must name its purpose (ReadPurpose)"
