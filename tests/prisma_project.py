"""A project with Prisma migrations, and a database that holds what Prisma's commands leave there, row by row."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Self

import psycopg
from psycopg import sql

from crashcart.model.evidence import Origin, OriginKind
from crashcart.model.secret import Secret
from crashcart.model.target import Target, Variable, Variables
from servers import FreshDatabase

INIT = """\
-- CreateTable
CREATE TABLE "User" (
    "id" SERIAL NOT NULL,
    "email" TEXT NOT NULL,

    CONSTRAINT "User_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "User_email_key" ON "User"("email");
"""

POSTS = """\
-- CreateTable
CREATE TABLE "Post" (
    "id" SERIAL NOT NULL,
    "authorId" INTEGER NOT NULL,

    CONSTRAINT "Post_pkey" PRIMARY KEY ("id")
);

-- AddForeignKey
ALTER TABLE "Post" ADD CONSTRAINT "Post_authorId_fkey" FOREIGN KEY ("authorId") REFERENCES "User"("id")
    ON DELETE RESTRICT ON UPDATE CASCADE;
"""

TITLE = 'ALTER TABLE "Post" ADD COLUMN "title" TEXT;\n'

FIRST, SECOND, THIRD = "20240101000000_init", "20240102000000_posts", "20240103000000_title"
HISTORY = {FIRST: INIT, SECOND: POSTS, THIRD: TITLE}

LEDGER = (resources.files("crashcart.staging") / "sql/prisma_table.sql").read_text("utf-8")

P3018 = """\
A migration failed to apply. New migrations cannot be applied before the error is recovered from. Read more about how \
to resolve migration issues in a production database: https://pris.ly/d/migrate-resolve

Migration name: {name}

Database error code: {code}

Database error:
ERROR: {text}

   0: sql_schema_connector::apply_migration::apply_script
           with migration_name="{name}"
"""


@dataclass
class Project:
    """Scripts on disk and a database; its methods do what the commands of Prisma do to both."""

    folder: Path
    connection: psycopg.Connection[Any]
    url: str

    @classmethod
    def begun(cls, folder: Path, connection: psycopg.Connection[Any], url: str) -> Self:
        """Three migrations on disk and an empty ledger in an empty database."""
        project = cls(folder, connection, url)
        project.write(HISTORY)
        project.create_ledger()
        return project

    def write(self, scripts: Mapping[str, str]) -> None:
        (self.folder / "prisma/migrations").mkdir(parents=True, exist_ok=True)
        (self.folder / "prisma/schema.prisma").write_text('datasource db {\n  provider = "postgresql"\n}\n')
        for name, script in scripts.items():
            self.script(name).parent.mkdir(exist_ok=True)
            self.script(name).write_text(script)

    def script(self, name: str) -> Path:
        return self.folder / "prisma/migrations" / name / "migration.sql"

    def create_ledger(self) -> None:
        self.connection.execute(LEDGER)

    def deploy(self, *names: str) -> None:
        """Runs the scripts and records them, as a deployment that went well."""
        for name in names:
            row = self.begin(name)
            self.run(self.script(name).read_text())
            self.connection.execute(
                "UPDATE _prisma_migrations SET applied_steps_count = applied_steps_count + 1, finished_at = now()"
                " WHERE id = %s",
                (row,),
            )

    def begin(self, name: str) -> str:
        """The row that stands while a script runs, and for ever after a kill."""
        row = str(uuid.uuid4())
        self.connection.execute(
            "INSERT INTO _prisma_migrations (id, checksum, started_at, migration_name)"
            " VALUES (%s, %s, clock_timestamp(), %s)",
            (row, self.checksum(name), name),
        )
        return row

    def fail(self, name: str, code: str = "42710", text: str = "it already exists") -> None:
        """The row of a script that failed; what it left in the schema is for the test to make."""
        log = P3018.format(name=name, code=code, text=text)
        self.connection.execute("UPDATE _prisma_migrations SET logs = %s WHERE id = %s", (log, self.begin(name)))

    def resolve_rolled_back(self, name: str) -> None:
        self.connection.execute(
            "UPDATE _prisma_migrations SET rolled_back_at = now()"
            " WHERE migration_name = %s AND finished_at IS NULL AND rolled_back_at IS NULL",
            (name,),
        )

    def resolve_applied(self, name: str) -> None:
        self.resolve_rolled_back(name)
        self.connection.execute(
            "INSERT INTO _prisma_migrations (id, checksum, logs, started_at, finished_at, migration_name)"
            " SELECT %s, %s, '', now, now, %s FROM clock_timestamp() AS now",
            (str(uuid.uuid4()), self.checksum(name), name),
        )

    def checksum(self, name: str) -> str:
        return hashlib.sha256(self.script(name).read_bytes()).hexdigest()

    def run(self, script: str) -> None:
        self.connection.execute(script.encode())

    def target(self, **values: Any) -> Target:
        url = Variable("DATABASE_URL", Secret(self.url, "DATABASE_URL"), Origin(OriginKind.FILE, ".env", 1))
        known: dict[str, Any] = {
            "name": "shop",
            "project": self.folder,
            "migrations": self.folder / "prisma/migrations",
            "engine": "prisma",
            "variables": Variables({"DATABASE_URL": (url,)}),
        }
        return Target(**{**known, **values})


@contextmanager
def as_role(database: FreshDatabase, grants: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection as a role that may only connect and what *grants* says, with ``{}`` for its name."""
    role = sql.Identifier(f"{database.name}_reader")
    admin = database.connection
    admin.execute(sql.SQL("CREATE ROLE {} LOGIN").format(role))
    try:
        admin.execute(sql.SQL(grants).format(role))
        with database.server.connect(database.name, f"{database.name}_reader") as connection:
            yield connection
    finally:
        admin.execute(sql.SQL("DROP OWNED BY {0}; DROP ROLE {0}").format(role))
