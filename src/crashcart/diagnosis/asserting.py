"""Whether words of success are meant: not denied, supposed, hoped for or awaited."""

from __future__ import annotations

import re

from crashcart.tools.expressions import lazy

SPOKEN = 300
"""Characters before and behind the words that are looked at."""
HARMLESS = lazy(r"\boptional\b|\bsafely ignore", re.IGNORECASE)
"""Says of a failure that it is of no matter, and may so mention it."""
SENTENCE_ENDS = lazy(r"[.;!](?=[\s\"'\\])|\.\.\.|…|\s[-–—]+\s|[✓✔✅√☑]|=>|->")
TAKEN_BACK_BEFORE = lazy(
    r"""
    (?<![\w./-])(?:
        not | never | no | nobody | none | neither | nor | without | hardly | barely | almost | nearly | can ?not
      | \w{2,10}n['’]?t | unable | fail\w{0,5} | refus\w{1,4}
      | if | unless | until | till | when(?:ever)? | once | whether | while | before | as\ soon\ as | in\ case
      | wait\w{0,4} | trying | tries | tried | attempt(?:s|ed|ing)?(?!\ ?\#?\d) | should | must | shall
      | will | would
      | could | might | may | cannot | be | being | expect\w{0,3} | ensur\w{1,3} | make\ sure | verify\w{0,3}
      | check(?:s|ing)?\ (?:that|your|the|for) | please | need\w{0,3} | require[sd]? | want\w{0,3} | hop(?:e|es|ing)
      | assum\w{1,3} | pretend\w{0,3} | suppos\w{1,3} | going\ to | so\ that | in\ order | instead | rather\ than
      | previously | formerly | no\ longer | lost | still | old
    )(?![\w./-])
    """,
    re.IGNORECASE | re.VERBOSE,
)
OTHERS_BEFORE = lazy(
    r"(?<![\w./-])(?:clients|users|peers|guests|players|visitors|subscribers|sessions|sockets|devices|nodes)\s{1,3}"
    r"(?:are |were |is |have )?(?:now )?$|\buser \S{1,80} (?:is |has )?$",
    re.IGNORECASE,
)
"""Stands before what others than the program did."""
TAKEN_BACK_BEHIND = lazy(
    r"""
    ^["']?\s{0,3}[=:]\s{0,3}["']?(?:false|no|null|none|0)\b | ^\s{1,3}false\b
    | (?<![\w./-])(?:not | never | \w{2,10}n['’]?t | can ?not | unable | fail\w{0,5} | refused | lost | closed | broken
      | unless | until | if | but | however | no\ longer | timed\ out | after\ which)(?![\w./-])
    | \?\s{0,3}$
    """,
    re.IGNORECASE | re.VERBOSE,
)


def asserted(text: str, start: int, end: int) -> bool:
    """Whether *text* says of itself what stands from *start* to *end*, as something that is so."""
    before, behind = text[max(0, start - SPOKEN) : start], text[end : end + SPOKEN]
    if HARMLESS.search(text[start:end]):
        return True
    ends = [match.end() for match in SENTENCE_ENDS.finditer(before)]
    said = before[ends[-1] if ends else 0 :]
    rest = SENTENCE_ENDS.search(behind)
    return not (
        TAKEN_BACK_BEFORE.search(said)
        or OTHERS_BEFORE.search(said)
        or TAKEN_BACK_BEHIND.search(behind[: rest.start()] if rest else behind)
    )
