"""A project with Prisma migrations, on which the real CLI is run against a real database."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg.rows import dict_row

HISTORY = Path(__file__).parent / "history"
INIT, POSTS, TAGS = "20240101000000_init", "20240102000000_posts", "20240103000000_tags"

CONFIG_OF_7 = """\
export default {
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env.DATABASE_URL },
}
"""


@dataclass(frozen=True, slots=True)
class Run:
    """What one call of the CLI said, and how it ended."""

    code: int
    out: str
    """Standard output, then standard error."""


@dataclass(frozen=True, slots=True)
class Project:
    """A project folder, the database its DATABASE_URL names, and the CLI of one major version."""

    folder: Path
    url: str
    version: int
    program: Path

    @property
    def migrations(self) -> Path:
        return self.folder / "prisma" / "migrations"

    def create(self) -> None:
        """Writes the files that every Prisma project has."""
        self.migrations.mkdir(parents=True)
        self._write("package.json", '{"private": true}\n')
        self._write("prisma/migrations/migration_lock.toml", 'provider = "postgresql"\n')
        self.model()
        if self.version >= 7:
            self._write("prisma.config.ts", CONFIG_OF_7)

    def model(self, more: str = "", **fields: str) -> None:
        """Writes the schema file: the models of the history, *fields* added to those they name, and *more* models."""
        models = (HISTORY / "models.prisma").read_text() + more
        for model, field in fields.items():
            models = models.replace(f"model {model} {{\n", f"model {model} {{\n  {field}\n")
        url = "" if self.version >= 7 else '  url = env("DATABASE_URL")\n'
        self._write("prisma/schema.prisma", f'datasource db {{\n  provider = "postgresql"\n{url}}}\n\n{models}')

    def migration(self, name: str, sql: str | bytes | None = None) -> Path:
        """Writes a migration, by default the one of this name from the history."""
        path = self.migrations / name / "migration.sql"
        path.parent.mkdir()
        text = (HISTORY / f"{name}.sql").read_bytes() if sql is None else sql
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def base(self) -> Project:
        """Writes and deploys the three migrations of the history."""
        for name in (INIT, POSTS, TAGS):
            self.migration(name)
        self.prisma("deploy", expect=0)
        return self

    def forget(self, name: str) -> None:
        """Deletes the folder of a migration."""
        shutil.rmtree(self.migrations / name)

    def prisma(self, *arguments: str, expect: int | None = None, url: str | None = None, **environment: str) -> Run:
        """Runs ``prisma migrate …`` to its end."""
        done = subprocess.run(
            [self.program, "migrate", *arguments],
            cwd=self.folder, env=self._environment(url, environment), stdin=subprocess.DEVNULL,
            capture_output=True, text=True, errors="replace", timeout=120, check=False,
        )  # fmt: skip
        run = Run(done.returncode, done.stdout + done.stderr)
        assert expect is None or run.code == expect, run.out
        return run

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        """Starts ``prisma migrate …`` in a process group of its own."""
        return subprocess.Popen(
            [self.program, "migrate", *arguments],
            cwd=self.folder, env=self._environment(None, environment), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip

    def deploy(self, expect: int | None = None) -> Run:
        return self.prisma("deploy", expect=expect)

    def status(self) -> Run:
        return self.prisma("status")

    def resolve(self, how: str, name: str, expect: int | None = 0) -> Run:
        """``how`` is ``applied`` or ``rolled-back``."""
        return self.prisma("resolve", f"--{how}", name, expect=expect)

    def differs(self) -> bool:
        """Whether the live schema is another than the models say, by Prisma's own comparison."""
        schema = "prisma/schema.prisma"
        sides = ("--from-config-datasource", "--to-schema", schema)
        if self.version < 7:
            sides = ("--from-schema-datasource", schema, "--to-schema-datamodel", schema)  # type: ignore[assignment]
        run = self.prisma("diff", *sides, "--exit-code")
        assert run.code in (0, 2), run.out
        return run.code == 2

    def execute(self, sql: LiteralString, *values: object) -> None:
        with self.connect() as connection:
            connection.execute(sql, values or None)

    def rows(self, name: str | None = None) -> list[dict[str, Any]]:
        """Prisma's own rows, oldest first; those of one migration if *name* is given."""
        with self.connect() as connection:
            found = connection.execute("SELECT * FROM _prisma_migrations ORDER BY started_at").fetchall()
        return [row for row in found if name in (None, row["migration_name"])]

    def columns(self, table: str) -> list[str]:
        query = "SELECT column_name FROM information_schema.columns WHERE table_name = %s ORDER BY ordinal_position"
        with self.connect() as connection:
            return [row["column_name"] for row in connection.execute(query, [table])]

    def connect(self) -> psycopg.Connection[dict[str, Any]]:
        """A new autocommit connection, in the schema that the URL names."""
        plain, _, schema = self.url.partition("?schema=")
        options = f"-csearch_path={schema}" if schema else ""
        return psycopg.connect(plain, autocommit=True, row_factory=dict_row, options=options)

    def _environment(self, url: str | None, extra: dict[str, str]) -> dict[str, str]:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("PRISMA_", "PG", "DATABASE_"))}
        return {**inherited, "DATABASE_URL": url or self.url, "NO_COLOR": "1", **extra}

    def _write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)
