from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from BE.core.database.database import Database
from BE.core.events import HourPassed
from BE.core.security.principals import Principal
from BE.core.security.sessions import SecondStep, SessionEnded
from BE.modules.identities.exceptions import (
    ArrivalFailed,
    EmailOfAnotherAccount,
    TooManyIdentities,
    UnlinkedFromAccount,
)
from BE.modules.identities.models import Identity, Visitor
from BE.modules.identities.ports import Enrolment, OpenedSession, SignIns
from BE.modules.identities.repository import IdentityRepository
from BE.modules.identities.security.arrivals import Arrival
from BE.modules.identities.security.assertions import Assertion
from BE.modules.identities.security.flows import Errand, ErrandKind, Flow, Flows
from BE.modules.identities.security.provider_settings import ProviderSettings
from BE.modules.identities.security.providers import Providers
from BE.modules.identities.service.enrolment import EnrolmentService


@dataclass(frozen=True, slots=True)
class Departure:
    """The URL that the browser visits, and the cookie that it must bring back."""

    address: str
    sealed_flow: str


class ProviderSignInService:
    """Signs people in with other providers, and links these to accounts."""

    def __init__(
        self,
        database: Database,
        repository: IdentityRepository,
        providers: Providers,
        flows: Flows,
        enrolments: EnrolmentService,
        accounts: Enrolment,
        sign_ins: SignIns,
    ) -> None:
        self._db = database
        self._repository = repository
        self._providers = providers
        self._flows = flows
        self._enrolments = enrolments
        self._accounts = accounts
        self._sign_ins = sign_ins

    def providers(self) -> list[ProviderSettings]:
        return [*self._providers.settings.values()]

    async def start(self, name: str, return_to: str, device_tokens: Sequence[str]) -> Departure:
        """Begin a sign-in. Raises :class:`ProviderNotFound`, :class:`ProviderUnavailable`."""
        self._providers.named(name)
        return await self._depart(Flow(name, return_to, device_tokens=tuple(device_tokens)))

    async def start_errand(
        self, name: str, return_to: str, caller: Principal, kind: ErrandKind
    ) -> Departure:
        """Begin to link a provider to the caller's account, or to prove by it who they are.

        For this session alone. Raises :class:`ProviderNotFound`, :class:`ProviderUnavailable`.
        """
        self._providers.named(name)
        errand = Errand(caller.user_id, caller.session_id, kind)
        return await self._depart(Flow(name, return_to, errand=errand))

    def flow_of(self, name: str, arrival: Arrival, sealed_flows: Sequence[str]) -> Flow:
        """The flow that this browser began, and to which the answer belongs.

        Raises :class:`ProviderNotFound`, and :class:`ArrivalFailed` for an answer to another
        browser, from another provider, or that comes too late.
        """
        self._providers.named(name)
        for sealed in sealed_flows:
            flow = self._flows.open(sealed)
            if flow is not None and flow.provider == name and flow.has_state(arrival.state or ""):
                return flow
        raise ArrivalFailed("expired")

    async def arrive(
        self, flow: Flow, arrival: Arrival, visitor: Visitor
    ) -> OpenedSession | SecondStep | None:
        """Sign in the returning user, or carry out their session's errand and return ``None``.

        Raises :class:`ArrivalFailed`; then nothing is created.
        """
        if not await self._repository.use_flow(flow.digest, flow.expires_at):
            raise ArrivalFailed("expired")
        if arrival.error is not None:
            raise ArrivalFailed("cancelled" if arrival.error == "access_denied" else "refused")
        assertion = await self._providers.redeem(arrival, flow)
        try:
            if flow.errand is None:
                return await self._sign_in(assertion, flow, visitor)
            await self._run(flow.errand, assertion)
        except EmailOfAnotherAccount:
            raise ArrivalFailed("email_taken") from None
        except UnlinkedFromAccount:
            raise ArrivalFailed("unlinked") from None
        except SessionEnded:
            raise ArrivalFailed("expired") from None
        except TooManyIdentities:
            raise ArrivalFailed("too_many") from None
        return None

    async def on_hour_passed(self, _: HourPassed) -> None:
        await self._repository.forget_flows()

    async def _depart(self, flow: Flow) -> Departure:
        return Departure(await self._providers.address_for(flow), self._flows.seal(flow))

    async def _sign_in(
        self, assertion: Assertion, flow: Flow, visitor: Visitor
    ) -> OpenedSession | SecondStep:
        async with self._db.transaction():
            opened = await self._sign_ins.open_for(
                await self._account_of(assertion),
                user_agent=visitor.user_agent,
                ip=visitor.ip,
                device_tokens=flow.device_tokens,
            )
            if opened is None:
                raise ArrivalFailed("account_inactive")
            return opened

    async def _account_of(self, assertion: Assertion) -> UUID:
        """The account that the subject signs in to, which it joins if it may.

        An account with a second factor is not joined: the sign-in may end before its second step,
        and a link stays. A signed-in user links the provider in the settings.
        """
        identity = await self._enrolments.find(assertion)
        if identity is None:
            joined = await self._enrolments.account_to_join(assertion)
            if joined is not None and await self._accounts.has_second_factor(joined):
                return joined
            identity = await self._enrolments.enrol(assertion, joined)
        await self._enrolments.update(identity, assertion, session_id=identity.session_id)
        await self._repository.note_use(identity.id, assertion.email)
        return identity.account_id

    async def _run(self, errand: Errand, assertion: Assertion) -> None:
        """Raises :class:`SessionEnded` if the session that asked for it is over."""
        async with self._db.transaction():
            if not await self._sign_ins.hold(errand.account_id, errand.session_id):
                raise SessionEnded
            identity = await self._enrolments.lock(assertion)
            if errand.kind == "link":
                identity = await self._linked(identity, assertion, errand.account_id)
            elif identity is None or identity.account_id != errand.account_id:
                raise ArrivalFailed("another_identity")
            else:
                await self._sign_ins.prove(errand.session_id)
            await self._enrolments.update(identity, assertion, session_id=identity.session_id)
            await self._repository.note_use(identity.id, assertion.email)

    async def _linked(
        self, identity: Identity | None, assertion: Assertion, account_id: UUID
    ) -> Identity:
        """The identity, which then belongs to the account."""
        if identity is None:
            identity = await self._enrolments.link(assertion, account_id)
        if identity is None or identity.account_id != account_id:
            raise ArrivalFailed("identity_taken")
        return identity
