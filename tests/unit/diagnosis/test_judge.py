from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from crashcart.diagnosis.judge import GAVE_UP, LOG_ALONE, ORIGIN_HIDDEN, judge
from crashcart.faults import load
from crashcart.model.evidence import Evidence, OriginKind
from crashcart.model.fault import Fault, Severity
from crashcart.model.finding import Answer, Claim, Failed, Finding, Outcome, Passed, Role, Unknown, Verdict
from crashcart.tools.redaction import evidence

FAULTS = load()


def seen(text: str, where: str = "app.log") -> tuple[Evidence, ...]:
    return (evidence(OriginKind.LOG, where, text, line=1),)


def claim(name: str, code: str, position: int, where: str = "app.log", **facts: str) -> Claim:
    return Claim(name, code, facts, seen(f"{code} {facts}", where), position=position, last_position=position, count=2)


def answers(*outcomes: Outcome) -> list[Answer]:
    return [Answer(f"probe-{n}", "?", outcome) for n, outcome in enumerate(outcomes)]


def found(claims: list[Claim], *outcomes: Outcome, faults: Mapping[str, Fault] = FAULTS) -> dict[str, Finding]:
    return {finding.fault: finding for finding in judge(claims, answers(*outcomes), faults)}


REFUSED = claim("c1", "postgres.connection-refused", 0, host="192.0.2.7", port="5432")
WAITING = claim("c2", "app.waiting-for-db", 1)
MODULE = claim("c3", "node.module-not-found", 2, module="./x")
CRASHED = claim("c4", "app.process-crashed", 9)


def test_a_log_alone_proves_nothing_but_orders_everything() -> None:
    refused, module, waiting = judge([REFUSED, WAITING, MODULE], (), FAULTS)
    assert (refused.id, refused.role, refused.verdict, refused.because) == (
        "f1",
        Role.CAUSE,
        Verdict.UNPROVEN,
        LOG_ALONE,
    )
    assert refused.facts == {"host": "192.0.2.7", "port": "5432", "count": "2"}
    assert "192.0.2.7:5432" in refused.remedies[0]
    assert (module.id, module.role) == ("f2", Role.CAUSE)
    assert (waiting.role, waiting.caused_by) == (Role.CONSEQUENCE, ("f1",))


def test_a_claim_refuted_by_its_log_is_benign_and_explains_nothing() -> None:
    harmless = replace(REFUSED, refuted_because="It came up.", refuted_by=seen("up"))
    findings = found([harmless, WAITING])
    benign = findings["postgres.connection-refused"]
    assert (benign.role, benign.verdict, benign.because) == (Role.BENIGN, Verdict.REFUTED, "It came up.")
    assert len(benign.evidence) == 2
    assert findings["app.waiting-for-db"].role is Role.CAUSE


def test_a_wrapper_without_a_reason_says_that_the_reason_is_not_shown() -> None:
    assert found([CRASHED])["app.process-crashed"].because == ORIGIN_HIDDEN


def test_an_outcome_told_twice_is_one_finding() -> None:
    short = claim("c1", "systemd.unit-failed", 3)
    long = claim("c2", "systemd.unit-failed", 7, unit="shop.service")
    (once,) = judge([short, long], (), FAULTS)
    assert (once.role, once.facts["unit"], once.facts["count"], len(once.evidence)) == (
        Role.CAUSE,
        "shop.service",
        "4",
        2,
    )
    elsewhere = replace(long, service="other", position=3)
    assert len(judge([replace(short, service="shop"), elsewhere], (), FAULTS)) == 2


def test_a_wrapper_follows_the_nearest_trouble_before_it() -> None:
    lint = claim("c1", "postgres.collation-mismatch", 3)
    findings = found([lint, CRASHED])
    assert findings["app.process-crashed"].caused_by == (findings["postgres.collation-mismatch"].id,)


def test_a_wrapper_is_not_blamed_on_another_log() -> None:
    other = claim("c1", "postgres.collation-mismatch", 3, "other.log")
    assert found([other, CRASHED])["app.process-crashed"].role is Role.CAUSE


def at(claim: Claim, minute: int) -> Claim:
    moment = datetime(2026, 1, 5, 2, minute, tzinfo=UTC)
    return replace(claim, first_at=moment, last_at=moment)


