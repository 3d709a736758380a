"""Whether a statement is limited to the rows of an owner, by PostgreSQL's own parser."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import pglast
from pglast import ast
from pglast.enums import BoolExprType, OnConflictAction
from pglast.visitors import Visitor

type Owners = Mapping[str, frozenset[str]]
"""The columns that hold the owner of a row, by table: a statement must name one of them."""


def unowned(sql: str, owners: Owners) -> list[str]:
    """The owned tables of which a statement takes the rows of any owner."""
    queries = _Queries()
    queries(pglast.parse_sql(sql))
    return [table for query in queries.found for table in _unowned_tables(query, owners)]


def returned_without_owner(sql: str, tables: Collection[str]) -> bool:
    """Whether a statement returns rows of one of ``tables``, but not their ``owner_id``."""
    used = _Tables()
    used(pglast.parse_sql(sql))
    if used.found.isdisjoint(tables):
        return False
    [statement] = pglast.parse_sql(sql)
    returned = _returned(statement.stmt)
    return bool(returned) and "owner_id" not in returned


def _returned(query: Any) -> list[str | None]:
    """The names of the outermost columns; of a union, those of its first part."""
    if not isinstance(query, ast.SelectStmt):
        returning = query.returningClause
        return [_name_of(target) for target in returning.exprs] if returning else []
    if query.larg is not None:
        return _returned(query.larg)
    return [_name_of(target) for target in query.targetList or ()]


def _name_of(target: Any) -> str | None:
    if target.name is not None:
        return str(target.name)
    fields = target.val.fields if isinstance(target.val, ast.ColumnRef) else None
    return str(fields[-1].sval) if fields and isinstance(fields[-1], ast.String) else None


class _Tables(Visitor):
    def __init__(self) -> None:
        self.found: set[str] = set()

    def visit_RangeVar(self, _: Any, node: Any) -> None:  # noqa: N802 - pglast's name
        self.found.add(_name(node))


class _Queries(Visitor):
    def __init__(self) -> None:
        self.found: list[Any] = []

    def visit(self, _: Any, node: Any) -> None:
        if isinstance(node, ast.SelectStmt | ast.InsertStmt | ast.UpdateStmt | ast.DeleteStmt):
            self.found.append(node)


class _Columns(Visitor):
    def __init__(self) -> None:
        self.found: list[tuple[str | None, str]] = []

    def visit_ColumnRef(self, _: Any, node: Any) -> None:  # noqa: N802 - pglast's name
        if isinstance(node.fields[-1], ast.String):
            names = [field.sval for field in node.fields]
            self.found.append((names[-2] if len(names) > 1 else None, names[-1]))


def _unowned_tables(query: Any, owners: Owners) -> list[str]:
    if isinstance(query, ast.InsertStmt):
        return [] if _is_inserted_for_an_owner(query, owners) else [_name(query.relation)]
    untied, conditions = dict(_sources(query)), list(_conditions(query))
    while tied := [
        alias
        for alias, table in untied.items()
        if any(
            _ties_to_owner(condition, alias, owners.get(table, frozenset()), untied)
            for condition in conditions
        )
    ]:
        for alias in tied:
            del untied[alias]
    return [table for table in untied.values() if table in owners]


def _is_inserted_for_an_owner(query: Any, owners: Owners) -> bool:
    """Whether it is, even if the row exists already and is updated instead."""
    columns = owners.get(_name(query.relation))
    if columns is None:
        return True
    conflict = query.onConflictClause
    if conflict is not None and conflict.action == OnConflictAction.ONCONFLICT_UPDATE:
        inferred = {element.name for element in conflict.infer.indexElems}
        if not inferred & columns:
            return False
    return bool({column.name for column in query.cols or ()} & columns)


def _from(query: Any) -> list[Any]:
    used = (getattr(query, part, None) or () for part in ("fromClause", "usingClause"))
    return [node for nodes in used for node in nodes]


def _sources(query: Any) -> Iterator[tuple[str, str]]:
    """The tables with a schema that the query itself reads or writes, by alias."""
    nodes = _from(query)
    if not isinstance(query, ast.SelectStmt):
        nodes.append(query.relation)
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.JoinExpr):
            nodes += [node.larg, node.rarg]
        elif isinstance(node, ast.RangeVar) and node.schemaname:
            yield str(node.alias.aliasname if node.alias else node.relname), _name(node)


def _name(relation: Any) -> str:
    return f"{relation.schemaname}.{relation.relname}"


def _conditions(query: Any) -> Iterator[Any]:
    """The conditions that every row taken must meet."""
    if query.whereClause:
        yield from _conjuncts(query.whereClause)
    nodes = _from(query)
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.JoinExpr):
            nodes += [node.larg, node.rarg]
            yield from _conjuncts(node.quals) if node.quals else ()


def _conjuncts(condition: Any) -> Iterator[Any]:
    if isinstance(condition, ast.BoolExpr) and condition.boolop == BoolExprType.AND_EXPR:
        for part in condition.args or ():
            yield from _conjuncts(part)
    else:
        yield condition


def _ties_to_owner(
    condition: Any, alias: str, columns: frozenset[str], untied: Mapping[str, str]
) -> bool:
    """Whether a condition ties the rows of ``alias`` to an owner known independently of them."""
    if isinstance(condition, ast.BoolExpr) and condition.boolop == BoolExprType.OR_EXPR:
        return all(
            any(_ties_to_owner(part, alias, columns, untied) for part in _conjuncts(branch))
            for branch in condition.args or ()
        )
    if isinstance(condition, ast.SubLink) and condition.testexpr is not None:
        return _is_owner(condition.testexpr, alias, columns)
    if not isinstance(condition, ast.A_Expr) or (condition.name or ())[-1].sval != "=":
        return False
    left, right = condition.lexpr, condition.rexpr
    return (_is_owner(left, alias, columns) and _is_known(right, columns, untied)) or (
        _is_owner(right, alias, columns) and _is_known(left, columns, untied)
    )


def _is_owner(node: Any, alias: str, columns: frozenset[str]) -> bool:
    if not isinstance(node, ast.ColumnRef):
        return False
    return any(name in columns and source in {None, alias} for source, name in _columns(node))


def _is_known(node: Any, columns: frozenset[str], untied: Mapping[str, str]) -> bool:
    """Whether a value comes from outside, or from a table that is tied to an owner."""
    return all(
        name not in columns if source is None else source not in untied
        for source, name in _columns(node)
    )


def _columns(node: Any) -> list[tuple[str | None, str]]:
    columns = _Columns()
    columns(node)
    return columns.found
