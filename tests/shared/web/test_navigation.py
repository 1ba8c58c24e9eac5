"""Where each role can go, and how the addresses look with and without a proxy."""

from __future__ import annotations

from uuid import UUID

import pytest

from shared.access.principal import Role
from shared.web.navigation import ENTRIES, HOME, file_tabs, home_of, links, prefix_of


@pytest.mark.parametrize(
    ("target", "service", "root_path", "prefix"),
    [
        ("decision", "decision", "/decision", "/decision"),
        ("dedup", "decision", "/decision", "/dedup"),
        ("dedup", "decision", "/ame/decision", "/ame/dedup"),
        ("decision", "decision", "", ""),
        ("dedup", "decision", "", None),
    ],
)
def test_what_the_addresses_of_a_service_begin_with(
    target: str, service: str, root_path: str, prefix: str | None
) -> None:
    assert prefix_of(target, service, root_path) == prefix


@pytest.mark.parametrize("role", Role)
def test_every_role_has_a_first_page(role: Role) -> None:
    service, path = home_of({role})
    assert (service, path) == HOME[role]
    assert path.startswith("/ui")


def test_a_person_of_several_roles_begins_with_the_widest() -> None:
    assert home_of({Role.AGENT, Role.SUPERVISOR}) == HOME[Role.SUPERVISOR]


def test_without_a_proxy_only_the_own_pages_are_linked() -> None:
    shown = list(links({Role.TECHNICIAN}, "decision", "/ui", ""))
    assert {link.href for link in shown} == {"/ui", "/ui/rules", "/ui/supervision/feedback", "/ui/training", "/ui/work"}


def test_the_page_one_is_on_is_the_only_current_one() -> None:
    shown = list(links({Role.TECHNICIAN}, "decision", "/ui/rules", "/decision"))
    assert [(link.label, link.exact) for link in shown if link.current] == [("Droit", True)]
    inside = list(links({Role.TECHNICIAN}, "decision", "/ui/cases/1", "/decision"))
    assert [(link.label, link.exact) for link in inside if link.current] == [("Dossiers", False)]


def test_a_role_sees_its_own_entries_only() -> None:
    for role in Role:
        labels = {link.label for link in links({role}, "intake", "/ui", "/intake")}
        assert labels == {entry.label for entry in ENTRIES if role in entry.roles}


def test_a_file_has_one_current_page_and_no_tab_of_what_the_role_may_not_read() -> None:
    one = UUID(int=1)
    tabs = file_tabs("intake", "/ame/intake", one, {Role.TECHNICIAN}, "/papers")
    labels = ["Demande", "Pièces", "Instruction", "Identité", "Courriers", "Titres", "Historique"]
    assert [tab.label for tab in tabs] == labels
    assert [tab.href for tab in tabs if tab.current] == [f"/ame/intake/ui/applications/{one}/papers"]
    assert "Courriers" not in [tab.label for tab in file_tabs("intake", "/intake", one, {Role.AUDITOR})]


def test_no_two_links_of_a_role_share_a_key() -> None:
    for role in Role:
        keys = [link.key for link in links({role}, "intake", "/ui", "/intake")]
        assert len(keys) == len(set(keys))
        assert all(len(key) == 1 for key in keys)
