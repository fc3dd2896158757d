"""Is the module that a log calls missing really missing, since when, and on which step of the way into the image?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from crashcart.model.errors import UnavailableError
from crashcart.model.finding import Claim, Failed, Outcome, Unknown
from crashcart.probes import Inquiry, Probe
from crashcart.probes.source import _evidence
from crashcart.proof import missing_module
from crashcart.proof.build import Build
from crashcart.proof.dockerfile import Unparsable
from crashcart.proof.file_loss import LossKind
from crashcart.proof.missing_module import BuildOutput, MissingFile, MissingPackage, Untraceable
from crashcart.proof.packages import Declared
from crashcart.proof.places import Places, survey
from crashcart.tools.clock import Deadline
from crashcart.tools.hands import Hands

NODE, PYTHON = "node.module-not-found", "python.module-not-found"
NOT_COMMITTED, LETTER_CASE = "node.file-not-committed", "node.case-sensitive-path"
WRONG_PATH, IGNORED, NOT_COPIED = "node.wrong-relative-path", "docker.file-ignored", "docker.file-not-copied"

_FAULTS = {
    LossKind.CASE: LETTER_CASE,
    LossKind.IGNORED: NOT_COMMITTED,
    LossKind.UNTRACKED: NOT_COMMITTED,
    LossKind.UNCOMMITTED: NOT_COMMITTED,
    LossKind.ADDED_LATER: NOT_COMMITTED,
    LossKind.EXCLUDED: IGNORED,
    LossKind.OUTSIDE_CONTEXT: NOT_COPIED,
    LossKind.NOT_COPIED: NOT_COPIED,
    LossKind.LOST_BETWEEN_STAGES: NOT_COPIED,
}


@dataclass(frozen=True, slots=True)
class _Question:
    fault: str
    module: str
    importer: str | None
    claims: tuple[Claim, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(claim.id for claim in self.claims)


def ask(inquiry: Inquiry, hands: Hands) -> Iterable[Outcome]:
    """One outcome for each module, however many lines and tools complain about it."""
    questions = list(_questions(inquiry.about(NODE, PYTHON)))
    if not questions:
        return []
    everything = tuple(i for q in questions for i in q.ids)
    try:
        places = survey(inquiry.target, hands.patience)
        if isinstance(places, str):
            return [_spoken(Unknown(places, about=everything))]
        deadline = Deadline(hands.patience)
        return [_spoken(o) for o in _merged([_answer(question, places, deadline) for question in questions])]
    except UnavailableError as error:
        return [_spoken(Unknown(str(error), about=everything))]


def _spoken(outcome: Failed | Unknown) -> Outcome:
    if isinstance(outcome, Failed):
        return replace(outcome, because=_evidence.sentence(outcome.because), facts=_evidence.shown(outcome.facts))
    return outcome._replace(why=_evidence.sentence(outcome.why))


def _questions(claims: Iterable[Claim]) -> Iterator[_Question]:
    grouped: dict[tuple[str, str, str | None], list[Claim]] = {}
    for claim in claims:
        if module := claim.facts.get("module"):
            importer = claim.facts.get("importer") or claim.facts.get("file") or _folder(claim)
            grouped.setdefault((claim.fault, module, importer), []).append(claim)
    return (_Question(*key, tuple(found)) for key, found in grouped.items())


def _folder(claim: Claim) -> str | None:
    """The folder that a bundler names instead of the importing file."""
    return f"{path}/" if (path := claim.facts.get("path")) else None


def _merged(outcomes: Iterable[Failed | Unknown]) -> list[Failed | Unknown]:
    """Failures about the same file are one: the first one's evidence, everybody's claims."""
    kept: dict[tuple[str, str], Failed] = {}
    others: list[Unknown] = []
    for outcome in outcomes:
        if isinstance(outcome, Unknown):
            others.append(outcome)
            continue
        key = (outcome.fault, outcome.facts.get("path") or outcome.because)
        first = kept.get(key)
        confirms = (*(first.confirms if first else ()), *outcome.confirms)
        explains = (*(first.explains if first else ()), *outcome.explains)
        kept[key] = replace(first or outcome, confirms=confirms, explains=explains)
    return [*kept.values(), *others]


def _answer(question: _Question, places: Places, deadline: Deadline) -> Failed | Unknown:
    if deadline.passed:
        return Unknown(f"there was no time left to follow `{question.module[:100]}`", about=question.ids)
    if not f"{question.module}{question.importer or ''}".isprintable():
        return Unknown(
            "the log's line holds characters that no file name of the source can be made of", about=question.ids
        )
    trace = missing_module.trace_python if question.fault == PYTHON else missing_module.trace_node
    found = trace(question.module, question.importer, places)
    match found:
        case MissingFile():
            return _file(question, found, places)
        case MissingPackage():
            return _package(question, found, places)
        case BuildOutput():
            return Unknown(_output(found, places), about=question.ids)
        case Untraceable():
            return Unknown(found.why, about=question.ids)


def _file(question: _Question, found: MissingFile, places: Places) -> Failed | Unknown:
    loss = found.ledger.loss
    if found.instead and found.importer:
        because = (
            f"from `{found.importer.path}`, `{question.module}` means `{found.ledger.path}`, which exists nowhere; "
            f"the file lies at `{found.instead}`"
        )
        return _failed(WRONG_PATH, because, question, found, places)
    if loss is None:
        return Unknown(_unproven(found, places), about=question.ids)
    if fault := _FAULTS.get(loss.kind):
        return _failed(fault, loss.because, question, found, places)
    asks = f"`{found.importer.path}` asks for `{question.module}`, but " if found.importer else ""
    return _failed(question.fault, f"{asks}{loss.because}", question, found, places)


def _failed(fault: str, because: str, question: _Question, found: MissingFile, places: Places) -> Failed:
    facts = {"module": question.module, "path": found.ledger.path}
    if found.importer:
        facts |= {"importer": found.importer.path} | ({"line": str(found.importer.line)} if found.importer.line else {})
    if loss := found.ledger.loss:
        facts["reason"] = loss.kind.value
        facts |= {name: told for name, told in (("file", loss.file), ("name", loss.other)) if told}
    shown = (
        *question.claims[0].evidence[:1],
        *_evidence.import_line(found.importer, places),
        *_evidence.ledger(found.ledger, places),
    )
    explains = question.ids if fault != question.fault else ()
    return Failed(fault, because, shown, facts, confirms=question.ids, explains=explains)


def _unproven(found: MissingFile, places: Places) -> str:
    if entry := found.ledger.unknown:
        return f"`{found.ledger.path}`: {entry.place} cannot be told: {entry.why}"
    sha = f" of commit {places.commit.sha[:7]}" if places.commit else ""
    return (
        f"`{found.ledger.path}` is predicted to be in an image{sha}: the log may be older, or the image stale; "
        f"compare the running image's digest and build time with the commit, and look for the file in the container"
    )


def _package(question: _Question, found: MissingPackage, places: Places) -> Failed | Unknown:
    declaration = found.declaration
    if declaration.state not in {Declared.NO, Declared.DEV_ONLY}:
        advice = "" if declaration.state is Declared.UNKNOWN else "; whether the image installs it cannot be predicted"
        return Unknown(f"{declaration.why}{advice}", about=question.ids)
    shown = [*question.claims[0].evidence[:1], *_evidence.import_line(found.importer, places)]
    if declaration.file and declaration.line:
        text = (places.tree.read(declaration.file) or "").splitlines()[declaration.line - 1]
        shown.append(_evidence.source_line(declaration.file, declaration.line, text.strip(), places))
    facts = {"module": question.module, "package": declaration.package}
    return Failed(question.fault, declaration.why, tuple(shown), facts, confirms=question.ids)


def _output(found: BuildOutput, places: Places) -> str:
    made = f"`{found.place}` is what a build step makes"
    of = f" of `{found.source}`, which the source holds" if found.source else ""
    shown = f" ({found.because})" if found.because else ""
    step = next(_making(places.builds[:1]), "no RUN of a known Dockerfile seems to make it")
    return f"{made}{of}{shown}; what the image holds there cannot be predicted: {step}; look into the image"


def _making(builds: Iterable[Build]) -> Iterator[str]:
    for build in builds:
        if not isinstance(build.image, Unparsable):
            for run in (r for stage in build.image.dockerfile.stages for r in build.image.dockerfile.runs(stage)):
                if any(word in run.text for word in ("build", "tsc", "compile", "bundle", "generate", "codegen")):
                    yield f"{build.dockerfile} line {run.line} runs `{run.text[:80]}`"


ROOM = Probe(
    id="source.module",
    question="Is every module that the logs call missing in the deployed commit, the build context and the image?",
    ask=ask,
    faults=(NODE, PYTHON, NOT_COMMITTED, LETTER_CASE, WRONG_PATH, IGNORED, NOT_COPIED),
)
