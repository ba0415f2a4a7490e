"""What a call happened on: a browser known by its cookie, or an app's installation."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from graphcdp.model import Device

_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)
_TABLETS = ("ipad", "tablet")


@lru_cache(maxsize=10_000)
def browser_name(user_agent: str) -> str | None:
    """Say for people what a user agent is, such as "Safari on iPhone"; None if it names no browser we know."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), None)
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), None)
    if browser is None:
        return None
    return f"{browser} on {system}" if system else browser


def device_of(context: Mapping[str, Any], anonymous_id: str | None, *, app: bool) -> Device | None:
    """Return what a call happened on, None if it does not tell.

    Args:
        context: the call's context: `device` (id, type, model, manufacturer), `userAgent`, `os`.
        anonymous_id: the cookie of the browser, or what an app's installation calls itself.
        app: whether the call came from an app rather than a browser.
    """
    told = context.get("device")
    device: Mapping[str, Any] = told if isinstance(told, Mapping) else {}
    own_id = device.get("id")
    user_agent = context.get("userAgent")
    if isinstance(own_id, str) and own_id.strip():
        return Device(own_id.strip()[:512], _kind(device), _model(device))
    if anonymous_id is None:
        return None
    if app or device.get("type") or device.get("model"):
        return Device(anonymous_id, _kind(device), _model(device))
    name = browser_name(user_agent[:1000]) if isinstance(user_agent, str) else None
    return Device(anonymous_id, "browser", name)


def _kind(device: Mapping[str, Any]) -> str:
    words = f"{device.get('type')} {device.get('model')} {device.get('name')}".lower()
    if any(word in words for word in _TABLETS):
        return "tablet"
    return "browser" if "desktop" in words or "browser" in words else "phone"


def _model(device: Mapping[str, Any]) -> str | None:
    parts = [device.get("manufacturer"), device.get("model") or device.get("name")]
    shown = [part.strip() for part in parts if isinstance(part, str) and part.strip()]
    if len(shown) == 2 and shown[1].lower().startswith(shown[0].lower()):
        shown = shown[1:]
    return " ".join(shown)[:200] or None
