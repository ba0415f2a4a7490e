"""The field's words as frozen values. No behaviour that needs a graph."""

from graphcdp.model.facts import Device, Fact, IdentityKey, Rejection, Scalar
from graphcdp.model.receipts import BatchResult, Outcome, Receipt

__all__ = ["BatchResult", "Device", "Fact", "IdentityKey", "Outcome", "Receipt", "Rejection", "Scalar"]
