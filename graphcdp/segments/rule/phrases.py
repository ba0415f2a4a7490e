"""What people say for usual types of events: `purchased` for `purchase`, `viewed product` for `product_view`."""

from __future__ import annotations

from collections.abc import Sequence

PRODUCT_VERBS = {
    "viewed": "product_view",
    "clicked": "product_click",
    "carted": "add_to_cart",
    "bought": "purchase",
    "wishlisted": "add_to_wishlist",
    "reviewed": "product_review",
    "returned": "return",
}
"""Said before `product`, also several of them: `viewed or carted product`."""

PHRASES = {
    "purchased": "purchase",
    "bought": "purchase",
    "added to cart": "add_to_cart",
    "carted": "add_to_cart",
    "removed from cart": "remove_from_cart",
    "viewed cart": "cart_view",
    "started checkout": "checkout_start",
    "added to wishlist": "add_to_wishlist",
    "viewed page": "page_view",
    "visited page": "page_view",
    "viewed screen": "screen_view",
    "viewed product list": "product_list_view",
    "viewed help": "help_view",
    "searched": "search",
    "logged in": "login",
    "logged out": "logout",
    "signed up": "signup",
    "called": "call",
    "returned": "return",
    "was sent email": "email_sent",
    "opened email": "email_open",
    "clicked email": "email_click",
    "unsubscribed": "email_unsubscribe",
    "opened app": "app_open",
    "installed app": "app_install",
    "opened push": "push_open",
    "earned points": "loyalty_earn",
    "redeemed points": "loyalty_redeem",
    "asked for reminder": "reminder_request",
    "saw offer": "offer_impression",
    "clicked offer": "offer_click",
}
"""Said alone. Of two phrases for one type the first is how the canonical text says it."""

QUOTED = frozenset(
    {"not", "true", "false", "in", "did", "household", "never", "everyone"} | {one for one in PHRASES if " " not in one}
)
"""Names that are written in back quotes, because the bare word begins something else."""
BEGINNINGS = (
    QUOTED
    | {phrase.split()[0] for phrase in (*PHRASES, *PRODUCT_VERBS)}
    | {"a", "any", "another", "average", "consents", "count", "distinct", "first", "has", "last", "max", "min", "most"}
    | {"profile", "sum"}
)
"""Words that the name of a condition does not begin with as it is said; then it is written `with_underscores`."""
JOINTS = frozenset({"and", "or", "not", "in", "more", "between", "since", "until"})
"""Words that end the name of a condition as it is said."""

_OF_PRODUCT = {kind: verb for verb, kind in reversed(PRODUCT_VERBS.items())}
_ALONE = {kind: phrase for phrase, kind in reversed(PHRASES.items())}


def phrase_of(types: Sequence[str]) -> str:
    """Return how the canonical text says event types; `did …` where there is no phrase."""
    if not types:
        return "did any event"
    if len(types) == 1:
        kind = types[0]
        if kind in _ALONE:
            return _ALONE[kind]
        return f"{_OF_PRODUCT[kind]} product" if kind in _OF_PRODUCT else f"did {kind}"
    if all(kind in _OF_PRODUCT for kind in types):
        return " or ".join(_OF_PRODUCT[kind] for kind in types) + " product"
    return f"did ({' or '.join(types)})"
