from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from patients import answers, claim, failures, passed, patient, texts, unknowns

SCHEMA = 'datasource db {\n  provider = "postgresql"\n  // env("OLD")\n  url = env("DATABASE_URL")\n}\n'
CANARY = "c4n4ry-v4lue"


def test_a_demanded_variable_that_nobody_sets(tmp_path: Path) -> None:
    target = replace(patient(tmp_path, {".env": "A=1\n"}), required_variables=("JWT_SECRET", "A"))
    found = answers("variables.missing", target)
    assert [(f.fault, f.facts) for f in failures(found)] == [("env.missing-variable", {"variable": "JWT_SECRET"})]
    assert "none of: .env" in texts(found)
    assert [p.because for p in passed(found)] == ["Set: A."]


def test_what_only_the_platform_may_set_stays_open(tmp_path: Path) -> None:
    compose = "services:\n  api:\n    environment:\n      - REDIS_URL\n      - MODE=x\n      - S3=${BUCKET}\n"
    found = answers("variables.missing", patient(tmp_path, {"prisma/schema.prisma": SCHEMA, "compose.yaml": compose}))
    assert failures(found) == []
    assert [u.why.split(",")[0] for u in unknowns(found)] == [
        "prisma/schema.prisma:4 reads DATABASE_URL",
        "compose.yaml:4 reads REDIS_URL",
        "compose.yaml:6 reads BUCKET",
    ]


def test_the_log_and_the_files_together_decide(tmp_path: Path) -> None:
    absent, present = claim("env.missing-variable", variable="JWT_SECRET"), claim("env.missing-variable", variable="A")
    found = answers("variables.missing", patient(tmp_path, {".env": "A=1\n"}), [absent, present])
    assert [f.confirms for f in failures(found)] == [(absent.id,)]
    assert [u.about for u in unknowns(found)] == [(present.id,)]


def test_a_blank_value_is_a_missing_one(tmp_path: Path) -> None:
    target = replace(patient(tmp_path, {".env": "JWT_SECRET=\n"}), required_variables=("JWT_SECRET",))
    (failure,) = failures(answers("variables.missing", target))
    assert str(failure.evidence[0].origin) == ".env:1"


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("changeme", "env.placeholder-value"),
        ("<your secret>", "env.placeholder-value"),
        ("your-jwt-secret", "env.placeholder-value"),
        ("${JWT_SECRET}", "env.placeholder-value"),
        (f"\"'{CANARY}'\"", "env.value-mangled"),
        (f'"{CANARY}\\r"', "env.value-mangled"),
        (CANARY, None),
    ],
)
def test_values_that_are_none(tmp_path: Path, value: str, fault: str | None) -> None:
    found = answers("variables.values", patient(tmp_path, {".env": f"JWT_SECRET={value}\nTITLE=changeme\n"}))
    assert [f.fault for f in failures(found)] == ([fault] if fault else [])
    assert CANARY not in texts(found)


def test_expected_values(tmp_path: Path) -> None:
    target = patient(tmp_path, {".env": f"NODE_ENV=development\nMODE=x\nAPI_SECRET={CANARY}\n"})
    target = replace(
        target, expected_variables={"NODE_ENV": "production", "MODE": "x", "API_SECRET": "s3cr3t-wish", "NO": "1"}
    )
    found = answers("variables.values", target)
    assert [f.facts["variable"] for f in failures(found)] == ["NODE_ENV", "API_SECRET"]
    assert "is development, while the configuration expects production" in texts(found)
    assert [p.because for p in passed(found)] == ["MODE holds what the configuration expects."]
    assert CANARY not in texts(found)
    assert "s3cr3t-wish" not in texts(found)
