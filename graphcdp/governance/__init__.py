"""What may be done with data: erasure and access, consent, labels and policies, lineage."""

from graphcdp.governance.erasure import ErasureNotFoundError, Erasures
from graphcdp.governance.export import Exports, PersonExport
from graphcdp.governance.page import page
from graphcdp.governance.receipts import ErasureReceipt, Farewell, Leaving
from graphcdp.governance.tombstones import Tombstones

__all__ = [
    "ErasureNotFoundError",
    "ErasureReceipt",
    "Erasures",
    "Exports",
    "Farewell",
    "Leaving",
    "PersonExport",
    "Tombstones",
    "page",
]
