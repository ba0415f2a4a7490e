"""What connectors over HTTP share: one client, the meaning of status codes, and few quick tries."""

from __future__ import annotations

import ssl
from collections.abc import Mapping

import httpx2
import stamina

from graphcdp.destinations.errors import DownError
from graphcdp.destinations.kinds.connector import Answer

SECONDS = 5.0
_WAIT = frozenset({408, 425, 429})
_TRY_AGAIN = (httpx2.ConnectError, httpx2.ReadError, httpx2.RemoteProtocolError)


class Http:
    """Posts to one receiver. Redirects are not followed: a signed body goes where it was meant to go."""

    def __init__(self, tries: int = 2, authority: str | None = None) -> None:
        """Take how often is tried at once, and the file of the one authority believed; None: those of the machine."""
        self._client: httpx2.AsyncClient | None = None
        self._tries = tries
        self._authority = authority

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send, and say what the answer means: 2xx done, 408, 425, 429 and 5xx later, everything else refused.

        Raises:
            DownError: no answer, or an answer that asks to come back.
        """
        try:
            async for attempt in stamina.retry_context(
                on=_TRY_AGAIN, attempts=self._tries, wait_initial=0.05, wait_max=0.3, wait_jitter=0.1
            ):
                with attempt:
                    response = await self._open().post(url, content=body, headers=dict(headers))
        except httpx2.TimeoutException:
            raise DownError(f"No answer within {SECONDS:g} seconds.") from None
        except (httpx2.HTTPError, ssl.SSLError, OSError) as error:
            raise DownError(f"It cannot be reached ({type(error).__name__}).") from None
        code = response.status_code
        detail = f"HTTP {code}"
        if 200 <= code < 300:
            return Answer("done", detail)
        if code in _WAIT or code >= 500:
            raise DownError(detail, _seconds(response.headers.get("retry-after")))
        return Answer("refused", detail)

    def _open(self) -> httpx2.AsyncClient:
        if self._client is None:
            trust = True if self._authority is None else ssl.create_default_context(cafile=self._authority)
            self._client = httpx2.AsyncClient(timeout=SECONDS, follow_redirects=False, verify=trust)
        return self._client

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None


def _seconds(said: str | None) -> float | None:
    return float(said) if said is not None and said.isdigit() else None
