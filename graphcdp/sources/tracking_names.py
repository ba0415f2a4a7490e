"""Names of calls in the graph's words: snake_case, and the shop's usual events under one name each."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from graphcdp.base.ids import content_hash

CALL_TYPES = {
    "identify": "identify",
    "page": "page_view",
    "screen": "screen_view",
    "group": "group",
    "alias": "alias",
}
"""What the calls other than `track` are called as events."""

EVENT_TYPES = {
    "products_searched": "search",
    "product_searched": "search",
    "product_list_viewed": "product_list_view",
    "product_list_filtered": "product_list_filter",
    "product_category_viewed": "product_list_view",
    "promotion_viewed": "promotion_view",
    "promotion_clicked": "promotion_click",
    "product_clicked": "product_click",
    "product_viewed": "product_view",
    "viewed_product": "product_view",
    "product_added": "add_to_cart",
    "added_product": "add_to_cart",
    "added_to_cart": "add_to_cart",
    "product_removed": "remove_from_cart",
    "removed_product": "remove_from_cart",
    "removed_from_cart": "remove_from_cart",
    "cart_viewed": "cart_view",
    "cart_shared": "cart_share",
    "checkout_started": "checkout_start",
    "checkout_step_viewed": "checkout_step_view",
    "checkout_step_completed": "checkout_step_complete",
    "payment_info_entered": "payment_info_enter",
    "coupon_entered": "coupon_enter",
    "coupon_applied": "coupon_apply",
    "coupon_denied": "coupon_deny",
    "coupon_removed": "coupon_remove",
    "order_updated": "order_update",
    "order_completed": "purchase",
    "completed_order": "purchase",
    "order_refunded": "refund",
    "order_cancelled": "order_cancel",
    "order_canceled": "order_cancel",
    "product_added_to_wishlist": "add_to_wishlist",
    "product_removed_from_wishlist": "remove_from_wishlist",
    "wishlist_product_added_to_cart": "add_to_cart",
    "product_shared": "product_share",
    "product_reviewed": "product_review",
    "signed_up": "signup",
    "account_created": "signup",
    "signed_in": "login",
    "logged_in": "login",
    "signed_out": "logout",
    "logged_out": "logout",
    "email_delivered": "email_delivered",
    "email_opened": "email_open",
    "email_link_clicked": "email_click",
    "email_clicked": "email_click",
    "email_bounced": "email_bounce",
    "email_marked_as_spam": "email_spam",
    "unsubscribed": "email_unsubscribe",
    "application_installed": "app_install",
    "application_opened": "app_open",
    "application_updated": "app_update",
    "application_backgrounded": "app_background",
    "application_uninstalled": "app_uninstall",
    "push_notification_received": "push_received",
    "push_notification_tapped": "push_open",
    "viewed_page": "page_view",
    "page_viewed": "page_view",
    "screen_viewed": "screen_view",
}
"""Names that shops send by the tracking specifications, and what they are called here."""

MAX_NAME = 64
_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_OTHERS = re.compile(r"[^a-z0-9]+")


@lru_cache(maxsize=20_000)
def snake(name: str) -> str:
    """Write a name in snake_case: `Order Completed`, `orderCompleted` and `order-completed` are `order_completed`.

    At most 64 letters, digits and underscores of ASCII, a letter first. A name that loses letters by that (of another
    script, or at its end) gets a few digits of its hash, so that two names stay two. Empty where the name has no letter
    or digit of any script.
    """
    parts = unicodedata.normalize("NFKD", _HUMPS.sub("_", name))
    plain = "".join(sign for sign in parts if not unicodedata.combining(sign)).lower().replace("ß", "ss")
    lost = any(sign.isalnum() for sign in plain if not sign.isascii())
    short = _OTHERS.sub("_", plain).strip("_")
    if not short and not lost:
        return ""
    if short[:1].isdigit() or not short:
        short = f"n_{short}".rstrip("_")
    if lost or len(short) > MAX_NAME:
        return f"{short[: MAX_NAME - 9]}_{content_hash(name)[:8]}"
    return short


@lru_cache(maxsize=20_000)
def event_type(name: str) -> str:
    """Return the type of an interaction that a `track` call names; empty if the name has no letter or digit."""
    plain = snake(name)
    return EVENT_TYPES.get(plain, plain)
