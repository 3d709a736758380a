from collections.abc import Mapping


class NamedColumns:
    """The columns of a versioned row that one ``UPDATE`` may change.

    A change names the columns that it sets; the others stay. A change that names any column raises
    ``version`` by one and sets ``updated_at``.
    """

    def __init__(self, *columns: str, first: int) -> None:
        """``first`` is the number of the parameter with the names; those of the values follow."""
        self._columns = columns
        self._names = f"${first}::text[]"
        self._first_value = first + 1
        has_names = f"cardinality({self._names}) > 0"
        self.assignments = ", ".join(
            (
                *(f"{column} = {self.kept_or_set(column)}" for column in columns),
                f"version = version + ({has_names})::int",
                f"updated_at = CASE WHEN {has_names} THEN now() ELSE updated_at END",
            )
        )
        """For the ``SET`` clause."""

    def names(self, column: str) -> str:
        """The condition that a change names ``column``."""
        return f"'{column}' = ANY({self._names})"

    def value(self, column: str) -> str:
        """The parameter for the new value of ``column``."""
        return f"${self._first_value + self._columns.index(column)}"

    def arguments(self, changes: Mapping[str, object]) -> list[object]:
        """The arguments for the parameters from ``first`` on. Raises :class:`ValueError`."""
        unknown = changes.keys() - set(self._columns)
        if unknown:
            raise ValueError(f"no columns that may be changed: {', '.join(sorted(unknown))}")
        return [list(changes), *(changes.get(column) for column in self._columns)]

    def kept_or_set(self, column: str) -> str:
        """The value of ``column`` after the change."""
        return f"CASE WHEN {self.names(column)} THEN {self.value(column)} ELSE {column} END"
