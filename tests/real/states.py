"""States that the real CLI leaves a database in, each with what is true of it."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from real.project import INIT, POSTS, TAGS, Project
from waiting import until

LATE, LATER = "20240104000000_late", "20240105000000_later"
LOCK = 72707369

COMMENT = """\
-- CreateTable
CREATE TABLE "Comment" (
    "id" SERIAL NOT NULL,
    "text" TEXT NOT NULL,

    CONSTRAINT "Comment_pkey" PRIMARY KEY ("id")
);
"""
COMMENT_MODEL = "\nmodel Comment {\n  id   Int    @id @default(autoincrement())\n  text String\n}\n"
SLUG = '-- AlterTable\nALTER TABLE "Tag" ADD COLUMN "slug" TEXT;\n'
EDITOR = (
    COMMENT
    + """
-- AlterTable
ALTER TABLE "Post" ADD COLUMN "editorId" INTEGER NOT NULL DEFAULT 0;

-- AddForeignKey
ALTER TABLE "Post" ADD CONSTRAINT "Post_editorId_fkey" FOREIGN KEY ("editorId") REFERENCES "User"("id") \
ON DELETE RESTRICT ON UPDATE CASCADE;
"""
)
"""Its last statement fails as long as there is a post and no user 0."""

EVERY = (5, 6, 7)


def up_to_date(project: Project) -> None:
    project.base()


def pending(project: Project) -> None:
    project.base()
    project.model(Tag="slug String?")
    project.migration(LATE, SLUG)


def applied_on_empty(project: Project) -> None:
    for name in (INIT, POSTS, TAGS):
        project.migration(name)
        project.resolve("applied", name)


def column_dropped(project: Project) -> None:
    pending(project)
    project.deploy(expect=0)
    project.execute('ALTER TABLE "Tag" DROP COLUMN "slug"')


def file_edited(project: Project) -> None:
    project.base()
    path = project.migrations / POSTS / "migration.sql"
    path.write_bytes(path.read_bytes() + b"-- edited after it ran\n")


def folder_missing(project: Project) -> None:
    pending(project)
    project.deploy(expect=0)
    project.forget(LATE)


def failed_and_pending(project: Project) -> None:
    editor_failed(project)
    project.model(COMMENT_MODEL, Tag="slug String?", **EDITOR_FIELDS)
    project.migration(LATER, SLUG)


def rolled_back_but_there(project: Project) -> None:
    """The tables came from elsewhere, so the deployment failed; then somebody marked it."""
    project.base()
    project.model(COMMENT_MODEL)
    project.migration(LATE, COMMENT)
    project.execute(COMMENT)
    project.deploy(expect=1)
    project.resolve("rolled-back", LATE)


EDITOR_FIELDS = {
    "User": 'edited Post[] @relation("editor")',
    "Post": 'editorId Int @default(0)\n  editor User @relation("editor", fields: [editorId], references: [id])',
}


def editor_written(project: Project, sql: str = EDITOR) -> None:
    project.base()
    project.model(COMMENT_MODEL, **EDITOR_FIELDS)
    project.execute("""INSERT INTO "User" (email) VALUES ('ada@example.com')""")
    project.execute("""INSERT INTO "Post" (title, "authorId") VALUES ('one', 1)""")
    project.migration(LATE, sql)


def editor_failed(project: Project) -> None:
    editor_written(project)
    project.deploy(expect=1)


def editor_allowed(project: Project) -> None:
    project.execute("""INSERT INTO "User" (id, email) VALUES (0, 'nobody@example.com')""")


def half_applied_and_marked(project: Project) -> None:
    editor_failed(project)
    project.resolve("applied", LATE)


def failed_again(project: Project) -> None:
    editor_failed(project)
    project.resolve("rolled-back", LATE)
    project.deploy(expect=1)


def failed_inside_a_transaction(project: Project) -> None:
    editor_written(project, f"BEGIN;\n{EDITOR}COMMIT;\n")
    project.deploy(expect=1)


def invalid_index(project: Project) -> None:
    project.base()
    project.model(User="nick String? @unique")
    project.execute('ALTER TABLE "User" ADD COLUMN "nick" TEXT')
    project.execute("""INSERT INTO "User" (email, nick) VALUES ('a@example.com', 'x'), ('b@example.com', 'x')""")
    project.migration(LATE, 'ALTER TABLE "User" ADD COLUMN IF NOT EXISTS "nick" TEXT;\n')
    project.deploy(expect=0)
    project.migration(LATER, 'CREATE UNIQUE INDEX CONCURRENTLY "User_nick_key" ON "User"("nick");\n')
    project.deploy(expect=1)


def made_differently(project: Project) -> None:
    """A table of the same name, with other columns, stood in the way."""
    project.base()
    project.model(COMMENT_MODEL)
    project.migration(LATE, COMMENT)
    project.execute('CREATE TABLE "Comment" ("id" SERIAL PRIMARY KEY, "body" VARCHAR(80))')
    project.deploy(expect=1)


UNIQUE = f'{SLUG}CREATE UNIQUE INDEX "Post_title_key" ON "Post"("title");\n'
"""Its last statement fails as long as two posts have the same title."""


def two_failed(project: Project) -> None:
    """As two replicas leave it that migrate at once."""
    editor_failed(project)
    project.execute("UPDATE _prisma_migrations SET rolled_back_at = now() WHERE finished_at IS NULL")
    project.forget(LATE)
    project.execute("""INSERT INTO "Post" (title, "authorId") VALUES ('one', 1)""")
    post = EDITOR_FIELDS["Post"] + "\n  @@unique([title])"
    project.model(COMMENT_MODEL, Tag="slug String?", **EDITOR_FIELDS | {"Post": post})
    project.migration(LATER, UNIQUE)
    project.deploy(expect=1)
    project.migration(LATE, EDITOR)
    project.execute("UPDATE _prisma_migrations SET rolled_back_at = NULL")
    assert project.deploy(expect=1).out.count("failed\n") == 2


def both_allowed(project: Project) -> None:
    editor_allowed(project)
    project.execute('DELETE FROM "Post" WHERE id > 1')


def name_taken(project: Project) -> None:
    """An earlier migration of the same history made a table of that name, of another shape."""
    project.base()
    project.model(Tag="slug String?")
    project.migration(LATE, f'{SLUG}CREATE TABLE "Tag" (id INTEGER);\n')
    project.deploy(expect=1)


def never_recorded(project: Project) -> None:
    """Everything is there, made without migrations: `migrate deploy` refuses with P3005."""
    for name in (INIT, POSTS, TAGS):
        sql = project.migration(name).read_text()
        with project.connect() as connection:
            connection.execute(sql.encode())
    assert "P3005" in project.deploy(expect=1).out


THREE = f'{SLUG}ALTER TABLE "Post" ADD COLUMN "note" TEXT;\n{COMMENT}'


@contextmanager
def at_work(project: Project) -> Iterator[subprocess.Popen[bytes]]:
    """A deployment whose second of three statements waits for a table that somebody reads, until the block ends."""
    project.base()
    project.model(COMMENT_MODEL, Tag="slug String?", Post="note String?")
    project.migration(LATE, THREE)
    with project.connect() as reader, reader.transaction():
        reader.execute('LOCK TABLE "Post" IN ACCESS SHARE MODE')
        process = project.start("deploy")
        try:
            wait_for(project, """SELECT 1 FROM pg_locks WHERE relation = '"Post"'::regclass AND NOT granted""")
            yield process
        finally:
            end(process)


@contextmanager
def orphaned(project: Project) -> Iterator[None]:
    """CLI and engine are killed; the server's backend goes on waiting, and holds Prisma's lock."""
    with at_work(project) as process:
        end(process)
        yield


def killed(project: Project) -> None:
    """The orphaned backend came to its end, unheard."""
    with orphaned(project):
        pass
    wait_for(
        project, f"SELECT 1 WHERE NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = {LOCK})"
    )


@contextmanager
def locked_by_another(project: Project) -> Iterator[None]:
    """Somebody holds Prisma's lock; a deployment is waiting for it, and no row is written yet."""
    pending(project)
    with project.connect() as other:
        other.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        process = project.start("deploy")
        try:
            wait_for(project, f"SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = {LOCK} AND NOT granted")
            yield
        finally:
            end(process)


def wait_for(project: Project, question: str) -> None:
    """Returns as soon as *question* has a row; fails after half a minute."""
    with project.connect() as connection:
        came = until(lambda: connection.execute(question.encode()).fetchone(), 30)
    assert came, f"never came true: {question}"


def end(process: subprocess.Popen[bytes]) -> None:
    """Kills the CLI and the engine it started, as the end of a container does."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
