"""Where the live structure is not what the applied history makes."""

from __future__ import annotations

from collections.abc import Collection

from crashcart.model.migration import Drift
from crashcart.proof.catalog import Catalog, Property, Thing, properties_of
from crashcart.proof.compare import Comparison

ASIDE = ("grant", "comment", "extension")
"""Kinds that others look after: an administrator's, not a migration's."""


def between(
    comparison: Comparison, explained: Collection[Property], schema: str
) -> tuple[tuple[Drift, ...], list[str]]:
    """The objects that differ, and those of which it cannot be told.

    *explained* are properties that a migration touches which is not applied. Only the schemas of the history count.
    """
    expected, live = comparison.final_catalog, comparison.live_catalog
    schemas = {schema, *(thing.schema for thing in expected.values() if thing.kind != "schema")}
    found, unsure = [], []
    for key in dict.fromkeys((*expected, *live)):
        thing = expected.get(key) or live[key]
        if (
            thing.kind in ASIDE
            or thing.schema not in schemas
            or (key, "") in explained
            or _of_another(thing, expected, live)
        ):
            continue
        places = _differing(comparison, expected.get(key), live.get(key), explained)
        if places and all(comparison.unsure(place, comparison.final.get(place)) for place in places):
            unsure.append(key)
        elif places:
            found.append(Drift(key, _told(expected.get(key), places), _told(live.get(key), places)))
    return tuple(found), unsure


def _differing(
    comparison: Comparison, expected: Thing | None, live: Thing | None, explained: Collection[Property]
) -> list[Property]:
    if expected is None or live is None:
        return [((expected or live).key, "")] if (expected or live) else []  # type: ignore[union-attr]
    places = dict.fromkeys(place for thing in (expected, live) for place, _ in properties_of(thing))
    return [
        place for place in places
        if place not in explained and not comparison.same(place, comparison.final.get(place))
    ]  # fmt: skip


def _of_another(thing: Thing, expected: Catalog, live: Catalog) -> bool:
    """Whether it belongs to a table that is itself only on one side, which says it all."""
    owner = (
        thing.within
        or (thing.properties.get("owned by") or thing.properties.get("identity of") or "").rpartition(".")[0]
    )
    key = f"table {owner}"
    return bool(owner) and (key in expected) != (key in live)


def _told(thing: Thing | None, places: Collection[Property]) -> str | None:
    if thing is None:
        return None
    names = [name for _, name in places if name in thing.properties]
    if not names:
        return str(thing)
    return "; ".join(
        thing.properties[name] if name == "definition" else f"{name} {thing.properties[name]}" for name in names
    )
