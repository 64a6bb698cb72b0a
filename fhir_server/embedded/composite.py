"""Composite parameters: several values of one element at once, such as `code-value-quantity=sys|code$gt5`.

Rows that hold every part somewhere come from the columns of the parts; that one element holds them all is then seen
in the bodies themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from ..backend import Resource
from .columns import Rows, build_column, union
from .extract import Value, converter, follow, parse_steps
from .matching import Matcher, compile_matcher, split_escaped
from .outcome import Refusal, bad_request
from .parameters import ElementPath, Kind, SearchParameter, TypeInfo
from .shard import TableView

MAX_VERIFIED = 20_000


@dataclass(frozen=True, slots=True)
class CompositeMatcher:
    """Rows with an element that holds every part of any of the alternatives."""

    parameter: SearchParameter
    alternatives: tuple[tuple[Matcher, ...], ...]
    columns: tuple[str | None, ...]
    name: str
    cost: int = 4

    def match_table(self, table: TableView, within: Rows | None) -> Rows:
        """Ascending rows that match, out of `within`.

        Raises:
            Refusal: too many rows would have to be read.
        """
        found: list[Rows] = []
        for parts in self.alternatives:
            rows = within
            for matcher, column in zip(parts, self.columns, strict=True):
                if column is not None:
                    rows = matcher.match(table.column(column), table.count, rows)
            if rows is None:
                rows = union((), table.count)
            if len(rows) > MAX_VERIFIED:
                raise Refusal(
                    400,
                    "too-costly",
                    f"{self.name!r} fits too many resources; name a patient or a code",
                    expression=self.name,
                )
            found.append(
                rows[[self._holds(orjson.loads(table.body(row)), parts) for row in rows.tolist()]]
                if len(rows)
                else rows
            )
        return found[0] if len(found) == 1 else union(found, table.count)

    def _holds(self, resource: Resource, parts: tuple[Matcher, ...]) -> bool:
        for context, paths in self.parameter.contexts:
            for item in follow(resource, parse_steps(context)) if context else (resource,):
                if all(
                    _matches(item, part_paths, kind, matcher)
                    for part_paths, kind, matcher in zip(paths, self.parameter.parts, parts, strict=True)
                ):
                    return True
        return False


def _matches(item: Resource, paths: tuple[ElementPath, ...], kind: Kind, matcher: Matcher) -> bool:
    values: dict[Value, list[int]] = {}
    for path in paths:
        convert = converter(kind, path.datatype)
        for end in follow(item, parse_steps(path.steps)):
            values |= {value: [0] for value in convert(end, path.extra)}
    return bool(values) and len(matcher.match(build_column(values, 1), 1, None)) > 0


def compile_composite(
    info: TypeInfo, parameter: SearchParameter, values: Sequence[str], name: str, base_url: str
) -> CompositeMatcher:
    """What finds the rows for a composite parameter.

    Raises:
        Refusal: a value does not have as many parts as the parameter, or a part is not understood.
    """
    alternatives: list[tuple[Matcher, ...]] = []
    for value in values:
        texts = split_escaped(value, "$")
        if len(texts) != len(parameter.parts) or not all(texts):
            raise bad_request(f"{name}={value!r}: write {len(parameter.parts)} values with $ between", name)
        parts = [SearchParameter(name, kind) for kind in parameter.parts]
        alternatives.append(
            tuple(compile_matcher(p, "", [t], name, base_url) for p, t in zip(parts, texts, strict=True))
        )
    return CompositeMatcher(parameter, tuple(alternatives), _part_columns(info, parameter), name)


def _part_columns(info: TypeInfo, parameter: SearchParameter) -> tuple[str | None, ...]:
    """For each part the parameter that indexes the same elements by itself, None where there is none."""
    found: list[str | None] = []
    for number, kind in enumerate(parameter.parts):
        wanted = {
            f"{context}.{path.steps}" if context else path.steps
            for context, paths in parameter.contexts
            for path in paths[number]
        }
        same = (
            p.code for p in info.search.values() if p.kind == kind and wanted <= {q.steps for q in p.paths}
        )
        found.append(next(same, None))
    return tuple(found)
