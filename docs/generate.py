"""Writes ``docs/faults/``, a page per family, from the fault rooms; ``--check`` only tells whether it is current."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from crashcart import faults
from crashcart.model.fault import Fault

FOLDER = Path(__file__).parent / "faults"
HEAD = "<!-- Written by `make docs` from src/crashcart/faults; edit the rooms, not this page. -->\n"


def pages() -> dict[str, str]:
    """File name to text."""
    families: dict[str, list[Fault]] = defaultdict(list)
    known = faults.load()
    for fault in sorted(known.values(), key=lambda fault: fault.code):
        families[fault.family].append(fault)
    made = {f"{family}.md": _family(family, members, known) for family, members in families.items()}
    return made | {"README.md": _index(families)}


def _index(families: Mapping[str, list[Fault]]) -> str:
    count = sum(map(len, families.values()))
    rows = [
        f"| [{f.code}]({family}.md#{_anchor(f.code)}) | {f.severity} | {f.title} |"
        for family in families
        for f in families[family]
    ]
    return "\n".join(
        [
            HEAD,
            f"# Faults\n\n{count} faults.\n",
            "| code | severity | what is wrong |",
            "| --- | --- | --- |",
            *rows,
            "",
        ]
    )


def _family(family: str, members: Iterable[Fault], known: Mapping[str, Fault]) -> str:
    return "\n".join([HEAD, f"# {family}\n", *(_fault(fault, known) for fault in members)])


def _fault(fault: Fault, known: Mapping[str, Fault]) -> str:
    parts = [f"## {fault.code}\n", f"**{fault.title}** ({fault.severity})\n", fault.why.strip() + "\n"]
    if examples := [example.line for trace in fault.traces for example in trace.matches]:
        parts.append("In a log:\n\n```text\n" + "\n".join(examples) + "\n```\n")
    if fault.explains:
        parts.append("Brings about: " + ", ".join(_link(code) for code in fault.explains) + ".\n")
    if causes := [other.code for other in known.values() if fault.code in other.explains]:
        parts.append("Brought about by: " + ", ".join(_link(code) for code in sorted(causes)) + ".\n")
    parts.append(f"**What helps.** {fault.remedy.strip()}\n")
    return "\n".join(parts)


def _link(code: str) -> str:
    return f"[{code}]({code.partition('.')[0]}.md#{_anchor(code)})"


def _anchor(code: str) -> str:
    return code.replace(".", "")


def main() -> int:
    made = pages()
    present = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.md")}
    if "--check" in sys.argv:
        return 0 if present == made else 1
    FOLDER.mkdir(exist_ok=True)
    for name in present.keys() - made.keys():
        (FOLDER / name).unlink()
    for name, text in made.items():
        (FOLDER / name).write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