@pytest.mark.parametrize(("minute", "role"), [(20, Role.CONSEQUENCE), (25, Role.CONSEQUENCE), (30, Role.CAUSE)])
def test_nothing_follows_from_what_another_log_tells_of_a_later_time(minute: int, role: Role) -> None:
    elsewhere = claim("c1", "postgres.connection-refused", 0, "db.log", host="192.0.2.7", port="5432")
    assert found([at(elsewhere, minute), at(WAITING, 25)])["app.waiting-for-db"].role is role


def test_of_two_causes_in_a_log_the_one_before_counts() -> None:
    starting = claim("c3", "postgres.starting-up", 7)
    both = found([REFUSED, WAITING, starting])
    assert both["app.waiting-for-db"].caused_by == (both["postgres.connection-refused"].id,)
    assert found([WAITING, starting])["app.waiting-for-db"].role is Role.CONSEQUENCE


def test_a_confirmed_claim_becomes_one_finding_with_its_proof() -> None:
    proof = Failed(
        "postgres.connection-refused", "Asked now: refused.", seen("tcp"), {"status": "refused"}, ("c1", "c2")
    )
    findings = found([REFUSED, WAITING], proof)
    refused = findings["postgres.connection-refused"]
    assert (refused.verdict, refused.because) == (Verdict.CONFIRMED, "Asked now: refused.")
    assert refused.facts == {"host": "192.0.2.7", "port": "5432", "status": "refused", "count": "2"}
    assert len(refused.evidence) == 2
    assert findings["app.waiting-for-db"].verdict is Verdict.CONFIRMED
    assert findings["app.waiting-for-db"].role is Role.CONSEQUENCE


def test_a_failure_explains_the_claims_it_names() -> None:
    proof = Failed(
        "db-url.endpoint-disagreement", "The script dials 5432.", seen("start.sh", "start.sh"), explains=("c1",)
    )
    findings = found([REFUSED, WAITING], proof)
    cause = findings["db-url.endpoint-disagreement"]
    assert (cause.role, cause.verdict) == (Role.CAUSE, Verdict.CONFIRMED)
    assert findings["postgres.connection-refused"].caused_by == (cause.id,)
    assert findings["app.waiting-for-db"].role is Role.CONSEQUENCE


def test_a_failure_of_another_fault_confirms_and_explains() -> None:
    proof = Failed("node.file-not-committed", "Not in the commit.", seen("git"), confirms=("c3",), explains=("c3",))
    findings = found([MODULE], proof)
    assert findings["node.file-not-committed"].role is Role.CAUSE
    module = findings["node.module-not-found"]
    assert (module.role, module.verdict) == (Role.CONSEQUENCE, Verdict.CONFIRMED)


def test_a_passed_probe_refutes_unless_another_confirmed() -> None:
    passed = Passed("The file is in the image.", seen("image"), refutes=("c3",))
    refuted = found([MODULE], passed)["node.module-not-found"]
    assert (refuted.role, refuted.verdict, len(refuted.evidence)) == (Role.BENIGN, Verdict.REFUTED, 2)
    failed = Failed("node.module-not-found", "Not there.", seen("tree"), confirms=("c3",))
    assert found([MODULE], passed, failed)["node.module-not-found"].verdict is Verdict.CONFIRMED


def test_what_cannot_be_told_stays_unproven_with_the_reason() -> None:
    unknown = Unknown("It accepts connections now.", about=("c1",))
    refused = found([REFUSED], unknown)["postgres.connection-refused"]
    assert (refused.verdict, refused.because) == (Verdict.UNPROVEN, "It accepts connections now.")


def test_a_cause_about_another_place_explains_nothing() -> None:
    local = claim("c1", "db-url.localhost-in-container", 0, host="localhost", port="5432")
    there = claim("c2", "postgres.connection-refused", 1, host="127.0.0.1", port="5432")
    else_ = claim("c3", "postgres.unreachable", 2, host="192.0.2.1", port="5432")
    findings = found([local, there, else_])
    assert findings["postgres.connection-refused"].role is Role.CONSEQUENCE
    assert findings["postgres.unreachable"].role is Role.CAUSE


def test_chains_name_the_nearest_cause_only() -> None:
    unhealthy = claim("c5", "health.unhealthy", 11)
    findings = found([REFUSED, claim("c2", "app.startup-failed", 3), CRASHED, unhealthy])
    assert findings["health.unhealthy"].caused_by == (findings["app.process-crashed"].id,)
    assert findings["app.process-crashed"].caused_by == (findings["app.startup-failed"].id,)
    assert findings["app.startup-failed"].caused_by == (findings["postgres.connection-refused"].id,)


