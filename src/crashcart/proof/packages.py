"""Whether the deployed commit declares a package, and whether a production install leaves it out."""

from __future__ import annotations

import posixpath
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from crashcart.proof.build import Build
from crashcart.proof.dockerfile import Run, Unparsable
from crashcart.proof.file_tree import FileTree
from crashcart.proof.modules import lenient_json, nearest_all

_INSTALL = re.compile(
    r"\b(npm (?:ci|i|install)|pnpm (?:i|install)|bun (?:i|install)|"
    r"yarn(?:\s+install|(?=\s*(?:$|--|[&|;]))))(?![\w-])[^&|;]*"
)
_PRODUCTION = re.compile(r"--omit[= ]dev|--production(?!=false)|--only=prod|--prod\b|(?<=\s)-P\b")
_LOCKS = ("package-lock.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "npm-shrinkwrap.json")
_OTHER_NAMES = {
    "yaml": "pyyaml",
    "PIL": "pillow",
    "cv2": "opencv-python",
    "sklearn": "scikit-learn",
    "bs4": "beautifulsoup4",
    "dotenv": "python-dotenv",
    "jwt": "pyjwt",
    "dateutil": "python-dateutil",
    "MySQLdb": "mysqlclient",
    "Crypto": "pycryptodome",
    "psycopg2": "psycopg2-binary",
    "attr": "attrs",
    "jose": "python-jose",
    "multipart": "python-multipart",
    "magic": "python-magic",
    "rest_framework": "djangorestframework",
    "corsheaders": "django-cors-headers",
    "serial": "pyserial",
    "fitz": "pymupdf",
}
"""Distributions that are not called like the module they offer."""


class Declared(StrEnum):
    YES = "declared"
    DEV_ONLY = "declared for development only"
    NO = "not declared"
    UNKNOWN = "cannot tell"


@dataclass(frozen=True, slots=True)
class Declaration:
    """What the commit says about one package."""

    package: str
    state: Declared
    why: str
    file: str | None = None
    line: int | None = None


def node_package(name: str, importer: str, tree: FileTree, build: Build | None) -> Declaration:
    """What the package.json files at and above the importer say of an npm package."""
    manifests = list(nearest_all(importer, ("package.json",), tree))
    if not manifests:
        return Declaration(name, Declared.UNKNOWN, f"there is no package.json at or above `{importer}`")
    development: Declaration | None = None
    for manifest in manifests:
        content = lenient_json(tree.read(manifest) or "")
        for section in ("dependencies", "optionalDependencies", "peerDependencies", "devDependencies"):
            if isinstance(listed := content.get(section), dict) and name in listed:
                why = f"`{name}` stands in {section} of `{manifest}`"
                found = Declaration(name, Declared.YES, why, manifest, _line(f'"{name}"', manifest, tree))
                if section != "devDependencies":
                    return found
                development = development or found
    if development:
        return _development(development, build)
    also = _locked(name, manifests, tree)
    return Declaration(name, Declared.NO, f"`{name}` is in no dependency list of `{manifests[0]}`{also}", manifests[0])


def python_package(module: str, project: str, tree: FileTree) -> Declaration:
    """What the requirement files of the project say of the distribution that offers *module*."""
    top = module.partition(".")[0]
    names = {_plain(top), _plain(_OTHER_NAMES.get(top, top)), _plain(top).removesuffix("2")}
    files = list(_requirement_files(project, tree))
    if not files:
        return Declaration(top, Declared.UNKNOWN, "the project has no requirements file and no pyproject.toml")
    for file in files:
        for name, line in _requirements(file, tree):
            if _plain(name) in names:
                return Declaration(top, Declared.YES, f"`{name}` stands in `{file}`", file, line)
    return Declaration(top, Declared.NO, f"no requirement of `{'`, `'.join(files[:3])}` is called `{top}`", files[0])


def _development(found: Declaration, build: Build | None) -> Declaration:
    if build is None or isinstance(build.image, Unparsable):
        return Declaration(found.package, Declared.UNKNOWN, f"{found.why}; how the image installs is not known")
    final = build.image.final
    runs = build.image.dockerfile.runs(final)
    for run in runs:
        if why := _leaves_out(run, final.environment.get("NODE_ENV")):
            because = f"{found.why} only, and {build.dockerfile} line {run.line} ({why}) leaves those out"
            return Declaration(found.package, Declared.DEV_ONLY, because, found.file, found.line)
    return found


def _leaves_out(run: Run, environment: str | None) -> str | None:
    for install in _INSTALL.finditer(run.text):
        if _PRODUCTION.search(install[0]):
            return f"`{install[0].strip()}`"
        if "NODE_ENV=production" in run.text or environment == "production":
            bun_or_included = (
                install[1].startswith("bun") or "--include=dev" in install[0] or "--production=false" in install[0]
            )
            return None if bun_or_included else f"`{install[0].strip()}` with NODE_ENV=production"
    return None


def _locked(name: str, manifests: list[str], tree: FileTree) -> str:
    for manifest in manifests:
        for lock in _LOCKS:
            path = posixpath.join(posixpath.dirname(manifest), lock)
            text = tree.read(path)
            if text and re.search(rf"""(?:^|["'/\s]){re.escape(name)}["'@:]""", text, re.MULTILINE):
                return f"; `{path}` has it only as a dependency of another package"
    return ""


def _requirement_files(project: str, tree: FileTree) -> Iterator[str]:
    prefix = f"{project}/" if project else ""
    for path in sorted(tree.paths(), key=lambda p: (p.count("/"), p)):
        name = posixpath.basename(path)
        if path.startswith(prefix) and (
            name in {"pyproject.toml", "Pipfile"} or re.fullmatch(r"requirements.*\.(txt|in)", name)
        ):
            yield path


def _requirements(file: str, tree: FileTree) -> Iterator[tuple[str, int | None]]:
    text = tree.read(file) or ""
    if file.endswith((".txt", ".in")):
        for number, line in enumerate(text.splitlines(), 1):
            if name := re.match(r"\s*([A-Za-z0-9][\w.-]*)", line):
                yield name[1], number
        return
    try:
        yield from ((name, _line(name, file, tree)) for name in _named_in_toml(tomllib.loads(text)))
    except (tomllib.TOMLDecodeError, RecursionError):
        return


def _named_in_toml(value: object, key: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        if "dependencies" in key or key in {"packages", "dev-packages"}:
            yield from value
        for name, inner in value.items():
            yield from _named_in_toml(inner, name)
    elif isinstance(value, list):
        for item in value:
            if isinstance(item, str) and (name := re.match(r"[A-Za-z0-9][\w.-]*", item)):
                yield name[0]


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _line(text: str, file: str, tree: FileTree) -> int | None:
    lines = (tree.read(file) or "").splitlines()
    return next((n for n, line in enumerate(lines, 1) if text in line), None)
