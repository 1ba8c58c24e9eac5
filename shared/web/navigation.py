"""Where each role can go: one list for the pages of all services."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from uuid import UUID

from shared.access.principal import Role

AGENT, TECHNICIAN, SUPERVISOR = Role.AGENT, Role.TECHNICIAN, Role.SUPERVISOR
AUDITOR, OPERATOR, FRONTEND = Role.AUDITOR, Role.OPERATOR, Role.FRONTEND
DIRECTOR, NATIONAL_OFFICE = Role.DIRECTOR, Role.NATIONAL_OFFICE
CAISSE = frozenset({AGENT, TECHNICIAN, SUPERVISOR})
STEERING = frozenset({SUPERVISOR, AUDITOR, DIRECTOR, NATIONAL_OFFICE})


@dataclass(frozen=True)
class Entry:
    """One link of the main navigation: its words, the service and path it leads to, who sees it.

    ``count``: a path of the same service that answers with a number, filled in by the browser; empty for none.
    ``also``: other paths whose pages belong under it. ``key``: the letter that leads there after a « g ».
    """

    label: str
    service: str
    path: str
    icon: str
    roles: frozenset[Role]
    count: str = ""
    also: tuple[str, ...] = ()
    key: str = ""

    def depth(self, path: str) -> int:
        """How much of ``path`` leads to this entry, in letters; 0 when it lies elsewhere."""
        return max(
            (len(own) for own in (self.path, *self.also) if path == own or path.startswith(f"{own}/")), default=0
        )


@dataclass(frozen=True)
class Link:
    """An entry as one page shows it."""

    label: str
    href: str
    icon: str
    current: bool
    exact: bool
    count_path: str
    key: str


OPERATIONS = "/ui/operations"
ENTRIES = (
    Entry("Accueil", "intake", "/ui/desk", "person", frozenset({AGENT, TECHNICIAN}), also=("/ui/interviews",), key="a"),
    Entry("Demandes", "intake", "/ui", "files", CAISSE | {AUDITOR}, key="m"),
    Entry("Rendez-vous", "intake", "/ui/appointments", "calendar", CAISSE, key="y"),
    Entry("Imports", "intake", "/ui/imports", "upload", CAISSE | {FRONTEND}, key="i"),
    Entry("Mon travail", "decision", "/ui/work", "check", frozenset({TECHNICIAN, SUPERVISOR}), key="t"),
    Entry("Dossiers", "decision", "/ui", "file", CAISSE | {AUDITOR}, key="d"),
    Entry("Équipe", "decision", "/ui/supervision/team", "person", frozenset({SUPERVISOR}), key="w"),
    Entry("Supervision", "decision", "/ui/supervision", "check", frozenset({SUPERVISOR}), key="v"),
    Entry("Mes retours", "decision", "/ui/supervision/feedback", "eye", frozenset({AGENT, TECHNICIAN}), key="u"),
    Entry("Doublons", "dedup", "/ui", "pair", frozenset({TECHNICIAN, SUPERVISOR, AUDITOR}), key="b"),
    Entry("Ressemblances", "dedup", "/ui/algorithm", "question", frozenset({SUPERVISOR, AUDITOR}), key="z"),
    Entry("Adresses partagées", "dedup", "/ui/shared-signals", "home", frozenset({SUPERVISOR}), key="p"),
    Entry("Fichier de personnes", "dedup", "/ui/bulk-checks", "upload", frozenset({SUPERVISOR}), key="x"),
    Entry("Courriers", "letters", "/ui", "letter", CAISSE, key="c"),
    Entry("À poster", "letters", "/ui/post", "print", CAISSE, also=("/ui/returns",), key="o"),
    Entry("Titres", "letters", "/ui/titles", "person", CAISSE, also=("/ui/title-orders",), key="n"),
    Entry("Papier sécurisé", "letters", "/ui/paper", "lock", CAISSE | {AUDITOR}, key="h"),
    Entry(
        "Tableau du trimestre",
        "reporting",
        "/ui",
        "chart",
        CAISSE | {AUDITOR, OPERATOR, DIRECTOR, NATIONAL_OFFICE},
        key="q",
    ),
    Entry("Trimestres arrêtés", "reporting", "/ui/quarters", "check", STEERING, key="s"),
    Entry("Égalité de traitement", "reporting", "/ui/equal-treatment", "scales", STEERING, key="e"),
    Entry("Déploiement", "reporting", "/ui/rollout", "chart", STEERING, key="l"),
    Entry("Qualité", "reporting", "/ui/quality", "check", STEERING, key="k"),
    Entry("Journal des consultations", "reporting", "/ui/audit", "eye", frozenset({AUDITOR}), key="j"),
    *(
        Entry(f"Exploitation {of}", service, OPERATIONS, "gear", frozenset({OPERATOR}), f"{OPERATIONS}/count", key=key)
        for service, of, key in (
            ("intake", "des demandes", "1"),
            ("dedup", "de la base commune", "2"),
            ("decision", "des instructions", "3"),
            ("letters", "des courriers", "4"),
            ("reporting", "du pilotage", "5"),
        )
    ),
    Entry("Formation", "decision", "/ui/training", "book", frozenset(Role), key="f"),
    Entry("Droit", "decision", "/ui/rules", "scales", CAISSE | {AUDITOR}, key="r"),
)

# What presses in the person's own hands: shown with its count in the head of every page.
BELL_ROLES = frozenset({TECHNICIAN, SUPERVISOR})
BELL = ("decision", "/ui?queue=pressing", "/ui/work/pressing")

# The first page of each role: what a person of that role came for.
HOME = {
    FRONTEND: ("intake", "/ui/imports"),
    AGENT: ("intake", "/ui/desk"),
    TECHNICIAN: ("decision", "/ui/work"),
    SUPERVISOR: ("decision", "/ui/work"),
    AUDITOR: ("reporting", "/ui/audit"),
    OPERATOR: ("intake", OPERATIONS),
    DIRECTOR: ("reporting", "/ui/quarters"),
    NATIONAL_OFFICE: ("reporting", "/ui/quarters"),
}
LEADING = (SUPERVISOR, TECHNICIAN, AGENT, DIRECTOR, NATIONAL_OFFICE, AUDITOR, OPERATOR, FRONTEND)


def leading_role(roles: Collection[Role]) -> Role:
    """The role whose first page and name a person of several roles gets."""
    return next(role for role in LEADING if role in roles)


def home_of(roles: Collection[Role]) -> tuple[str, str]:
    """(service, path) of the first page for these roles."""
    return HOME[leading_role(roles)]


def links(roles: Collection[Role], service: str, path: str, root_path: str) -> Iterator[Link]:
    """The navigation of a page at ``path`` of ``service``.

    ``root_path`` is the prefix under which a proxy serves this service, such as ``/intake``. Without a proxy the other
    services have addresses that this one does not know, so only its own entries are shown.
    """
    mine = [entry for entry in ENTRIES if entry.roles & set(roles)]
    here = max(
        (entry for entry in mine if entry.service == service and entry.depth(path)),
        key=lambda entry: entry.depth(path),
        default=None,
    )
    for entry in mine:
        prefix = prefix_of(entry.service, service, root_path)
        if prefix is None:
            continue
        count = f"{prefix}{entry.count}" if entry.count else ""
        yield Link(
            entry.label, f"{prefix}{entry.path}", entry.icon, entry is here, entry.path == path, count, entry.key
        )


def prefix_of(target: str, service: str, root_path: str) -> str | None:
    """What the addresses of ``target`` begin with, seen from a page of ``service``; None where that is not known."""
    if target == service:
        return root_path
    if not root_path.endswith(f"/{service}"):
        return None
    return f"{root_path.removesuffix(service)}{target}"


@dataclass(frozen=True)
class Tab:
    """One page of a file, at the service that owns it."""

    label: str
    href: str
    current: bool


# The pages of one file, each at its owner, all under the identifier of the application: (words, service, path, roles).
# The last part of a path tells apart two pages of one owner.
FILE_TABS = (
    ("Demande", "intake", "/ui/applications/{id}", CAISSE | {AUDITOR}),
    ("Pièces", "intake", "/ui/applications/{id}/papers", CAISSE | {AUDITOR}),
    ("Instruction", "decision", "/ui/cases/{id}", CAISSE | {AUDITOR}),
    ("Identité", "dedup", "/ui/applications/{id}", CAISSE | {AUDITOR}),
    ("Courriers", "letters", "/ui/applications/{id}", CAISSE),
    ("Titres", "letters", "/ui/applications/{id}/titles", CAISSE),
    ("Historique", "reporting", "/ui/applications/{id}", CAISSE | {AUDITOR}),
)


def file_tabs(service: str, root_path: str, application_id: UUID, roles: Collection[Role], part: str = "") -> list[Tab]:
    """The tabs of a file for these roles, seen from a page of ``service``; ``part``: such as ``/papers``."""
    tabs = []
    for label, owner, path, allowed in FILE_TABS:
        prefix = prefix_of(owner, service, root_path)
        if prefix is not None and allowed & set(roles):
            current = owner == service and path.partition("{id}")[2] == part
            tabs.append(Tab(label, prefix + path.format(id=application_id), current))
    return tabs
