"""What an import may mean, by the rules of Node, TypeScript and Python, and where a log's path leads back to."""

from __future__ import annotations

from pathlib import Path

import pytest

from crashcart.proof import importers, modules, packages
from crashcart.proof.file_tree import FolderTree
from crashcart.proof.packages import Declared


@pytest.fixture
def tree(tmp_path: Path) -> FolderTree:
    return FolderTree(tmp_path)


def write(tree: FolderTree, path: str, text: str = "") -> None:
    (tree.root / path).parent.mkdir(parents=True, exist_ok=True)
    (tree.root / path).write_text(text)


def test_a_specifier_without_ending_tries_files_before_folders() -> None:
    files = modules.node_files("src/live")
    assert files[0] == "src/live.ts"
    assert files.index("src/live.json") < files.index("src/live/index.ts")
    assert "src/live" not in files


def test_an_ending_of_javascript_may_mean_typescript() -> None:
    assert modules.node_files("a.js")[:3] == ("a.js", "a.ts", "a.tsx")
    assert modules.node_files("a.mjs")[:2] == ("a.mjs", "a.mts")
    assert modules.node_files("live.service")[0] == "live.service.ts"


@pytest.mark.parametrize(
    ("specifier", "expected"),
    [
        ("./a", "src/x/a"),
        ("../a", "src/a"),
        ("../../a", "a"),
        ("../../../a", None),
        (".", "src/x"),
        ("./b/../a", "src/x/a"),
    ],
)
def test_a_relative_specifier_is_joined(specifier: str, expected: str | None) -> None:
    assert modules.join("src/x", specifier) == expected


@pytest.mark.parametrize(
    ("specifier", "package"),
    [("express", "express"), ("lodash/fp", "lodash"), ("@a/b", "@a/b"), ("@a/b/c/d", "@a/b")],
)
def test_a_bare_specifier_names_a_package(specifier: str, package: str) -> None:
    assert modules.package_of(specifier) == package


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": "x // y", /* "b" */ "c": ["@/*", "/*"],}', {"a": "x // y", "c": ["@/*", "/*"]}),
        ('// top\n{"a": 1 // end\n}', {"a": 1}),
        ("[1]", {}),
        ("{", {}),
        ("", {}),
        ('{"a":' * 50_000, {}),
        ("/* " * 300_000, {}),
    ],
)
def test_tsconfig_is_read_with_comments_and_trailing_commas(text: str, expected: dict[str, object]) -> None:
    assert modules.lenient_json(text) == expected


def test_aliases_come_from_the_nearest_tsconfig(tree: FolderTree) -> None:
    write(tree, "tsconfig.json", '{"compilerOptions": {"paths": {"@/*": ["./outer/*"]}}}')
    write(
        tree, "web/tsconfig.json", '{"compilerOptions": {"baseUrl": "./src", "paths": {"@/*": ["*"], "cfg": ["../c"]}}}'
    )
    write(tree, "web/src/lib/db.ts")
    assert modules.alias_bases("@/lib/db", "web/src/a.ts", tree) == ("web/src/lib/db",)
    assert modules.alias_bases("cfg", "web/src/a.ts", tree) == ("web/c",)
    assert modules.alias_bases("lib/db", "web/src/a.ts", tree) == ("web/src/lib/db",)
    assert modules.alias_bases("express", "web/src/a.ts", tree) in {(), ("web/src/express",)}
    assert modules.alias_bases("@/x", "api/a.ts", tree) == ("outer/x",)
    assert modules.alias_bases("left-pad", "api/a.ts", tree) == ()


def test_a_build_output_leads_to_its_likely_sources() -> None:
    made = modules.output_sources("dist/api/index.js")
    assert made[0] == "src/api/index.js.ts" or "src/api/index.ts" in made
    assert "api/index.ts" in made
    assert modules.output_sources("src/index.js") == ()


def test_a_python_module_is_local_where_its_top_package_lies(tree: FolderTree) -> None:
    write(tree, "backend/app/services/__init__.py")
    assert modules.python_roots("app.services.x", "backend/app/services/y.py", "", tree) == ("backend",)
    assert modules.python_roots("requests", "backend/app/services/y.py", "", tree) == ()
    assert modules.python_files("app.x", "backend") == ("backend/app/x.py", "backend/app/x/__init__.py")


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("/app/backend/src/index.ts", ["backend/src/index.ts"]),
        ("/srv/src/index.ts", ["backend/src/index.ts", "web/src/index.ts"]),
        ("src/index.ts", ["backend/src/index.ts", "web/src/index.ts"]),
        ("/app/main.py", ["main.py"]),
        ("/app/nothing.ts", []),
        ("/other/deep/index.ts", []),
    ],
)
def test_a_container_s_path_is_recognised_by_its_end(place: str, expected: list[str]) -> None:
    paths = ["backend/src/index.ts", "web/src/index.ts", "main.py", "docs/x.md"]
    assert importers.same_suffix(place, paths) == expected


def test_a_folder_on_disk_counts_letter_case_and_knows_what_looks_alike(tree: FolderTree) -> None:
    write(tree, "src/Größe.ts")
    assert tree.locate("src/Größe.ts").held is True
    assert tree.locate("src/größe.ts").held is False
    assert tree.alike("SRC/größe.ts") == "src/Größe.ts"
    assert tree.alike("src/Gro\u0308ße.ts") == "src/Größe.ts"
    assert tree.alike("src/Größe.ts") is None
    assert tree.locate("src").held is False
    assert tree.locate("../x").held is False


def test_symbolic_links_on_disk_are_followed_and_told(tree: FolderTree) -> None:
    write(tree, "real/a.ts")
    (tree.root / "link").symlink_to("real")
    (tree.root / "broken.ts").symlink_to("nowhere")
    (tree.root / "loop").symlink_to("loop")
    assert tree.locate("link/a.ts").held is True
    assert "real/a.ts" in tree.locate("link/a.ts").why
    assert tree.locate("broken.ts").held is False
    assert tree.locate("loop").held in {False, None}


@pytest.mark.parametrize(
    ("lock", "text"),
    [("package-lock.json", '"node_modules/qs": {'), ("yarn.lock", "qs@^6:\n"), ("bun.lock", '"qs": ["qs@6"]')],
)
def test_a_transitive_package_is_told_apart(tree: FolderTree, lock: str, text: str) -> None:
    write(tree, "package.json", '{"dependencies": {"express": "5"}}')
    write(tree, lock, text)
    found = packages.node_package("qs", "src/a.ts", tree, None)
    assert found.state is Declared.NO
    assert "only as a dependency of another package" in found.why


def test_a_workspace_root_may_declare_the_package(tree: FolderTree) -> None:
    write(tree, "package.json", '{"dependencies": {"zod": "4"}}')
    write(tree, "apps/api/package.json", '{"dependencies": {}}')
    assert packages.node_package("zod", "apps/api/src/a.ts", tree, None).state is Declared.YES
    assert packages.node_package("zod", "a.ts", FolderTree(tree.root / "nothing"), None).state is Declared.UNKNOWN
