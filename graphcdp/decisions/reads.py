"""What an offer reads, as governance follows data: its rule, and the attributes that its texts ask for."""

from __future__ import annotations

import orjson

from graphcdp.decisions.offers import asked_of
from graphcdp.governance import Reads
from graphcdp.segments.reads import reads


def offer_reads(tree: str, content: str) -> Reads:
    """Return what an offer reads, from the tree of its rule and its content (both JSON)."""
    rule = reads(tree)
    texts = {f"profile.{name}" for name in asked_of(orjson.loads(content))}
    return rule._replace(fields=tuple(sorted({*rule.fields, *texts})))
