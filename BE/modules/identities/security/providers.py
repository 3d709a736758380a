"""The configured providers, each behind its protocol."""

import asyncio
from collections.abc import Sequence
from typing import Self

import structlog

from BE.core.outside.answers import CallFailed
from BE.core.outside.outside import Outside
from BE.modules.identities.exceptions import ArrivalFailed, ProviderNotFound, ProviderUnavailable
from BE.modules.identities.security.arrivals import Arrival
from BE.modules.identities.security.assertions import Assertion, Refused
from BE.modules.identities.security.flows import Flow
from BE.modules.identities.security.github import GitHub
from BE.modules.identities.security.openid_provider import OpenIdProvider
from BE.modules.identities.security.provider_settings import ProviderSettings

log = structlog.get_logger(__name__)

_PATIENCE = 12.0
_AT_ONCE = 32
"""How many sign-ins of a process may wait for their provider."""


class Providers:
    """By their names; a context manager that closes their connections."""

    def __init__(
        self,
        settings: Sequence[ProviderSettings],
        outside: Outside,
        *,
        public_address: str,
        path: str,
    ) -> None:
        """``path`` is that of the routes, below ``public_address``."""
        self.settings = {provider.name: provider for provider in settings}
        client = outside.operators_client("sign_in_providers")
        self._providers = {
            name: (GitHub if provider.kind == "github" else OpenIdProvider)(provider, client)
            for name, provider in self.settings.items()
        }
        self._public_address = public_address
        self._path = path
        self._waiting = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for provider in self._providers.values():
            await provider.close()

    def named(self, name: str) -> ProviderSettings:
        """Raises :class:`ProviderNotFound`."""
        if name not in self.settings:
            raise ProviderNotFound
        return self.settings[name]

    async def address_for(self, flow: Flow) -> str:
        """The URL that the browser visits next. Raises :class:`ProviderUnavailable`."""
        provider = self._providers[flow.provider]
        try:
            async with asyncio.timeout(_PATIENCE):
                return await provider.address_for(flow, self._way_back(flow.provider))
        except (CallFailed, TimeoutError):
            raise ProviderUnavailable from None

    async def redeem(self, arrival: Arrival, flow: Flow) -> Assertion:
        """The provider's statement about its user.

        Raises :class:`ArrivalFailed` whatever the provider does: it is no fault of ours.
        """
        if arrival.code is None:
            raise ArrivalFailed("refused")
        if self._waiting >= _AT_ONCE:
            raise ArrivalFailed("unavailable")
        provider = self._providers[flow.provider]
        self._waiting += 1
        try:
            async with asyncio.timeout(_PATIENCE):
                return await provider.redeem(
                    arrival, arrival.code, flow, self._way_back(flow.provider)
                )
        except Refused as refusal:
            log.info("provider_refused", provider=flow.provider, reason=str(refusal))
            raise ArrivalFailed("refused") from None
        except (CallFailed, TimeoutError) as failure:
            log.warning("provider_unavailable", provider=flow.provider, reason=str(failure))
            raise ArrivalFailed("unavailable") from None
        finally:
            self._waiting -= 1

    def _way_back(self, name: str) -> str:
        """The address that is registered with the provider: each has another (RFC 9700 §4.4)."""
        return f"{self._public_address}{self._path}/{name}/callback"
