"""ETag and If-Match: who writes says which version he read."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Depends, Header

from shared.http.problems import Problem


def if_match(
    if_match: Annotated[str | None, Header(description='Version lue, telle que rendue dans ETag : "3"')] = None,
) -> int | None:
    """The version that the writer read, or None when the header is absent. Raises 412 when it cannot be one of ours."""
    if if_match is None:
        return None
    match = re.fullmatch(r'"([0-9]{1,9})"', if_match.strip())
    if match is None:
        detail = "If-Match ne porte pas une version de dossier."
        raise Problem(412, "stale_version", detail, title="Le dossier a changé")
    return int(match[1])


IfMatch = Annotated[int | None, Depends(if_match)]


def required(version: int | None) -> int:
    """The version that the writer read. Raises 428 when it is not said."""
    if version is None:
        detail = "Indiquez la version lue : en-tête If-Match."
        raise Problem(428, "version_missing", detail, title="Version du dossier non indiquée")
    return version


async def expected_version(
    if_match_: Annotated[
        str | None,
        Header(
            alias="If-Match",
            description='Version lue, telle que rendue dans ETag : "3"',
            json_schema_extra={"x-required": True, "examples": ['"1"']},
        ),
    ] = None,
) -> int:
    """The version that the writer read. Raises 428 when it is not said, 412 when it cannot be one of ours."""
    return required(if_match(if_match_))


Version = Annotated[int, Depends(expected_version)]


def stale_version(given: int, current: int) -> Problem:
    """412: the file changed since the writer read it; the answer tells the version of now."""
    detail = f"Version {given} présentée, version {current} en cours : relisez le dossier."
    return Problem(412, "stale_version", detail, title="Le dossier a changé", headers={"ETag": etag(current)})


def etag(version: int) -> str:
    """The entity tag of a version."""
    return f'"{version}"'
