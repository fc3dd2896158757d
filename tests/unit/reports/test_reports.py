from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from crashcart.model import migration as m
from crashcart.model.case import Case
from crashcart.model.config import Ignore
from crashcart.model.errors import ExitCode
from crashcart.model.evidence import Origin, OriginKind, Redacted
from crashcart.model.fault import Fault, Severity
from crashcart.model.finding import Answer, Role, Unknown, Verdict
from crashcart.reports import FORMATS, render
from crashcart.reports.as_json import schema
from crashcart.reports.faults import Explained, render_fault
from crashcart.reports.markdown import prose
from crashcart.reports.view import status
from sample_case import CANARY, everything, migrations, nothing, refused, seen

FINDING = "id fault title severity role verdict because caused_by facts evidence remedies first_at last_at"
MIGRATION = "name engine ledger proof file statements next because"


def document(case: Case, **kwargs: Any) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(render(case, "json", **kwargs))
    Draft202012Validator(schema()).validate(parsed)
    return parsed


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("ledger", m.Ledger),
        ("proof", m.Proof),
        ("file", m.FileState),
        ("next", m.Next),
        ("severity", Severity),
        ("role", Role),
        ("verdict", Verdict),
    ],
)
def test_the_schema_knows_every_word_of_the_model(name: str, values: Any) -> None:
    definitions = schema()["$defs"]
    (words,) = {tuple(d["properties"][name]["enum"]) for d in definitions.values() if name in d.get("properties", {})}
    assert set(words) == {str(v) for v in values}


def test_json_is_the_contract_in_its_order() -> None:
    found = document(everything())
    assert " ".join(list(found)[:9]) == "schema_version tool version command target started_at took_ms summary findings"
    assert " ".join(found["findings"][0]) == FINDING
    assert " ".join(found["migrations"][1]).startswith(MIGRATION)
    assert found["summary"] == {"causes": 2, "consequences": 1, "refuted": 1, "unproven": 1, "exit_code": 3}
    assert found["started_at"] == "2026-01-02T03:04:05Z"
    assert found["target"]["commit_from"] == "head"
    assert [list(step) for step in found["plan"]["steps"]] == [
        ["n", "does", "effect", "change", "check", "undo"],
        ["n", "does", "effect", "sql", "check", "undo"],
        ["n", "does", "effect", "command", "check", "undo"],
        ["n", "does", "effect", "check", "undo"],
    ]
    assert [p["status"] for p in found["probes"]] == ["pass", "fail", "skip", "unknown"]


def test_a_healthy_case_says_so_in_every_format() -> None:
    assert document(nothing())["summary"]["exit_code"] == 0
    assert "No fault found" in render(nothing())
    assert "no fault found" in render(nothing(), "markdown")


@pytest.mark.parametrize("code", [ExitCode.UNCHECKED, ExitCode.TIMEOUT])
def test_an_open_question_is_no_all_clear(code: ExitCode) -> None:
    assert "No fault found, but not all could be told" in render(nothing(), code=code)
    assert "no fault found, but not all could be told" in render(nothing(), "markdown", code=code)


def test_text_tells_causes_first_and_folds_what_follows_under_them() -> None:
    text = render(everything())
    order = [
        "Do this first",
        "Give psql the port",
        "because of: The start script dials another port",
        "What is wrong: 2 causes",
        "✗ P0 confirmed The start script dials another port",
        "docker/start.sh:7",
        "which brings about:",
        "      ✗ P0 confirmed PostgreSQL refused",
        "deploy.log:12",
        "? P1 unproven Redis refused",
        "Shown to be harmless",
        "What could not be told, and why",
        "– postgres.login: not asked: postgres.tcp did not pass",
        "✗ absent line 5, index public.avatar_i",
        "undo: git checkout -- docker/start.sh",
        "2 causes, 1 consequence, 1 shown to be harmless, 1 unproven.",
    ]
    rest = text
    for part in order:
        assert part in rest
        rest = rest.partition(part)[2]


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_prose_is_wrapped_and_commands_are_kept_whole(width: int) -> None:
    text = render(everything(), width=width)
    assert "npx prisma migrate resolve --applied 20251014_add_avatar" in text
    assert all(len(line) <= width for line in text.splitlines() if "dials 5432" in line)
    assert not any(line != line.rstrip() for line in text.splitlines())


