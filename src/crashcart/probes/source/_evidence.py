"""What the source shows, with the command that shows it again from the project's folder."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping

from crashcart.model.evidence import Evidence, OriginKind
from crashcart.proof.file_ledger import FileLedger, Held, Place
from crashcart.proof.file_loss import Loss, LossKind
from crashcart.proof.importers import Importer
from crashcart.proof.places import Places
from crashcart.tools.printable import printable
from crashcart.tools.redaction import evidence


def sentence(text: str) -> str:
    """What the proof says, as a sentence of a report."""
    return f"{text[:1].upper()}{printable(text[1:]).rstrip('.')}."


def shown(facts: Mapping[str, str]) -> dict[str, str]:
    """Facts whose file names a terminal can show."""
    return {name: printable(value) for name, value in facts.items()}


def import_line(importer: Importer | None, places: Places) -> Iterator[Evidence]:
    """The line that asks for the module."""
    if importer and importer.line:
        yield source_line(importer.path, importer.line, importer.text, places)


def source_line(path: str, line: int, text: str, places: Places) -> Evidence:
    """A line of the deployed source."""
    if places.commit:
        check = f"git show {shlex.quote(f'{places.commit.sha[:12]}:{path}')} | sed -n {line}p"
        return evidence(OriginKind.COMMIT, path, text[:300], line=line, check=check)
    return evidence(OriginKind.FILE, path, text[:300], line=line, check=f"sed -n {line}p {_from_project(path, places)}")


def ledger(found: FileLedger, places: Places) -> Iterator[Evidence]:
    """The four columns as one text, then what shows each of them that can be shown by a command."""
    yield evidence(OriginKind.PROBE, "file ledger", str(found))
    if places.commit and found.held(Place.COMMIT) is Held.NO:
        sha = places.commit.sha[:12]
        check = f"git ls-tree --full-tree {sha} -- {shlex.quote(found.path)}"
        yield evidence(
            OriginKind.COMMIT, f"{sha} {found.path}", "git ls-tree prints nothing: not in this commit", check=check
        )
    if loss := found.loss:
        yield from _loss(loss, found.path, places)


def _loss(loss: Loss, path: str, places: Places) -> Iterator[Evidence]:
    status = f"git status --short -uall -- {shlex.quote(f':(top,literal){path}')}"
    match loss.kind:
        case LossKind.UNTRACKED:
            yield evidence(OriginKind.FILE, path, f"?? {path}", check=status)
        case LossKind.UNCOMMITTED:
            yield evidence(OriginKind.FILE, path, f"A  {path}", check=status)
        case LossKind.IGNORED:
            check = f"git check-ignore -v -- {_from_project(path, places)}"
            yield evidence(OriginKind.FILE, loss.file or path, loss.because, line=loss.line, check=check)
        case LossKind.ADDED_LATER | LossKind.REMOVED if loss.commit:
            check = f"git show --stat --oneline {loss.commit[:12]} -- {shlex.quote(f':(top,literal){path}')}"
            yield evidence(OriginKind.COMMIT, loss.commit[:12], loss.because, check=check)
        case LossKind.CASE if loss.other and places.commit:
            check = f"git ls-tree --full-tree {places.commit.sha[:12]} -- {shlex.quote(loss.other)}"
            yield evidence(OriginKind.COMMIT, loss.other, loss.because, check=check)
        case _ if loss.file and loss.line:
            text = (places.tree.read(loss.file) or "").splitlines()[loss.line - 1 : loss.line]
            yield source_line(loss.file, loss.line, "".join(text).strip(), places)
        case LossKind.NOT_COPIED if loss.file:
            yield evidence(OriginKind.FILE, loss.file, loss.because, check=_copies(loss.file, places))


def _copies(dockerfile: str, places: Places) -> str:
    if places.commit:
        return (
            f"git show {shlex.quote(f'{places.commit.sha[:12]}:{dockerfile}')} | grep -nE '^ *(COPY|ADD|FROM|WORKDIR)'"
        )
    return f"grep -nE '^ *(COPY|ADD|FROM|WORKDIR)' {_from_project(dockerfile, places)}"


def _from_project(path: str, places: Places) -> str:
    return shlex.quote(os.path.relpath(path, places.project or "."))
