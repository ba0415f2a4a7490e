"""What became of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from graphcdp.model.facts import Rejection


class Outcome(StrEnum):
    """What became of one fact."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one fact.

    Attributes:
        fact_id: the fact's id.
        outcome: accepted and duplicate both mean that it is durable.
        rejection: why not, when rejected.
    """

    fact_id: str
    outcome: Outcome
    rejection: Rejection | None = None


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What became of a batch, fact by fact in the order given.

    Attributes:
        receipts: one a fact.
        profiles: ids of the profiles that the batch touched, as they are named after it.
    """

    receipts: Sequence[Receipt]
    profiles: frozenset[str] = frozenset()

    def count(self, outcome: Outcome) -> int:
        """Say how many facts had an outcome."""
        return sum(receipt.outcome is outcome for receipt in self.receipts)
