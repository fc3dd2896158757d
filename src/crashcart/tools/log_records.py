"""What a structured line says: the JSON of pino, bunyan, structlog, zap, Serilog, journald and their like; logfmt."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from crashcart.tools.expressions import lazy

MAX_RECORD = 8 * 1024 * 1024
"""Characters of a line that is parsed."""
MAX_LEAVES = 500
"""Texts of one record that are told."""
MAX_DEPTH = 12
TEMPLATE = lazy(r"\{[@$]?(\w{1,80})(?:[,:][^}]{0,40})?\}")
PAIR = lazy(r'(?:^|(?<=\s))([A-Za-z_@][\w.@/-]{0,60})=(?:"((?:[^"\\]|\\.)*)"|\'([^\']*)\'(?=\s|$)|(\S*))')
MESSAGES = (
    "message", "msg", "MESSAGE", "event", "@m", "RenderedMessage", "renderedMessage", "@mt", "MessageTemplate",
    "textPayload", "short_message", "log", "text", "body", "Message", "Body",
)  # fmt: skip
ERRORS = (
    "err", "error", "exception", "error_message", "errorMessage", "error.message", "exc_info", "@x", "Exception",
    "cause", "detail", "reason", "stack_trace", "stacktrace", "stack", "traceback", "full_message", "errors",
)  # fmt: skip
NESTED = ("context", "attr", "jsonPayload", "fields", "record", "data", "Properties", "log")
"""Where some loggers put what belongs to the message."""
SERVICES = (
    "service", "service.name", "_SYSTEMD_UNIT", "SYSLOG_IDENTIFIER", "container_name", "CONTAINER_NAME", "app",
    "application", "_HOSTNAME", "Application",
)  # fmt: skip
LEVELS = (
    "level", "severity", "log.level", "levelname", "level_name", "@l", "Level", "lvl", "loglevel", "severityText",
    "error_severity", "PRIORITY", "s", "prio",
)  # fmt: skip
NAMES = {
    "fatal": "fatal", "panic": "fatal", "dpanic": "fatal", "critical": "fatal", "crit": "fatal", "emerg": "fatal",
    "emergency": "fatal", "alert": "fatal", "f": "fatal", "ftl": "fatal",
    "error": "error", "err": "error", "severe": "error", "e": "error", "eror": "error", "fail": "error",
    "warn": "warning", "warning": "warning", "w": "warning", "wrn": "warning",
    "notice": "info", "info": "info", "information": "info", "informational": "info", "log": "info", "i": "info",
    "inf": "info",
    "debug": "debug", "dbg": "debug", "verbose": "debug", "fine": "debug", "trace": "debug", "d": "debug",
    "silly": "debug",
}  # fmt: skip
SYSLOG = ("fatal", "fatal", "fatal", "error", "warning", "info", "info", "debug")


class Record(NamedTuple):
    """One structured line."""

    message: str
    error: str = ""
    """What it tells about a failure beside its message."""
    service: str | None = None
    level: str | None = None
    stream: str | None = None


def parsed(text: str) -> Mapping[str, Any] | None:
    """The fields of a line of JSON or logfmt; None where it is neither."""
    if text.startswith("{"):
        return _json(text)
    return _logfmt(text) if "=" in text[:80] else None


def _json(text: str) -> Mapping[str, Any] | None:
    if len(text) > MAX_RECORD or not text.rstrip().endswith("}"):
        return None
    try:
        found = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _logfmt(text: str) -> Mapping[str, Any] | None:
    first = PAIR.match(text)
    if not first:
        return None
    fields = {key: _unescaped(quoted) or single or bare for key, quoted, single, bare in PAIR.findall(text)}
    known = fields.keys() & {"msg", "message", "event", "err", "error", "level", "lvl"}
    return fields if len(fields) > 1 and known else None


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t"}.get(m[1], m[1]), text) if "\\" in text else text


def record(fields: Mapping[str, Any]) -> Record:
    """What *fields* say; an empty message where they say nothing."""
    nested = [fields[key] for key in NESTED if isinstance(fields.get(key), dict)]
    everywhere = (fields, *nested)
    message = next((text for part in everywhere for key in MESSAGES if (text := _message(part, key))), "")
    told = (_error(part.get(key)) for part in everywhere for key in ERRORS)
    error = next((text for text in told if text and text not in message), "")
    message = "" if message and message in error else message
    stream = fields.get("stream")
    return Record(message, error, _service(fields), level_of(fields), stream if isinstance(stream, str) else None)


def _message(fields: Mapping[str, Any], key: str) -> str:
    found = fields.get(key)
    if isinstance(found, dict):
        found = found.get("stringValue")
    if not isinstance(found, str):
        return ""
    if key not in ("@mt", "MessageTemplate"):
        return found
    properties = fields.get("Properties")
    values = {**fields, **properties} if isinstance(properties, dict) else fields
    return TEMPLATE.sub(lambda m: str(values.get(m[1], m[0])), found)


def _error(found: object) -> str:
    if isinstance(found, str):
        return _gist(found)
    if isinstance(found, list):
        return next((text for each in found[:10] if (text := _error(each))), "")
    if not isinstance(found, dict):
        return ""
    kind = next((v for k in ("type", "name", "class", "exc_type", "Type") if isinstance(v := found.get(k), str)), "")
    keys = ("message", "msg", "exc_value", "Message", "errmsg", "stack", "stacktrace")
    text = next((v for k in keys if isinstance(v := found.get(k), str) and v), "")
    text = _gist(text)
    code = found.get("code")
    return f"{kind}: {text}" if kind and text and not text.startswith(kind) else text or kind or str(code or "")


def _gist(text: str) -> str:
    """Of an exception's stack the line that tells what happened: Python's last, others' first."""
    lines = text.strip().split("\n")
    return lines[-1 if lines[0].startswith("Traceback") else 0].strip()


