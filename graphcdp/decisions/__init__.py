"""Offers and messages: whom they are for, where and how often they are shown, and what else to recommend."""

from graphcdp.decisions.choose import Choice, Passed, Reason, Shown
from graphcdp.decisions.decide import Context, Decider, Decision, PlacementNotFoundError
from graphcdp.decisions.impressions import CLICK, IMPRESSION
from graphcdp.decisions.offers import Cap, Forbidden, HoldOut, Offer, OfferError, Placement, hold_out, offer, placement
from graphcdp.decisions.reads import offer_reads
from graphcdp.decisions.recommend import Recommendation, Recommender
from graphcdp.decisions.shelf import OfferNotFoundError, Plan, Shelf, cap, read_plan

__all__ = [
    "CLICK",
    "IMPRESSION",
    "Cap",
    "Choice",
    "Context",
    "Decider",
    "Decision",
    "Forbidden",
    "HoldOut",
    "Offer",
    "OfferError",
    "OfferNotFoundError",
    "Passed",
    "Placement",
    "PlacementNotFoundError",
    "Plan",
    "Reason",
    "Recommendation",
    "Recommender",
    "Shelf",
    "Shown",
    "cap",
    "hold_out",
    "offer",
    "offer_reads",
    "placement",
    "read_plan",
]
