"""The page to hand on: nothing that a log says is ever markup."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from crashcart.model.case import Case
from crashcart.model.evidence import Evidence, Nearby, OriginKind
from crashcart.model.finding import Finding, Role
from crashcart.reports import render
from crashcart.reports.html import Markup, element, prose
from crashcart.tools.redaction import redact
from sample_case import CANARY, everything, migrations, nothing, refused, seen

HOSTILE = (
    "</pre></style></title><script>alert(1)</script><img src=x onerror=alert(1)>",
    "\"'><svg/onload=alert(1)> <!-- <![CDATA[ ]]> --> &lt;script&gt; &#60;b&#62;",
    "javascript:alert(1) `</code><iframe src=//example.com>` ${7*7} {{7*7}} \0\x1b[31m\u202e\ud800",
)
BLOCKS = (
    "html head meta title style body header main footer section figure figcaption details summary table thead tbody"
)
WORDS = "p h1 h2 h3 ul ol li dl dt dd tr th td b a small span code pre i mark time"
KNOWN = {*BLOCKS.split(), *WORDS.split()}


class Page(HTMLParser):
    """What a browser would make of the page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")


def hostile(text: str) -> Case:
    """A case in which everything that comes from elsewhere is *text*."""
    context = tuple(Nearby(n, redact(text)) for n in (1, 2, 3))
    log = seen(OriginKind.LOG, text, text, 2, text)._replace(context=context)
    probe: Evidence = seen(OriginKind.PROBE, text, text, None, text)
    told: Finding = replace(
        refused(),
        role=Role.CAUSE,
        caused_by=(),
        title=text,
        because=text,
        facts={"name": text, text: text},
        evidence=(log, probe, probe, probe, probe),
        remedies=(text,),
    )
    follows = replace(told, id="f9", role=Role.CONSEQUENCE, caused_by=(told.id,))
    proofs = tuple(replace(m, name=text, because=text, failure=text) for m in migrations().migrations)
    case = replace(everything(), findings=(told, follows), logs=(text,), errors=(text,), facts={text: text})
    return replace(case, migrations=replace(migrations(), migrations=proofs, folder=text))


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_a_log_says_is_markup(text: str) -> None:
    page = Page(render(hostile(text), "html"))
    assert page.open == []
    assert {tag for tag, _ in page.tags} <= KNOWN
    attributes = {name for _, held in page.tags for name in held}
    assert not {name for name in attributes if name.startswith("on") or name in ("src", "style")}
    links = [held["href"] or "" for tag, held in page.tags if tag == "a"]
    assert links
    assert all(link.startswith("#f") for link in links)
    assert text.split(maxsplit=1)[0].replace("`", "") in page.text.replace("`", "")


def test_the_page_loads_and_runs_nothing() -> None:
    text = render(everything(), "html")
    page = Page(text)
    policies = [held["content"] or "" for tag, held in page.tags if held.get("http-equiv") == "Content-Security-Policy"]
    assert len(policies) == 1
    assert policies[0].startswith("default-src 'none'; style-src 'sha256-")
    assert not {"script", "link", "img", "iframe", "form"} & {tag for tag, _ in page.tags}
    assert "url(" not in text
    assert "@import" not in text


def test_the_page_tells_the_whole_story() -> None:
    text = Page(render(everything(), "html")).text
    for part in (
        "Do this first",
        "Give psql the port that DATABASE_URL names.",
        "docker/start.sh:7",
        "brings about 1 more",
        "deploy.log:12",
        "Shown to be harmless",
        "db.log: 3 lines longer than 64 kB were cut",
        "npx prisma migrate resolve --applied 20251014_add_avatar",
        "index public.avatar_i",
        "Does it accept connections?",
    ):
        assert part in text
    assert CANARY not in text


def test_a_healthy_page_is_no_alarm() -> None:
    text = Page(render(nothing(), "html")).text
    assert "No fault found" in text
    assert "Do this first" not in text


def test_only_what_was_escaped_is_markup() -> None:
    made = element("p", "<b>", element("i", "&"), None, ["x", "y"], class_='"><script>')
    assert made == '<p class="&quot;&gt;&lt;script&gt;">&lt;b&gt;<i>&amp;</i>xy</p>'
    assert prose("a `<b>` c") == "a <code>&lt;b&gt;</code> c"
    assert isinstance(made, Markup)
