"""Who may use a field: each root field names the scope that the request's key must have."""

from __future__ import annotations

from typing import Any

from strawberry.permission import BasePermission, PermissionExtension

from graphcdp.api.auth import Scope
from graphcdp.base import UnauthorizedError


class HasScope(BasePermission):
    """Lets a request through whose key has a scope."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def has_permission(self, source: Any, info: Any, **kwargs: Any) -> bool:  # noqa: ARG002
        """Say whether the request may use the field."""
        return self._scope in info.context.scopes

    def on_unauthorized(self) -> None:
        """Refuse.

        Raises:
            UnauthorizedError: always.
        """
        raise UnauthorizedError(
            f"The key may not do this: it needs the scope `{self._scope.value}`. Send an API key in the header "
            "`Authorization: Bearer gcdp_…`.",
            scope=self._scope.value,
        )


def needs(scope: Scope) -> PermissionExtension:
    """Return the field extension that asks for a scope."""
    return PermissionExtension([HasScope(scope)], use_directives=False)
