"""What may be done with data: erasure and access, consent, labels and policies, lineage."""

from graphcdp.governance.agreed import catch_up, wake
from graphcdp.governance.consent import DENIED, FOREVER, Consent, agrees, allows, names_of
from graphcdp.governance.consents import Consents, asked
from graphcdp.governance.dataflow import Dataflow, FlowNode, read_dataflow
from graphcdp.governance.erasure import ErasureNotFoundError, Erasures
from graphcdp.governance.export import Exports, PersonExport
from graphcdp.governance.governance import Governance
from graphcdp.governance.lineage import HOUSEHOLD, Offered, Readers, Reads
from graphcdp.governance.page import page
from graphcdp.governance.policy import (
    Check,
    Fix,
    GovernanceNotFoundError,
    Label,
    MarketingAction,
    Override,
    Policy,
    PolicyViolationError,
    Violated,
    Violation,
)
from graphcdp.governance.receipts import ErasureReceipt, Farewell, Leaving
from graphcdp.governance.retention import Retention, Retentions
from graphcdp.governance.seeded import set_up
from graphcdp.governance.tombstones import Tombstones

__all__ = [
    "DENIED",
    "FOREVER",
    "HOUSEHOLD",
    "Check",
    "Consent",
    "Consents",
    "Dataflow",
    "ErasureNotFoundError",
    "ErasureReceipt",
    "Erasures",
    "Exports",
    "Farewell",
    "Fix",
    "FlowNode",
    "Governance",
    "GovernanceNotFoundError",
    "Label",
    "Leaving",
    "MarketingAction",
    "Offered",
    "Override",
    "PersonExport",
    "Policy",
    "PolicyViolationError",
    "Readers",
    "Reads",
    "Retention",
    "Retentions",
    "Tombstones",
    "Violated",
    "Violation",
    "agrees",
    "allows",
    "asked",
    "catch_up",
    "names_of",
    "page",
    "read_dataflow",
    "set_up",
    "wake",
]
