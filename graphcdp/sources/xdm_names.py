"""Adobe XDM's event types and identity namespaces in the graph's words."""

from __future__ import annotations

from graphcdp.sources.tracking_names import snake

EVENT_TYPES = {
    "web.webpagedetails.pageViews": "page_view",
    "web.webinteraction.linkClicks": "link_click",
    "web.formFilledOut": "form_submit",
    "commerce.productViews": "product_view",
    "commerce.productListViews": "cart_view",
    "commerce.productListOpens": "cart_open",
    "commerce.productListReopens": "cart_reopen",
    "commerce.productListAdds": "add_to_cart",
    "commerce.productListRemovals": "remove_from_cart",
    "commerce.checkouts": "checkout_start",
    "commerce.purchases": "purchase",
    "commerce.saveForLaters": "add_to_wishlist",
    "commerce.order": "purchase",
    "application.launches": "app_open",
    "application.installs": "app_install",
    "application.close": "app_close",
    "application.upgrades": "app_update",
    "application.login": "login",
    "userAccount.login": "login",
    "userAccount.logout": "logout",
    "userAccount.createProfile": "signup",
    "userAccount.updateProfile": "profile_update",
    "directMarketing.emailSent": "email_sent",
    "directMarketing.emailDelivered": "email_delivered",
    "directMarketing.emailOpened": "email_open",
    "directMarketing.emailClicked": "email_click",
    "directMarketing.emailBounced": "email_bounce",
    "directMarketing.emailUnsubscribed": "email_unsubscribe",
    "pushTracking.applicationOpened": "push_open",
    "advertising.clicks": "ad_click",
    "advertising.impressions": "ad_impression",
    "siteSearch.search": "search",
}
"""`eventType` values of the standard schema; any other is snake-cased."""

COMMERCE = {
    "purchases": "purchase",
    "checkouts": "checkout_start",
    "productListRemovals": "remove_from_cart",
    "productListAdds": "add_to_cart",
    "productListOpens": "cart_open",
    "productListViews": "cart_view",
    "productViews": "product_view",
    "saveForLaters": "add_to_wishlist",
}
"""Measures of `commerce` that say what happened where `eventType` is absent, the most telling first."""

NAMESPACES = {
    "ECID": "ecid",
    "CRMID": "crm_id",
    "crmId": "crm_id",
    "Email": "email",
    "email": "email",
    "Phone": "phone",
    "Phone_E.164": "phone",
    "GAID": "device_id",
    "IDFA": "device_id",
    "loyaltyId": "loyalty_id",
    "LoyaltyID": "loyalty_id",
}
"""Symbols of an identity map that do not snake-case to the namespace meant."""


def event_type(told: str) -> str:
    """Return the interaction's type for an XDM `eventType`; empty if it has no letter or digit."""
    return EVENT_TYPES.get(told) or snake(told.replace(".", "_"))


def namespace(symbol: str, tracking: dict[str, str]) -> str:
    """Return the namespace for a symbol of an identity map.

    The source's `tracking` map decides (`identityMap.ECID: ecid`), then the usual symbols, then the symbol in
    snake_case.
    """
    return tracking.get(f"identityMap.{symbol}") or NAMESPACES.get(symbol) or snake(symbol)
