"""The client of front ends against the running service: it files, is refused, adds a paper, follows, imports."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from base_commune_client import AsyncClient, Client, ProblemError

from services.intake.api.examples import EXAMPLES, NEW_PAPER
from shared.access.principal import Role
from tests.front_end import front_end
from tests.interface.conftest import Door

CAISSE = "931"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
CSV = "reference;channel;deposit_body;deposited_on;relation;family_name;given_names;birth_date\n"


def token_of(door: Door) -> str:
    return door.headers(Role.FRONTEND, CAISSE)["Authorization"].removeprefix("Bearer ")


@pytest.fixture
def client(doors: dict[str, Door]) -> Iterator[Client]:
    """A front end of a caisse."""
    door = doors["intake"]
    with Client(f"{door.url}/v1", token_of(door)) as made:
        yield made


def filed(client: Client, reference: str) -> UUID:
    receipt = client.file_application(EXAMPLES["post_application"] | {"reference": reference}, key=reference)
    assert (receipt.caisse, receipt.reference, receipt.state, receipt.version) == (CAISSE, reference, "received", 1)
    return receipt.application_id


def test_a_front_end_files_adds_a_paper_and_follows(client: Client) -> None:
    application = filed(client, "CLIENT-1")
    assert filed(client, "CLIENT-1") == application  # asked again under its key: nothing is filed twice
    paper = client.upload_paper(application, NEW_PAPER, PDF)
    assert (paper.kind, len(paper.sha256 or "")) == (NEW_PAPER["kind"], 64)
    status = client.status(application)
    assert (status.application_id, status.status, status.version) == (application, "received", 2)
    amended = client.amend(application, {"language": "bn"}, version=status.version)
    assert amended.version == 3
    with pytest.raises(ProblemError, match="412 stale_version"):
        client.amend(application, {"language": "ar"}, version=status.version)
    assert application in {one.application_id for one in client.applications(reference="CLIENT-1")}
    assert client.withdraw(application, "applicant_request").state == "withdrawn"


def test_a_front_end_is_refused_and_reads_the_reason(client: Client) -> None:
    document = EXAMPLES["post_application"] | {"reference": "CLIENT-2"}
    document["members"] = [document["members"][0] | {"birth_date": "2030-01-01"}]
    with pytest.raises(ProblemError) as told:
        client.file_application(document)
    assert (told.value.status, told.value.code) == (422, "validation_failed")
    assert "/members/0/birth_date" in {fault.pointer for fault in told.value.faults}
    assert told.value.correlation_id
    filed(client, "CLIENT-3")
    with pytest.raises(ProblemError, match="409 reference_in_use") as used:
        client.file_application(EXAMPLES["post_application"] | {"reference": "CLIENT-3"})
    assert UUID(used.value.extra["application_id"])


def test_a_front_end_sends_a_file_and_looks_how_far_it_is(client: Client) -> None:
    sent = client.import_file((CSV + "CLIENT-4;cpam;cpam-931;2008-01-14;applicant;Diarra;Awa;1979-03-12\n").encode())
    progress = client.import_progress(sent)
    assert (progress.import_id, progress.dry_run, progress.over) == (sent, False, False)  # no worker runs here
    assert list(client.import_rows(sent)) == []


def test_a_front_end_follows_what_changes(client: Client) -> None:
    first = filed(client, "CLIENT-6")
    [begin] = [one.position for one in client.changes() if one.application_id == first]
    second = filed(client, "CLIENT-7")
    client.withdraw(first, "applicant_request")
    told = [(one.application_id, one.status) for one in client.changes(after=begin)]
    assert [one for one in told if one[0] in (first, second)] == [(second, "received"), (first, "withdrawn")]
    with pytest.raises(ProblemError, match="409 position_unknown"):
        list(client.changes(after=10**9))


def test_a_front_end_is_sent_what_changes_once_its_address_is_proven(client: Client) -> None:
    with front_end() as front:
        webhook = client.make_webhook(front.url)
        assert webhook.state == "unproven"
        front.secrets = ["whsec_" + "AAAA" * 8]
        with pytest.raises(ProblemError, match="409 webhook_not_proven"):
            client.prove_webhook(webhook.webhook_id)
        front.secrets = [webhook.secret]
        assert client.prove_webhook(webhook.webhook_id).state == "active"
        assert client.new_secret(webhook.webhook_id) != webhook.secret
        assert client.replay(webhook.webhook_id) == 0
        assert webhook.webhook_id in {one.webhook_id for one in client.webhooks()}
        client.delete_webhook(webhook.webhook_id)
        assert client.webhooks() == []


async def test_a_front_end_that_awaits_reads_its_list(doors: dict[str, Door]) -> None:
    door = doors["intake"]
    async with AsyncClient(f"{door.url}/v1", token_of(door)) as client:
        document = EXAMPLES["post_application"] | {"reference": "CLIENT-5"}
        receipt = await client.file_application(document)
        found = [one async for one in client.applications()]
    assert receipt.application_id in {one.application_id for one in found}


def test_the_client_imports_nothing_of_the_platform() -> None:
    folder = Path(__file__).parents[2] / "clients" / "python" / "base_commune_client"
    for file in folder.glob("*.py"):
        imports = [line for line in file.read_text().splitlines() if line.startswith(("import ", "from "))]
        assert not [line for line in imports if line.split()[1].partition(".")[0] in ("services", "shared", "deploy")]