@pytest.mark.parametrize("confirmed", ["a.one", "a.two"])
def test_a_circle_is_broken_in_favour_of_what_is_confirmed(confirmed: str) -> None:
    rooms = {
        code: Fault(code, code, Severity.P1, "why", "remedy.", explains=(other,))
        for code, other in (("a.one", "a.two"), ("a.two", "a.one"))
    }
    claims = [claim("c1", "a.one", 0), claim("c2", "a.two", 1)]
    name = "c1" if confirmed == "a.one" else "c2"
    findings = found(claims, Failed(confirmed, "Seen.", seen("x"), confirms=(name,)), faults=rooms)
    assert findings[confirmed].role is Role.CAUSE
    assert {f.role for f in findings.values()} == {Role.CAUSE, Role.CONSEQUENCE}


def test_what_two_probes_found_is_one_finding() -> None:
    twice = [Failed("env.missing-variable", why, seen(why), {"variable": "JWT_SECRET"}) for why in ("One.", "Two.")]
    (finding,) = judge((), answers(*twice), FAULTS)
    assert len(finding.evidence) == 2
    assert "count" not in finding.facts


def shape(finding: Finding) -> tuple[str, str, Role, Verdict, str]:
    return finding.id, finding.fault, finding.role, finding.verdict, finding.because


def test_the_verdict_does_not_depend_on_the_order_of_answers() -> None:
    outcomes: list[Outcome] = [
        Failed("db-url.endpoint-disagreement", "The script dials 5432.", seen("s", "start.sh"), explains=("c1",)),
        Passed("Not so.", seen("i"), refutes=("c3",)),
        Unknown("Cannot tell.", about=("c1", "c2")),
    ]
    claims = [REFUSED, WAITING, MODULE]
    forward, backward = judge(claims, answers(*outcomes), FAULTS), judge(claims, answers(*outcomes[::-1]), FAULTS)
    assert [(f.id, f.fault, f.role, f.verdict) for f in forward] == [
        (f.id, f.fault, f.role, f.verdict) for f in backward
    ]


def test_an_unknown_code_is_a_bug_and_told_at_once() -> None:
    with pytest.raises(KeyError):
        judge((), answers(Failed("no.such", "x", seen("x"))), FAULTS)
    with pytest.raises(KeyError):
        judge([claim("c1", "no.such", 0)], (), FAULTS)


def test_missing_facts_stay_readable_and_texts_are_not_format_strings() -> None:
    rooms = {"a.b": Fault("a.b", "At {host} {0.__class__}", Severity.P1, "why", "Look at {host}:{port}.")}
    (finding,) = judge([claim("c1", "a.b", 0, host="{port}")], (), rooms)
    assert finding.title == "At {port} {0.__class__}"
    assert finding.remedies == ("Look at {port}:PORT.",)


def test_a_recovery_after_the_crash_excuses_nothing() -> None:
    def at(line: int, code: str) -> tuple[Evidence, ...]:
        return (evidence(OriginKind.LOG, "app.log", code, line=line),)

    early = replace(REFUSED, evidence=at(1, "x"), refuted_because="It came up.", refuted_by=at(9, "up"))
    crash = replace(CRASHED, evidence=at(5, "exited with code 1"))
    findings = found([early, crash])
    assert findings["postgres.connection-refused"].because == GAVE_UP
    assert findings["app.process-crashed"].caused_by == (findings["postgres.connection-refused"].id,)
    later = replace(crash, evidence=at(12, "exited with code 1"))
    assert found([early, later])["postgres.connection-refused"].role is Role.BENIGN


def test_a_failure_about_the_very_thing_of_a_claim_is_one_finding_with_it() -> None:
    names = ("A_KEY", "B_KEY")
    claims = [claim(f"c{n}", "env.missing-variable", n, variable=name) for n, name in enumerate(names)]
    proof = Failed("env.missing-variable", "Not set.", seen(".env", ".env"), {"variable": "B_KEY"})
    one, other = judge(claims, answers(proof), FAULTS)
    assert (one.facts["variable"], one.verdict) == ("A_KEY", Verdict.UNPROVEN)
    assert (other.facts["variable"], other.verdict, len(other.evidence)) == ("B_KEY", Verdict.CONFIRMED, 2)
