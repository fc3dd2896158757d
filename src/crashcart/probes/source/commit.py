"""Does the deployed commit import files that only this working tree has? Told before anything has failed."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from crashcart.model.errors import UnavailableError
from crashcart.model.evidence import OriginKind
from crashcart.model.finding import Failed, Outcome, Passed, Unknown
from crashcart.probes import Inquiry, Probe
from crashcart.probes.source import _evidence
from crashcart.proof.file_ledger import ledger
from crashcart.proof.file_tree import CommitTree
from crashcart.proof.importers import Importer
from crashcart.proof.modules import ENDINGS, SCRIPTS, join, node_files
from crashcart.proof.places import Places, survey
from crashcart.tools.git import Hit
from crashcart.tools.hands import Hands
from crashcart.tools.redaction import evidence

FAULT = "node.file-not-committed"
MAX_IMPORTS, MAX_FINDINGS = 50_000, 20

_GREP = r"""(from|import|require)[[:space:]]*\(?[[:space:]]*['"]\.\.?/[^'"]+['"]"""
_IMPORT = re.compile(r"""\b(?:from|import|require)\s*\(?\s*['"](\.\.?/[^'"]{1,400})['"]""")
_IDLE = re.compile(r"^\s*(?://|\*|/\*|import\s+type\b|export\s+type\b)")
_TESTS = re.compile(r"(^|/)(__tests__|__mocks__|tests?|e2e|cypress)/|\.(test|spec|stories|e2e)\.[cm]?[jt]sx?$|\.d\.ts$")


@dataclass(frozen=True, slots=True)
class _Missing:
    path: str
    specifier: str
    importer: Importer


def ask(inquiry: Inquiry, hands: Hands) -> Iterable[Outcome]:
    """One failure for each such file that no log has named yet."""
    if inquiry.target.root is None or inquiry.target.commit is None:
        return []
    try:
        places = survey(inquiry.target, hands.patience)
        if isinstance(places, str) or places.folder is None or places.commit is None:
            return []
        return _answer(inquiry, places, places.commit)
    except UnavailableError as error:
        return [Unknown(_evidence.sentence(str(error)))]


def _answer(inquiry: Inquiry, places: Places, commit: CommitTree) -> list[Outcome]:
    named = {_stem(claim.facts.get("module", "")) for claim in inquiry.about("node.module-not-found")}
    untracked = frozenset(p for p in commit.repository.untracked(places.project) if p.endswith(ENDINGS))
    if not untracked:
        return [] if named else [_passed("no source file lies untracked in the working tree", "")]
    hits = [hit for hit, _ in zip(commit.grep(_GREP, SCRIPTS), range(MAX_IMPORTS), strict=False)]
    missing = {m.path: m for m in _missing(hits, untracked, places) if _stem(m.specifier) not in named}
    if missing:
        return [_failed(m, places, commit) for m in list(missing.values())[:MAX_FINDINGS]]
    if named:
        return []
    return [
        _passed(
            f"no relative import of commit {commit.sha[:7]} needs an untracked file", "\n".join(sorted(untracked)[:20])
        )
    ]


def _passed(because: str, listed: str) -> Passed:
    text = listed or "git lists no untracked source file"
    check = "git ls-files --others --exclude-standard"
    return Passed(_evidence.sentence(because), (evidence(OriginKind.FILE, "working tree", text, check=check),))


def _missing(hits: Iterable[Hit], untracked: frozenset[str], places: Places) -> Iterator[_Missing]:
    below = f"{places.project}/" if places.project else ""
    for hit in hits:
        if not hit.path.startswith(below) or _TESTS.search(hit.path) or _IDLE.match(hit.text):
            continue
        for specifier in _IMPORT.findall(hit.text[:2000]):
            base = join(posixpath.dirname(hit.path), specifier)
            files = node_files(base) if base else ()
            found = next((f for f in files if f in untracked), None)
            if (
                found
                and not any(places.tree.locate(f).held is not False for f in files)
                and _deployed(hit.path, places)
            ):
                yield _Missing(found, specifier, Importer(hit.path, hit.line, hit.text.strip()))


def _deployed(path: str, places: Places) -> bool:
    """Whether a build reads the file; without a known build, whatever is committed counts."""
    return not places.builds or any(build.reads(path) for build in places.builds)


def _failed(missing: _Missing, places: Places, commit: CommitTree) -> Failed:
    found = ledger(missing.path, places, places.builds[0] if places.builds else None)
    because = (
        f"`{missing.importer.path}` of commit {commit.sha[:7]} imports `{missing.specifier}`, "
        f"but `{missing.path}` lies untracked in the working tree"
    )
    facts = {"module": missing.specifier, "path": missing.path, "importer": missing.importer.path}
    shown = (*_evidence.import_line(missing.importer, places), *_evidence.ledger(found, places))
    return Failed(
        FAULT, _evidence.sentence(because), shown, _evidence.shown({**facts, "line": str(missing.importer.line)})
    )


def _stem(specifier: str) -> str:
    return posixpath.splitext(posixpath.basename(specifier))[0]


ROOM = Probe(
    id="source.commit",
    question="Does the deployed commit hold every file that its own sources import?",
    ask=ask,
    faults=(FAULT,),
)
