"""Whether a live definition is what the history makes, however either server words it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from crashcart.proof.catalog import READ_AGAIN, Catalog, Property, properties

Twice = Callable[[Catalog], Catalog]
"""Builds a structure in the shadow and reads it back."""


@dataclass(slots=True)
class Comparison:
    """The live structure beside those that the history passes through."""

    live_catalog: Catalog
    final_catalog: Catalog
    built: Twice
    live: Mapping[Property, str] = field(init=False)
    final: Mapping[Property, str] = field(init=False)
    _again: dict[int, tuple[Catalog, Mapping[Property, str]]] = field(default_factory=dict)
    """What each catalog reads built again; it is kept beside, so that its id stays its own."""

    def __post_init__(self) -> None:
        self.live, self.final = properties(self.live_catalog), properties(self.final_catalog)

    def same(self, place: Property, expected: str | None, held_in: Catalog | None = None) -> bool:
        """Whether the live value of *place* means what *expected* means, the value that it had in *held_in*."""
        live = self.live.get(place)
        if live == expected:
            return True
        if live is None or expected is None or not printed(place):
            return False
        live_again, expected_again = self._both_again(place, expected, held_in)
        return live_again is not None and live_again == expected_again

    def unsure(self, place: Property, expected: str | None, held_in: Catalog | None = None) -> bool:
        """Whether two wordings could not be brought together, so that they may mean the same."""
        if self.live.get(place) is None or expected is None or not printed(place):
            return False
        return None in self._both_again(place, expected, held_in)

    def _both_again(self, place: Property, expected: str, held_in: Catalog | None) -> tuple[str | None, str | None]:
        state = self.final_catalog if held_in is None or self.final.get(place) == expected else held_in
        return self._built(self.live_catalog).get(place), self._built(state).get(place)

    def _built(self, catalog: Catalog) -> Mapping[Property, str]:
        if id(catalog) not in self._again:
            self._again[id(catalog)] = catalog, properties(self.built(catalog))
        return self._again[id(catalog)][1]


def printed(place: Property) -> bool:
    """Whether the server writes this property out of what it parsed."""
    key, name = place
    return any(key.startswith(f"{kind} ") and name in names for kind, names in READ_AGAIN.items())
