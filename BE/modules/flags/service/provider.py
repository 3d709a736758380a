"""Lets OpenFeature read the values of flags."""

from collections.abc import Mapping, Sequence
from typing import cast

from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode
from openfeature.flag_evaluation import FlagResolutionDetails, FlagValueType, Reason
from openfeature.provider import AbstractProvider, Metadata

from BE.core.flags import TEAMS, Flags
from BE.modules.flags.models import Caller
from BE.modules.flags.service.snapshots import Snapshots

type _Structure = Sequence[FlagValueType] | Mapping[str, FlagValueType]


class SnapshotProvider(AbstractProvider):
    """Evaluates rules on the snapshot in memory."""

    def __init__(self, flags: Flags, snapshots: Snapshots) -> None:
        super().__init__()
        self._flags = flags
        self._snapshots = snapshots

    def get_metadata(self) -> Metadata:
        return Metadata(name="flags in PostgreSQL")

    def resolve_boolean_details(
        self,
        flag_key: str,
        default_value: bool,  # noqa: FBT001 - the signature is OpenFeature's
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[bool]:
        return self._resolve(flag_key, default_value, evaluation_context)

    def resolve_string_details(
        self,
        flag_key: str,
        default_value: str,
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[str]:
        return self._resolve(flag_key, default_value, evaluation_context)

    def resolve_integer_details(
        self,
        flag_key: str,
        default_value: int,
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[int]:
        return self._resolve(flag_key, default_value, evaluation_context)

    def resolve_float_details(
        self,
        flag_key: str,
        default_value: float,
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[float]:
        return self._resolve(flag_key, default_value, evaluation_context)

    def resolve_object_details(
        self,
        flag_key: str,  # noqa: ARG002 - as above
        default_value: _Structure,
        evaluation_context: EvaluationContext | None = None,  # noqa: ARG002 - as above
    ) -> FlagResolutionDetails[_Structure]:
        """There are no flags of this kind."""
        return FlagResolutionDetails(default_value, error_code=ErrorCode.TYPE_MISMATCH)

    def _resolve[T](
        self, name: str, default: T, context: EvaluationContext | None
    ) -> FlagResolutionDetails[T]:
        flag = self._flags.declared.get(name)
        if flag is None:
            return FlagResolutionDetails(default, error_code=ErrorCode.FLAG_NOT_FOUND)
        setting = self._snapshots.current.settings.get(name)
        if setting is None:
            return FlagResolutionDetails(default, reason=Reason.DEFAULT)
        value = flag.read(setting.value_for(name, _caller(context)))
        if value is None:
            return FlagResolutionDetails(default, error_code=ErrorCode.TYPE_MISMATCH)
        reason = Reason.TARGETING_MATCH if setting.rules else Reason.STATIC
        return FlagResolutionDetails(cast(T, value), reason=reason)


def _caller(context: EvaluationContext | None) -> Caller:
    if context is None:
        return Caller("")
    teams = cast(Sequence[str], context.attributes.get(TEAMS, ()))
    return Caller(context.targeting_key or "", teams)
