"""The client of front ends: file an application, add its papers, follow it, import a file of them."""

from base_commune_client.async_client import AsyncClient
from base_commune_client.client import Client
from base_commune_client.errors import FieldFault, ProblemError
from base_commune_client.models import (
    ApplicationSummary,
    ImportProgress,
    PaperReceipt,
    Receipt,
    RowFault,
    RowVerdict,
    Status,
)
from base_commune_client.retries import Patience

__all__ = [
    "ApplicationSummary",
    "AsyncClient",
    "Client",
    "FieldFault",
    "ImportProgress",
    "PaperReceipt",
    "Patience",
    "ProblemError",
    "Receipt",
    "RowFault",
    "RowVerdict",
    "Status",
]
