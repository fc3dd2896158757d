"""Logs to measure with: ordinary noise of many programs, and among it the examples of all fault rooms."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

CHUNK = 4_000_000
CHUNKS = 8
"""So many different chunks of a log are made; a longer log repeats them in another order."""
WORDS = (
    *("items", "users", "orders", "cart", "checkout", "login", "session", "worker", "queue", "cache", "render", "page"),
    *("layer", "fetch", "search", "metrics", "assets", "upload", "report", "invoice", "profile", "avatar", "message"),
)


def write_log(path: Path, size: int, rate: float, examples: list[str], seed: int) -> None:
    """About *size* bytes in which the share *rate* of the lines are *examples*; the same at every run."""
    rng = random.Random(seed)  # noqa: S311 - text, not keys
    length = min(CHUNK, size)
    chunks = [_chunk(rng, length, rate, examples) for _ in range(max(1, min(CHUNKS, size // length)))]
    with path.open("wb") as file:
        written = 0
        while written < size:
            written += file.write(rng.choice(chunks))


def _chunk(rng: random.Random, size: int, rate: float, examples: list[str]) -> bytes:
    lines: list[str] = []
    held = 0
    while held < size:
        text = _wrapped(rng, rng.choice(examples)) if rng.random() < rate else rng.choice(NOISE)(rng)
        lines.append(text)
        held += len(text) + 1
    return ("\n".join(lines) + "\n").encode()


def _time(rng: random.Random) -> str:
    return f"2026-11-23T18:{rng.randrange(60):02}:{rng.randrange(60):02}.{rng.randrange(1000):03}Z"


def _wrapped(rng: random.Random, example: str) -> str:
    match rng.randrange(3):
        case 0:
            return example
        case 1:
            return f"{_time(rng)} {example}"
    return json.dumps({"log": f"{example}\n", "stream": "stderr", "time": _time(rng)})


def _access(rng: random.Random) -> str:
    return (
        f"192.0.2.{rng.randrange(256)} - - [23/Nov/2026:18:{rng.randrange(60):02}:{rng.randrange(60):02} +0000]"
        f' "GET /api/{rng.choice(WORDS)}/{rng.randrange(10**6)} HTTP/1.1" 200 {rng.randrange(20_000)} "-"'
        ' "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"'
    )


def _postgres(rng: random.Random) -> str:
    return (
        f"{_time(rng)[:-1].replace('T', ' ')} UTC [{rng.randrange(9999)}] LOG:  checkpoint complete:"
        f" wrote {rng.randrange(9999)} buffers (0.{rng.randrange(99)}%); 0 WAL file(s) added, 0 removed, 1 recycled"
    )


def _pino(rng: random.Random) -> str:
    return json.dumps(
        {
            "level": 30,
            "time": 1_764_000_000_000 + rng.randrange(10**7),
            "pid": rng.randrange(300),
            "hostname": "web-1",
            "reqId": f"{rng.randrange(16**8):08x}",
            "msg": f"request completed {rng.choice(WORDS)}",
            "responseTime": rng.random() * 100,
        }
    )


def _docker(rng: random.Random) -> str:
    told = f"{_time(rng)} INFO  {rng.choice(WORDS)} {rng.choice(WORDS)} took {rng.randrange(900)}ms\n"
    return json.dumps({"log": told, "stream": "stdout", "time": _time(rng)})


def _build(rng: random.Random) -> str:
    return (
        f"#{rng.randrange(40)} {rng.random() * 60:.3f} sha256:{rng.randrange(16**16):016x} {rng.randrange(90)}MB / 90MB"
    )


def _compose(rng: random.Random) -> str:
    return f"web-1  | {_time(rng)} [info] {rng.choice(WORDS)} id={rng.randrange(16**6):06x} took {rng.randrange(90)} ms"


NOISE: tuple[Callable[[random.Random], str], ...] = (_access, _postgres, _pino, _docker, _build, _compose)