def _service(fields: Mapping[str, Any]) -> str | None:
    found = next((fields[key] for key in SERVICES if fields.get(key)), None)
    if isinstance(found, dict):
        found = found.get("name")
    if found is None and "pid" in fields and "hostname" in fields:
        found = fields.get("name")
    return found.removesuffix(".service") if isinstance(found, str) else None


def level_of(fields: Mapping[str, Any]) -> str | None:
    """The level in one of five words."""
    nested = fields.get("log")
    found = next((fields[key] for key in LEVELS if fields.get(key) is not None), None)
    if found is None and isinstance(nested, dict):
        found = nested.get("level")
    syslog = "PRIORITY" in fields or "short_message" in fields
    if isinstance(found, str) and found.isascii() and found.isdigit():
        found = int(found[:9])
    if isinstance(found, int) and not isinstance(found, bool):
        return SYSLOG[found] if syslog and 0 <= found < len(SYSLOG) else _numbered(found)
    return NAMES.get(found.lower()) if isinstance(found, str) else None


def _numbered(level: int) -> str | None:
    """pino's and bunyan's tens, Python's too; Monolog's hundreds."""
    if level >= 100:
        return "fatal" if level >= 500 else "error" if level >= 400 else "warning" if level >= 300 else "info"
    names = {10: "debug", 20: "debug", 30: "info", 40: "warning", 50: "error", 60: "fatal"}
    return names.get(level)


def texts(found: object, depth: int = 0) -> Iterator[str]:
    """All texts in a record's values, those of records within texts too."""
    if isinstance(found, str):
        yield found
        inner = _json(found) if found.startswith("{") and depth < MAX_DEPTH else None
        if inner:
            yield from texts(inner, depth + 1)
    elif isinstance(found, dict | list) and depth < MAX_DEPTH:
        for each in found.values() if isinstance(found, dict) else found:
            yield from texts(each, depth + 1)