def test_colour_is_asked_for_and_says_nothing_that_the_words_do_not() -> None:
    plain, colored = render(everything()), render(everything(), color=True)
    assert "\x1b" not in plain
    assert "\x1b[" in colored


def test_markdown_has_the_shape_of_an_incident_report() -> None:
    text = render(everything(), "markdown")
    headings = [line for line in text.splitlines() if line.startswith(("# ", "## "))]
    assert headings == [
        "# shop: what is wrong and what repairs it",
        "## Executive summary",
        "## Root cause analysis",
        "## Shown to be harmless",
        "## Migrations",
        "## Fix strategy",
        "## Deployment checklist",
        "## Verification commands",
        "## What could not be told",
        "## Questions asked",
    ]
    assert "```text\npsql: error: connection to server" in text


def test_a_log_line_breaks_out_of_no_markdown() -> None:
    hostile = "```\n# owned\n| a | b |\n````\n<script>alert(1)</script>[x](http://a)"
    finding = replace(
        refused(),
        role=Role.CAUSE,
        caused_by=(),
        title=hostile,
        because=hostile,
        facts={"name": hostile},
        evidence=(seen(OriginKind.LOG, "a`|`b.log", hostile),),
    )
    text = render(replace(everything(), findings=(finding,)), "markdown")
    assert "`````text\n```\n# owned" in text
    inside = False
    for line in text.splitlines():
        inside = inside != line.startswith("`````")
        assert inside or not line.startswith(("# owned", "<script"))
        assert inside or "<script>" not in line.replace("\\<script\\>", "") or "`" in line


@pytest.mark.parametrize("kind", FORMATS)
def test_every_text_goes_through_redaction_once_more(kind: Any) -> None:
    url = f"postgresql://app:{CANARY}@db.example.com:6543/shop"
    leaky = Redacted(f"\x1b[31mconnect {url} password={CANARY}")
    evidence = refused().evidence[0]._replace(text=leaky, check=f"psql {url}", origin=Origin(OriginKind.LOG, url))
    finding = replace(
        refused(),
        role=Role.CAUSE,
        caused_by=(),
        because=url,
        title=url,
        facts={"url": url, "password": CANARY},
        evidence=(evidence,),
        remedies=(url,),
    )
    case = replace(everything(), findings=(finding,), errors=(url,), facts={"note": url}, logs=(url,))
    shown = render(case, kind)
    assert CANARY not in shown
    assert "\x1b" not in shown
    assert "db.example.com:6543/shop" in shown


def test_what_is_ignored_stays_visible_with_its_reason() -> None:
    ignored = {"f4": Ignore("redis.connection-refused", "no Redis on staging", date(2026, 12, 31))}
    text = render(everything(), ignored=ignored)
    assert "ignored until 2026-12-31, does not count: no Redis on staging" in text
    found = document(everything(), ignored=ignored, code=ExitCode.OK)
    assert found["findings"][3]["ignored"] == {"reason": "no Redis on staging", "until": "2026-12-31"}
    assert "no Redis on staging" in render(everything(), "markdown", ignored=ignored)


def test_no_finding_is_lost_where_its_cause_is_not_there_or_leads_in_a_circle() -> None:
    one = replace(refused(), id="a", caused_by=("gone",), title="first")
    two = replace(refused(), id="b", caused_by=("a",), title="second")
    three = replace(refused(), id="c", caused_by=("b",), title="third")
    text = render(replace(everything(), findings=(one, two, three)))
    assert all(text.count(title) == 1 for title in ("first", "second", "third"))


def test_an_undone_migration_is_never_shown_as_well() -> None:
    undone = replace(migrations().migrations[0], proof=m.Proof.UNDONE, next=m.Next.ASK, because="Dropped later.")
    text = render(replace(everything(), migrations=replace(migrations(), migrations=(undone,))))
    assert "✗ 20251001_init" in text
    assert "Dropped later." in text


def test_endless_evidence_is_cut_for_people() -> None:
    finding = replace(refused(), role=Role.CAUSE, caused_by=(), evidence=(seen(OriginKind.LOG, "x", "line\n" * 5000),))
    assert len(render(replace(everything(), findings=(finding,))).splitlines()) < 200


