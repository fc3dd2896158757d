"""From what an import says to the files it may mean: the rules of Node, Bun, TypeScript and Python."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any

from crashcart.proof.file_tree import FileTree

ENDINGS = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".json", ".node", ".vue", ".svelte")
SCRIPTS = ENDINGS[:8]
OUTPUTS = frozenset(["dist", "build", "out", ".next", ".output", "lib", "target"])
"""Folders that a build step commonly makes."""

_GENERATED = {"generated", "__generated__", ".prisma", "node_modules", ".nuxt", ".svelte-kit"}
_WRITTEN_FOR = {".js": (".ts", ".tsx"), ".mjs": (".mts",), ".cjs": (".cts",), ".jsx": (".tsx",)}
_BUILTIN = {
    *(
        "assert",
        "async_hooks",
        "buffer",
        "bun",
        "child_process",
        "cluster",
        "crypto",
        "dgram",
        "dns",
        "domain",
        "events",
    ),
    *("fs", "http", "http2", "https", "inspector", "module", "net", "os", "path", "perf_hooks", "process", "punycode"),
    *("querystring", "readline", "repl", "stream", "string_decoder", "timers", "tls", "tty", "url", "util", "v8", "vm"),
    *("wasi", "worker_threads", "zlib"),
}
_JSON_TOKENS = re.compile(r'"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*.*?(?:\*/|\Z)', re.DOTALL)
_JSON_COMMAS = re.compile(r'"(?:\\.|[^"\\\n])*"|,(?=\s*[}\]])')


def is_relative(specifier: str) -> bool:
    return specifier in {".", ".."} or specifier.startswith(("./", "../"))


def is_builtin(specifier: str) -> bool:
    """Whether the runtime itself provides it."""
    return specifier.startswith(("node:", "bun:")) or specifier.partition("/")[0] in _BUILTIN


def package_of(specifier: str) -> str:
    """The npm package that a bare specifier names."""
    parts = specifier.split("/")
    return "/".join(parts[:2]) if specifier.startswith("@") else parts[0]


def node_files(base: str) -> tuple[str, ...]:
    """The files that a resolved specifier may mean, in the order in which they are tried."""
    stem, ending = posixpath.splitext(base)
    written = [stem + other for other in _WRITTEN_FOR.get(ending, ())]
    exact = [base] if ending in ENDINGS or ending in {".css", ".scss", ".html", ".txt", ".graphql", ".wasm"} else []
    added = [base + e for e in ENDINGS]
    return tuple(dict.fromkeys([*exact, *written, *added, *(f"{base}/index{e}" for e in ENDINGS)]))


def join(folder: str, specifier: str) -> str | None:
    """Where a relative specifier leads; None where that is above the root."""
    path = posixpath.normpath(posixpath.join(folder, specifier))
    return None if path.startswith("..") or path == "." else path


def alias_bases(specifier: str, importer: str, tree: FileTree) -> tuple[str, ...]:
    """Where ``paths`` and ``baseUrl`` of the nearest tsconfig lead; empty where they do not speak of it."""
    found = _nearest(importer, ("tsconfig.json", "jsconfig.json"), tree)
    if found is None:
        return ()
    folder = posixpath.dirname(found)
    options = _table(lenient_json(tree.read(found) or "").get("compilerOptions"))
    base_url = options.get("baseUrl")
    base = posixpath.normpath(posixpath.join(folder, base_url)) if isinstance(base_url, str) else folder
    mapped = list(_mapped(specifier, _table(options.get("paths")), base))
    if not mapped and isinstance(base_url, str):
        plain = posixpath.normpath(posixpath.join(base, specifier))
        mapped = [plain] if tree.has_folder(posixpath.dirname(plain)) else []
    return tuple(m for m in mapped if not m.startswith(".."))


def output_sources(path: str) -> tuple[str, ...]:
    """The paths from which a compiled file may have been made: ``dist/a.js`` from ``src/a.ts`` or ``a.ts``."""
    parts = path.split("/")
    stem = posixpath.splitext(path)[1] in {".js", ".mjs", ".cjs", ".jsx"}
    made = []
    for n, part in enumerate(parts[:-1]):
        if part in OUTPUTS:
            made += ["/".join([*parts[:n], "src", *parts[n + 1 :]]), "/".join([*parts[:n], *parts[n + 1 :]])]
    return tuple(f for m in made for f in (node_files(m) if stem else (m,)))


def is_made(path: str) -> bool:
    """Whether a path lies in a folder that tools commonly make: build output, generated code."""
    return any(part in OUTPUTS - {"lib", "target"} or part in _GENERATED for part in path.split("/")[:-1])


def python_files(module: str, root: str) -> tuple[str, ...]:
    """The files that a dotted module may mean below *root*."""
    base = posixpath.join(root, *module.split("."))
    return (f"{base}.py", f"{base}/__init__.py")


def python_roots(module: str, importer: str | None, project: str, *trees: FileTree) -> tuple[str, ...]:
    """The folders from which *module* is imported, judged by where its top package lies; empty for foreign packages."""
    top = module.partition(".")[0]
    guesses = [*_above(importer), project, posixpath.join(project, "src"), ""] if importer else []
    if not importer:
        guesses = [project, posixpath.join(project, "src"), ""]
        guesses += sorted({posixpath.dirname(f) for t in trees for f in t.paths() if f.endswith(f"/{top}/__init__.py")})
        guesses = [posixpath.dirname(g) if posixpath.basename(g) == top else g for g in guesses]
    return tuple(g for g in dict.fromkeys(guesses) if any(_is_local(top, g, tree) for tree in trees))


def lenient_json(text: str) -> Mapping[str, Any]:
    """A JSON object that may hold comments and trailing commas; empty where it is not one."""
    plain = _JSON_TOKENS.sub(lambda m: m[0] if m[0].startswith('"') else " ", text)
    try:
        value = json.loads(_JSON_COMMAS.sub(lambda m: m[0] if m[0].startswith('"') else "", plain))
    except (ValueError, RecursionError):
        return {}
    return _table(value)


def nearest_all(importer: str, names: tuple[str, ...], tree: FileTree) -> Iterator[str]:
    """The files of these names in the importer's folder and those above it, the nearest first."""
    for folder in _above(importer):
        for name in names:
            if tree.locate(path := posixpath.join(folder, name)).held:
                yield path


def _nearest(importer: str, names: tuple[str, ...], tree: FileTree) -> str | None:
    return next(nearest_all(importer, names, tree), None)


def _mapped(specifier: str, paths: Mapping[str, Any], base: str) -> Iterator[str]:
    for pattern, targets in paths.items():
        before, star, after = pattern.partition("*")
        if star and len(specifier) >= len(before) + len(after):
            fits = specifier.startswith(before) and specifier.endswith(after)
        else:
            fits = specifier == pattern
        if fits and isinstance(targets, list):
            middle = specifier[len(before) : len(specifier) - len(after)] if star else ""
            for target in (t for t in targets if isinstance(t, str)):
                yield posixpath.normpath(posixpath.join(base, target.replace("*", middle)))


def _is_local(top: str, root: str, tree: FileTree) -> bool:
    base = posixpath.join(root, top)
    return tree.has_folder(base) or bool(tree.locate(f"{base}.py").held)


def _above(path: str) -> Iterator[str]:
    folder = posixpath.dirname(path)
    while folder:
        yield folder
        folder = posixpath.dirname(folder)
    yield ""


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
