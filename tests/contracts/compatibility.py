"""When is a new version of an event a breaking one? The rules of an additive contract, on JSON Schemas."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]


def breaking_changes(old: Schema, new: Schema) -> list[str]:
    """What a consumer of ``old`` can no longer rely on, or a producer of ``old`` can no longer send; a sentence
    each."""
    return list(_compare(old, new, old, new, ""))


def _resolve(schema: Schema, root: Schema) -> Schema:
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def _compare(old: Schema, new: Schema, old_root: Schema, new_root: Schema, path: str) -> Iterator[str]:
    old, new = _resolve(old, old_root), _resolve(new, new_root)
    for name, schema in old.get("properties", {}).items():
        if name not in new.get("properties", {}):
            yield f"{path}/{name}: field removed"
        else:
            yield from _compare(schema, new["properties"][name], old_root, new_root, f"{path}/{name}")
    for name in sorted(set(new.get("required", ())) - set(old.get("required", ()))):
        yield f"{path}/{name}: newly required"
    for value in old.get("enum", ()):
        if value not in new.get("enum", [value]):
            yield f"{path}: value {value!r} removed"
    if "const" in old and old["const"] != new.get("const"):
        yield f"{path}: constant changed"
    if "items" in old and "items" in new:
        yield from _compare(old["items"], new["items"], old_root, new_root, f"{path}[]")
    yield from _narrowed(old, new, old_root, new_root, path)


def _types(schema: Schema, root: Schema) -> set[str]:
    schema = _resolve(schema, root)
    if "anyOf" in schema:
        return set().union(*(_types(option, root) for option in schema["anyOf"]))
    return {schema.get("type", "any")}


def _narrowed(old: Schema, new: Schema, old_root: Schema, new_root: Schema, path: str) -> Iterator[str]:
    lost = _types(old, old_root) - _types(new, new_root)
    if lost and "any" not in _types(new, new_root):
        yield f"{path}: no longer takes {', '.join(sorted(lost))}"
    for bound, worse in (("maxLength", min), ("maximum", min), ("maxItems", min), ("minLength", max), ("minimum", max)):
        before, after = old.get(bound), new.get(bound)
        if after is not None and before != after and (before is None or worse(before, after) == after):
            yield f"{path}: {bound} tightened to {after}"
