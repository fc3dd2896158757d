"""One answer for a migration from those of its statements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from crashcart.model.migration import Effect, Proof


def verdict(answers: Sequence[tuple[int, Effect]]) -> tuple[Proof, str]:
    """One answer for a migration from those of its statements."""
    by_effect: dict[Effect, list[int]] = {}
    for n, effect in answers:
        by_effect.setdefault(effect, []).append(n)
    present, absent = by_effect.get(Effect.PRESENT, []), by_effect.get(Effect.ABSENT, [])
    different, hidden = by_effect.get(Effect.DIFFERENT, []), by_effect.get(Effect.UNPROVABLE, [])
    if not present and not absent and not different:
        return Proof.UNPROVABLE, "nothing that it does can be seen in the catalog" if hidden else "it does nothing"
    said = "; ".join(_told(by_effect))
    if not absent and not different:
        return (Proof.UNPROVABLE if hidden else Proof.APPLIED), said
    if not present and not different:
        return Proof.NOT_APPLIED, said
    return Proof.PARTIAL, said


_WORDS = {
    Effect.PRESENT: "in the database",
    Effect.ABSENT: "missing",
    Effect.DIFFERENT: "different from what the script makes",
    Effect.UNPROVABLE: "without a trace in the catalog",
}


def _told(by_effect: Mapping[Effect, Sequence[int]]) -> Iterator[str]:
    total = sum(map(len, by_effect.values()))
    for effect, words in _WORDS.items():
        numbers = by_effect.get(effect, ())
        if len(numbers) == total:
            yield (
                f"the effect of every statement is {words}" if total > 1 else f"the effect of its statement is {words}"
            )
        elif numbers:
            yield f"{_numbers(numbers)} {'is' if len(numbers) == 1 else 'are'} {words}"


def _numbers(numbers: Sequence[int]) -> str:
    shown = [str(n) for n in numbers[:12]] + (["…"] if len(numbers) > 12 else [])
    return f"statement {shown[0]}" if len(numbers) == 1 else f"statements {', '.join(shown)}"
