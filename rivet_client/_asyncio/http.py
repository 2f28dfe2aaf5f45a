"""HTTP for asyncio code, through httpx."""

from __future__ import annotations

import asyncio
import ssl
from typing import Any

import httpx

from rivet_client._common.http import (
    LIMITS,
    build,
    check_client,
    failure,
    raw_request,
    received,
    tls_context,
    wants_body,
)
from rivet_client._core.effects import HttpResponse, Send, SendTimedOut
from rivet_client.config import ClientConfig

__all__ = ["Http", "raw_request"]


class Http:
    """Performs `Send`. Belongs to one event loop.

    Args:
        config: The client's settings.
        client: The caller's own client; it is not closed here.
    """

    def __init__(self, config: ClientConfig, client: Any = None) -> None:
        check_client(client, httpx.AsyncClient)
        self._config = config
        self._client = client
        self._tls: ssl.SSLContext | None = None
        self._transports: dict[str, httpx.AsyncBaseTransport] = {}

    async def send(self, effect: Send) -> HttpResponse:
        """Send and answer.

        Raises:
            SendTimedOut, TransportError, ConfigError: As the effect says.
        """
        request = build(effect, self._client)
        try:
            async with asyncio.timeout(effect.timeout):
                if self._client is not None:
                    response = await self._client.send(request, stream=True, follow_redirects=False)
                else:
                    response = await self._transport(effect.request.url).handle_async_request(request)
                    response.request = request
                if not wants_body(effect, response):
                    return received(response, b"")
                try:
                    return received(response, await response.aread())
                finally:
                    await response.aclose()
        except httpx.HTTPError as error:
            raise failure(error, request) from None
        except TimeoutError:
            raise SendTimedOut(sent=True) from None

    async def read(self, response: HttpResponse, timeout: float | None) -> httpx.Response:
        """Read the body that a raw response still has.

        Raises:
            SendTimedOut, TransportError: It did not come, or not whole.
        """
        native: httpx.Response = response.native
        try:
            async with asyncio.timeout(timeout):
                await native.aread()
        except httpx.HTTPError as error:
            raise failure(error, native.request) from None
        except TimeoutError:
            raise SendTimedOut(sent=True) from None
        finally:
            await native.aclose()
        return native

    @property
    def tls(self) -> ssl.SSLContext:
        """TLS settings for streams to an https endpoint."""
        if self._tls is None:
            self._tls = tls_context("https:", self._config.ssl_context)
        return self._tls

    async def close(self) -> None:
        """Close every pooled connection of our own."""
        transports, self._transports = self._transports, {}
        for transport in transports.values():
            await transport.aclose()

    def _transport(self, url: str) -> httpx.AsyncBaseTransport:
        scheme = url.partition(":")[0]
        if scheme not in self._transports:
            context = tls_context(url, self._config.ssl_context)
            self._transports[scheme] = httpx.AsyncHTTPTransport(verify=context, limits=LIMITS)
        return self._transports[scheme]
