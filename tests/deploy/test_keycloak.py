"""The realm file says what the services expect of Keycloak. `make test-signon` really runs it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml

from deploy.local.provider import people
from deploy.reference import caisses
from shared.access.posts import Post, posts_of
from shared.access.principal import NATIONAL, Role
from shared.settings import SERVICES, Settings

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "deploy" / "keycloak" / "realm.json").read_text()
REALM: dict[str, Any] = json.loads(TEXT)
CLIENTS = {client["clientId"]: client for client in REALM["clients"]}
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def leaves(groups: list[dict[str, Any]], path: str = "") -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for group in groups:
        here = f"{path}/{group['name']}"
        found |= leaves(group["subGroups"], here) if group.get("subGroups") else {here: group}
    return found


def test_each_group_is_a_post_that_the_services_understand() -> None:
    """The group of a caisse and a role opens that role at that caisse, and nothing else."""
    roles = ("agent", "technician", "supervisor", "director")
    expected: dict[str, tuple[str | None, str]] = {
        f"/caisses/{code}/{role}": (code, role) for code in caisses() for role in roles
    }
    expected |= {f"/national/{role}": (None, role.value) for role in NATIONAL}
    opened = {}
    for path, group in leaves(REALM["groups"]).items():
        [post] = posts_of([json.loads(value) for value in group["attributes"]["habilitation"]])
        [role] = post.roles
        opened[path] = (post.caisse, role.value)
    assert opened == expected


def test_each_caisse_has_a_front_end_with_a_client_of_its_own() -> None:
    assert set(CLIENTS) == {"base-commune", *(f"frontend-{code}" for code in caisses())}
    for code in caisses():
        client = CLIENTS[f"frontend-{code}"]
        assert (client["serviceAccountsEnabled"], client["standardFlowEnabled"], "secret" in client) == (
            True,
            False,
            False,
        ), "Keycloak draws its secret"
        [claim] = [one["config"] for one in client["protocolMappers"] if one["name"] == "habilitations"]
        [post] = posts_of(json.loads(claim["claim.value"]))
        assert post == Post(code, frozenset({Role.FRONTEND}))


def test_people_come_back_to_the_five_services_and_sessions_end_as_ours_do() -> None:
    host = CLIENTS["base-commune"]
    assert host["redirectUris"] == [f"${{AME_PUBLIC_URL}}/{service}/ui/signon/callback" for service in SERVICES]
    assert host["attributes"]["pkce.code.challenge.method"] == "S256"
    settings = Settings(profile="test")
    assert REALM["ssoSessionIdleTimeout"] == settings.session_idle_seconds
    assert REALM["ssoSessionMaxLifespan"] == settings.session_longest_seconds
    assert not any(client["directAccessGrantsEnabled"] for client in REALM["clients"]), "no passwords but at Keycloak"


def test_no_secret_stands_in_the_file_and_what_it_leaves_open_is_set() -> None:
    open_names = set(re.findall(r"\$\{(\w+)\}", TEXT))
    assert open_names == {"AME_OIDC_CLIENT_SECRET", "AME_PUBLIC_URL", "AME_BACKCHANNEL_URL"}
    assert open_names <= set(COMPOSE["services"]["keycloak"]["environment"])


def test_the_provider_of_one_machine_has_everybody_a_visitor_needs() -> None:
    posts = {person.id: posts_of(person.habilitations) for person in people().values()}
    assert all(posts.values()), "a person without a post could only be refused"
    assert any(len(one) > 1 for one in posts.values())
    roles = {role for one in posts.values() for post in one for role in post.roles}
    assert roles == set(Role) - {Role.FRONTEND}
