"""No date freezes a service: extremes are posted to every date of every route, and ``/live`` answers meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from shared.access.principal import Role
from shared.settings import SERVICES
from tests.journeys.house import House

pytestmark = pytest.mark.journey

EXTREMES = ("0001-01-01", "1402-05-06", "1899-12-31", "2523-01-01", "9999-12-31", "9999-12-30", "-0001-01-01")
LONGEST_SECONDS = 15.0
LONGEST_LIVE_SECONDS = 10.0  # of a machine that others use too


def resolved(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    if ref := schema.get("$ref"):
        found: dict[str, Any] = document
        for step in ref.removeprefix("#/").split("/"):
            found = found[step]
        return resolved(found, document)
    if parts := schema.get("allOf"):
        together: dict[str, Any] = {"type": "object", "properties": {}, "required": []}
        for part in parts:
            one = resolved(part, document)
            together["properties"] |= one.get("properties", {})
            together["required"] += one.get("required", [])
        return together
    for name in ("anyOf", "oneOf"):
        if parts := schema.get(name):
            return next((one for part in parts if (one := resolved(part, document)).get("type") != "null"), {})
    return schema


def example(schema: dict[str, Any], document: dict[str, Any], date: str, depth: int = 0) -> Any:
    """A value of a schema in which every date is ``date``."""
    schema = resolved(schema, document)
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][0]
    match schema.get("type"):
        case "object":
            given = {
                name: example(part, document, date, depth + 1)
                for name, part in schema.get("properties", {}).items()
                if depth < 6 and (name in schema.get("required", ()) or _has_date(part, document))
            }
            return given
        case "array":
            return [example(schema.get("items", {}), document, date, depth + 1)] if depth < 6 else []
        case "string":
            text = {"date": date, "uuid": str(uuid4())}.get(schema.get("format", ""))
            return text or ("751" if "[0-9A-B]" in schema.get("pattern", "") else "x" * schema.get("minLength", 1))
        case "integer" | "number":
            return schema.get("minimum", 0)
        case "boolean":
            return True
    return date


def _has_date(schema: dict[str, Any], document: dict[str, Any], depth: int = 0) -> bool:
    schema = resolved(schema, document)
    if schema.get("format") == "date" or "birth" in schema.get("title", "").lower():
        return True
    inner = [*schema.get("properties", {}).values(), *([schema["items"]] if "items" in schema else [])]
    return depth < 6 and any(_has_date(one, document, depth + 1) for one in inner)


def questions(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, str], Any]]:
    """Method, path, query and body of each route that takes a date, with each extreme in turn."""
    for path, routes in document["paths"].items():
        for method, route in routes.items():
            content = route.get("requestBody", {}).get("content", {})
            body = next((part["schema"] for kind, part in content.items() if "json" in kind), None)
            dated = [
                one
                for one in route.get("parameters", ())
                if one["in"] == "query" and _has_date(one["schema"], document)
            ]
            if not dated and (body is None or not _has_date(body, document)):
                continue
            place = path
            for parameter in route.get("parameters", ()):
                if parameter["in"] == "path":
                    value = example(parameter["schema"], document, "2008-01-01")
                    place = place.replace("{" + parameter["name"] + "}", str(value))
            for date in EXTREMES:
                yield (
                    method.upper(),
                    place,
                    {one["name"]: date for one in dated},
                    body and example(body, document, date),
                )


@pytest.mark.parametrize("service", SERVICES)
async def test_no_date_freezes_a_service(house: House, service: str) -> None:
    url = str(house.people.clients[service].base_url).rstrip("/")
    slowest_live, asked = 0.0, 0

    async def watch(client: httpx.AsyncClient) -> None:
        nonlocal slowest_live
        while True:
            began = time.monotonic()
            assert (await client.get(f"{url}/live")).status_code == 200
            slowest_live = max(slowest_live, time.monotonic() - began)
            await asyncio.sleep(0.05)

    async with httpx.AsyncClient(timeout=60) as client:
        watching = asyncio.create_task(watch(client))
        document = (await client.get(f"{url}/openapi.json")).json()
        for method, path, query, body in questions(document):
            for role in (Role.FRONTEND, Role.SUPERVISOR):
                token = house.desk(role, "751").token
                headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": uuid4().hex}
                headers |= {"X-Purpose": "instruction", "If-Match": '"1"'}
                began = time.monotonic()
                answer = await client.request(method, url + path, params=query, json=body, headers=headers)
                asked += 1
                assert answer.status_code < 500, (method, path, query, answer.text)
                assert time.monotonic() - began < LONGEST_SECONDS, (method, path, query)
        watching.cancel()
    assert asked
    assert slowest_live < LONGEST_LIVE_SECONDS