def test_every_open_question_is_told_though_one_probe_left_several() -> None:
    answers = tuple(Answer("a.b", "Is it?", Unknown(why)) for why in ("no route", "no right", "no route"))
    text = render(replace(nothing(), command="diagnose", answers=answers, errors=("no right",)))
    told = text.partition("could not be told")[2].partition("Asked")[0]
    assert (told.count("no route"), told.count("no right")) == (1, 1)


def test_a_fault_explained_names_no_placeholders() -> None:
    fault = Fault("a.b", "Title", Severity.P2, "Why.", "Compare {host}:{port}.", check="nc -vz {host} {port}")
    for kind in ("text", "markdown"):
        shown = render_fault(Explained(fault, ("c.d",)), kind)
        assert "Compare HOST:PORT." in shown
        assert "nc -vz HOST PORT" in shown
        assert "c.d" in shown


@pytest.mark.parametrize("kind", [kind for kind in FORMATS if kind != "github"])
def test_a_name_that_sounds_secret_hides_nothing_that_is_said_about_it(kind: Any) -> None:
    log = seen(OriginKind.LOG, "db_password", "npm error code 1", 5)
    finding = replace(refused(), role=Role.CAUSE, caused_by=(), evidence=(log,))
    follows = replace(finding, id="f9", role=Role.CONSEQUENCE, caused_by=(finding.id,))
    names = ("index public.users_a_key", "index public.users_api_key", "column public.users.password")
    drift = tuple(m.Drift(name, "CREATE UNIQUE INDEX", "text NOT NULL") for name in names)
    case = replace(everything(), findings=(finding, follows), migrations=replace(migrations(), drift=drift))
    shown = render(case, kind, width=200)
    assert "npm error code 1" in shown
    assert '"line": 5' in shown if kind.startswith("json") else shown.count("db_password:5") == 2
    assert all(name in shown for name in names)
    assert shown.count("CREATE UNIQUE INDEX") == 3
    assert not any("***" in line for line in shown.splitlines() if "users" in line or "db_password" in line)


@pytest.mark.parametrize("why", ["no route", "not asked: --offline"])
def test_questions_without_an_answer_are_no_all_clear(why: str) -> None:
    case = replace(nothing(), command="diagnose", answers=(Answer("postgres.tcp", "Is the port open?", Unknown(why)),))
    text = " ".join(render(case).split())
    assert "No fault found, but not all could be told" in text
    assert "not told: postgres.tcp" in text
    assert "Nothing at or above the threshold. Not all could be told." in text
    assert "no fault found, but not all could be told: postgres.tcp" in render(case, "markdown")


def test_a_diagnosis_that_could_ask_nothing_is_no_all_clear() -> None:
    text = " ".join(render(replace(nothing(), command="diagnose")).split())
    assert "No fault found, but not all could be told" in text
    assert "Nothing but the logs could be asked" in text


def test_the_redeployment_stands_in_the_checklist_where_it_happens() -> None:
    text = render(everything(), "markdown")
    before, _, rest = text.partition("## Deployment checklist")[2].partition("### The deployment")
    during, _, after = rest.partition("### After the deployment")
    assert [n for n in "1234" if f"Step {n} is done" in before] == ["1", "2", "3"]
    assert during.strip() == "- [ ] Step 4 is done: Deploy again"
    assert "crashcart diagnose" not in before + during
    assert "- [ ] `crashcart diagnose` exits with 0" in after


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("`a_b/c*.ts` lies *here*", r"`a_b/c*.ts` lies \*here\*"),
        ("run `patch -R`, then ` or `", r"run `patch -R`, then `or`"),
        ("one ` alone <b>", r"one \` alone \<b\>"),
        ("``x` [y](z)", r"\`\`x\` \[y\](z)"),
        ("`a` `<script>` ` <b>", r"`a` `<script>` \` \<b\>"),
        (r"\`a` b", r"\\`a` b"),
    ],
)
def test_code_in_a_sentence_is_code_and_nothing_else_acts(text: str, shown: str) -> None:
    assert prose(text) == shown


def test_a_failed_question_is_told_with_its_answer() -> None:
    text = " ".join(render(everything(), width=200).split())
    for answer in everything().answers:
        asked = status(answer) in ("fail", "unknown")
        assert (f"{answer.probe}: {answer.question}" in text) is asked
