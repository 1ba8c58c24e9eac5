"""The client of front ends: file an application, add its papers, follow it, hear of changes, import a file of them."""

from base_commune_client.async_client import AsyncClient
from base_commune_client.client import Client
from base_commune_client.errors import FieldFault, ProblemError
from base_commune_client.models import (
    ApplicationSummary,
    BulkCheckEnd,
    Change,
    ImportProgress,
    MadeWebhook,
    PaperReceipt,
    Receipt,
    RowFault,
    RowVerdict,
    Status,
    Webhook,
)
from base_commune_client.retries import Patience
from base_commune_client.webhooks import Message, NotOurs, Receiver

__all__ = [
    "ApplicationSummary",
    "AsyncClient",
    "BulkCheckEnd",
    "Change",
    "Client",
    "FieldFault",
    "ImportProgress",
    "MadeWebhook",
    "Message",
    "NotOurs",
    "PaperReceipt",
    "Patience",
    "ProblemError",
    "Receipt",
    "Receiver",
    "RowFault",
    "RowVerdict",
    "Status",
    "Webhook",
]
