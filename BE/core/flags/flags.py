from collections.abc import Collection
from typing import Any, cast
from uuid import UUID

from openfeature.client import OpenFeatureClient
from openfeature.evaluation_context import EvaluationContext
from openfeature.flag_evaluation import FlagType
from openfeature.provider import FeatureProvider, ProviderStatus
from openfeature.provider.no_op_provider import NoOpProvider

from BE.core.flags.flag import AnyFlag, Flag, FlagKind, FlagValue

TEAMS = "teams"
"""The attribute of an evaluation context with the ids of teams."""

_TYPES: dict[FlagKind, FlagType] = {
    "boolean": FlagType.BOOLEAN,
    "integer": FlagType.INTEGER,
    "float": FlagType.FLOAT,
    "string": FlagType.STRING,
}


class Flags:
    """The flags that contexts declare, and their values: from memory, no call waits."""

    def __init__(self) -> None:
        self._client = _Client()
        self.declared: dict[str, AnyFlag] = {}
        self.contexts: dict[str, str] = {}
        """The context that declares a flag, by the flag's name."""

    def declare(self, context: str, *flags: AnyFlag) -> None:
        for flag in flags:
            self.declared[flag.name] = flag
            self.contexts[flag.name] = context

    def provide(self, provider: FeatureProvider) -> None:
        """Read values from ``provider`` from now on; before, each flag has its default."""
        self._client.current = provider

    def value[T: (bool, int, float, str)](
        self, flag: Flag[T], user_id: UUID, team_ids: Collection[UUID] = ()
    ) -> T:
        """The value for a user who is a member of these teams, or acts for them."""
        value: T = self._evaluate(flag, _context(user_id, team_ids))
        return value

    def values(self, user_id: UUID, team_ids: Collection[UUID] = ()) -> dict[str, FlagValue]:
        """The values of all flags."""
        context = _context(user_id, team_ids)
        return {name: self._evaluate(flag, context) for name, flag in self.declared.items()}

    def _evaluate(self, flag: AnyFlag, context: EvaluationContext) -> Any:
        evaluate = cast(Any, self._client.evaluate_flag_details)  # one method for all kinds
        return evaluate(_TYPES[flag.kind], flag.name, flag.default, context).value


class _Client(OpenFeatureClient):
    """Has its own provider: OpenFeature's registry is shared by all applications of a process."""

    def __init__(self) -> None:
        super().__init__(domain=None, version=None)
        self.current: FeatureProvider = NoOpProvider()

    @property
    def provider(self) -> FeatureProvider:
        return self.current

    def get_provider_status(self) -> ProviderStatus:
        return ProviderStatus.READY


def _context(user_id: UUID, team_ids: Collection[UUID]) -> EvaluationContext:
    return EvaluationContext(str(user_id), {TEAMS: [str(team_id) for team_id in team_ids]})
