"""Any request that the published interface allows, and many that it does not: never 5xx, every answer as it says.

`make test` asks each operation a few times; `make guarantees` some eighty times, as four roles.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from shared.access.principal import Role
from shared.settings import SERVICES
from tests.interface.conftest import Door

EXAMPLES = int(os.environ.get("INTERFACE_EXAMPLES", "3"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
PROFILE = hypothesis_settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=EXAMPLES < 10,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
# Those that an operation lets in; the others are refused at its door, which is an answer too.
ROLES = (Role.TECHNICIAN, Role.SUPERVISOR, Role.OPERATOR, Role.AUDITOR)


def operations(door: Door) -> Iterator[Any]:
    """The operations of a service, ready to be asked."""
    schema = schemathesis.openapi.from_dict(door.schema)
    schema.config.base_url = door.url
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        yield found.ok()


def ask(door: Door, operation: Any, mode: GenerationMode, role: Role) -> None:
    """Ask an operation as often as the profile says, as one role. Raises what is wrong with an answer."""
    headers = door.headers(role)
    guarded = operation.path.startswith("/v1/")

    @PROFILE
    @given(case=operation.as_strategy(generation_mode=mode))
    def asked(case: Any) -> None:
        given = {"Authorization": headers["Authorization"]} if guarded else {}
        with requests.Session() as session:
            case.call_and_validate(base_url=door.url, headers=given, session=session, checks=CHECKS, timeout=60)

    asked()


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["allowed", "not allowed"])
@pytest.mark.parametrize("service", SERVICES)
def test_no_request_is_answered_otherwise_than_published(
    doors: dict[str, Door], service: str, mode: GenerationMode
) -> None:
    door, wrong = doors[service], []
    for number, operation in enumerate(operations(door)):
        roles = ROLES if EXAMPLES >= 10 else [ROLES[number % len(ROLES)], Role.TECHNICIAN][number % 2 :]
        for role in dict.fromkeys(roles):
            try:
                ask(door, operation, mode, role)
            except Unsatisfiable:  # nothing can be wrong with a request that has no parts
                assert mode is GenerationMode.NEGATIVE
            except (AssertionError, BaseExceptionGroup) as error:
                wrong.append(f"{operation.method.upper()} {operation.path} as {role}:\n{error}")
    assert not wrong, "\n\n".join(wrong)
