"""Annotations that a log line can neither end nor forge."""

from __future__ import annotations

from dataclasses import replace

from crashcart.model.evidence import OriginKind
from crashcart.model.finding import Role
from crashcart.reports import render
from sample_case import everything, refused, seen


def test_a_cause_is_an_annotation_at_its_file() -> None:
    lines = render(everything(), "github").splitlines()
    assert lines[0].startswith("::error file=docker/start.sh,line=7,title=The start script dials another port")
    assert "%0ARemedy: Give psql the port" in lines[0]
    assert lines[1].startswith("::error title=Redis refused the connection [redis.connection-refused]::")
    assert lines[-1].startswith("::notice title=crashcart::2 causes, 1 consequence")
    assert len(lines) == 3


def test_a_log_line_forges_no_command() -> None:
    text = "::x\n::add-mask::a,b:c%0A\r::stop-commands::t"
    told = seen(OriginKind.LOG, text, text, 1)
    finding = replace(refused(), role=Role.CAUSE, caused_by=(), title=text, because=text, evidence=(told,))
    lines = render(replace(everything(), findings=(finding,)), "github").splitlines()
    assert [line.split(" ")[0] for line in lines] == ["::error", "::notice"]
    assert "title=%3A%3Ax%0A%3A%3Aadd-mask" in lines[0]
    assert "%250A" in lines[0]
