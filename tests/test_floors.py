"""The house rules that no linter knows: floors, cycles, heavy imports, budgets, forbidden names."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from statistics import median

import pytest

REPO = Path(__file__).resolve().parents[1]
PACKAGE = REPO / "genmark"
MODULES = sorted(PACKAGE.rglob("*.py"))

HEAVY = {
    "torch": (
        "tensors.py",
        "lone_threads.py",
        "perceive/",
        "restyle/hair/",
        "train/",
        "brand/",
        "audience/meaning.py",
        "audience/encoder.py",
    ),
    "timm": ("tensors.py", "brand/backbones.py"),
    "torchvision": ("tensors.py",),
    "safetensors": ("tensors.py", "train/", "brand/", "perceive/pretrained.py", "audience/encoder.py"),
    "accelerate": ("train/",),
    "tensorboard": ("train/",),
    "pydantic": ("config.py", "train/"),
    "jinja2": ("gallery/", "brand/report/"),
    "PIL": (
        "photos.py",
        "formats.py",
        "guard.py",
        "srgb.py",
        "writing.py",
        "marking.py",
        "perceive/",
        "gallery/",
        "train/",
        "brand/",
    ),
    "tokenizers": ("audience/meaning.py",),
    "kiwipiepy": ("audience/korean.py",),
    "sqlalchemy": ("audience/store/", "audience/offer_tables.py"),
    "alembic": ("audience/store/",),
    "psycopg": (),
    "c2pa": ("signing.py",),
    "av": ("gallery/movie.py", "audience/video.py"),
    "pillow_heif": ("formats.py", "photos.py"),
    "click": ("cli/",),
    "scipy": (),
    "cv2": ("evaluate/inpainting.py",),
    "skimage": (),
    "matplotlib": (),
    "diffusers": (),
    "transformers": ("perceive/pretrained.py",),
    "gradio": (),
    "ray": (),
}
"""Who may import what is slow to import or must stay optional; nobody else does."""

VAGUE = {"utils", "util", "helpers", "helper", "manager", "base", "core", "common", "misc"}


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def floors() -> dict[str, int]:
    """Folder ("cli/") or module ("types.py") to floor, as docs/design.md draws it."""
    drawn = re.search(r"```floors\n(.*?)```", (REPO / "docs/design.md").read_text(encoding="utf-8"), re.DOTALL)
    assert drawn is not None
    rows = [re.fullmatch(r"(\S+)\s+F(\d+)\s+\S.*", line) for line in drawn[1].splitlines()]
    assert all(rows)
    return {row[1]: int(row[2]) for row in rows if row}


def home_of(module: str) -> str:
    """The line of the plan that a module belongs to."""
    return f"{module.split('/')[0]}/" if "/" in module else module


def imports_of(path: Path) -> Iterator[str]:
    """Dotted names that a module imports, wherever in it, and in strings given to `import_module`; not for typing."""
    skipped = {
        child
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for child in ast.walk(node)
    }
    for node in ast.walk(tree_of(path)):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            yield from (arg.value for arg in node.args if isinstance(arg, ast.Constant))


def own_imports(path: Path) -> set[str]:
    """Modules of genmark that a module imports, as "gallery/page.py"; the package's own face is none of them."""
    found = set()
    for dotted in imports_of(path):
        parts = dotted.split(".")
        while parts[0] == "genmark" and len(parts) > 1:
            place = PACKAGE.joinpath(*parts[1:])
            if place.with_suffix(".py").is_file():
                found.add(name_of(place.with_suffix(".py")))
                break
            if (place / "__init__.py").is_file():
                found.add(name_of(place / "__init__.py"))
                break
            parts.pop()
    return found - {name_of(path)}


def test_the_plan_lists_every_module_and_nothing_else() -> None:
    there = {home_of(name_of(path)) for path in MODULES} - {"__init__.py"}
    assert there == set(floors())


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_go_down_or_stay_in_the_folder(path: Path) -> None:
    home = home_of(name_of(path))
    if home == "__init__.py":
        return
    for other in own_imports(path):
        there = home_of(other)
        if there == home and home.endswith("/"):
            continue
        assert floors()[there] < floors()[home], f"{name_of(path)} (F{floors()[home]}) imports {other}"


def test_no_module_imports_itself_round_a_corner() -> None:
    graph = {name_of(path): own_imports(path) for path in MODULES if name_of(path) != "__init__.py"}
    waiting = dict(graph)
    while free := [name for name, needs in waiting.items() if not needs & waiting.keys()]:
        for name in free:
            del waiting[name]
    assert not waiting, f"a cycle among {sorted(waiting)}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_heavy_packages_are_imported_only_where_they_are_used(path: Path) -> None:
    name = name_of(path)
    for dotted in imports_of(path):
        allowed = HEAVY.get(dotted.split(".")[0])
        by_doctor = name == "cli/doctor.py" and dotted == "torch"
        assert allowed is None or name.startswith(allowed) or by_doctor, f"{name} imports {dotted}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_modules_are_short_and_named_for_what_they_hold(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300
    assert not VAGUE & set(path.relative_to(PACKAGE).with_suffix("").parts)
    assert ast.get_docstring(tree_of(path)), f"{name_of(path)} does not say what it is"


def functions() -> Iterator[tuple[str, int]]:
    """Every function of the package and the lines of its body, without its docstring."""
    for path in MODULES:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                lines = body[-1].end_lineno - body[0].lineno + 1 if body else 0
                yield f"{name_of(path)}:{node.name}", lines


def test_function_bodies_are_short() -> None:
    sizes = dict(functions())
    assert {name: size for name, size in sizes.items() if size > 40} == {}
    assert median(sizes.values()) <= 12


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_nothing_is_asserted_swallowed_or_made_global(path: Path) -> None:
    for node in ast.walk(tree_of(path)):
        where = f"{name_of(path)}:{getattr(node, 'lineno', 0)}"
        assert not isinstance(node, ast.Assert), f"{where} asserts"
        assert not isinstance(node, ast.Global), f"{where} changes a global"
        if isinstance(node, ast.ExceptHandler):
            caught = ast.unparse(node.type) if node.type else "everything"
            assert caught not in {"everything", "Exception", "BaseException"}, f"{where} catches {caught}"


def test_public_functions_and_classes_say_what_they_do() -> None:
    silent = [
        f"{name_of(path)}:{node.name}"
        for path in MODULES
        for node in tree_of(path).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
        and "Protocol" not in [ast.unparse(parent) for parent in getattr(node, "bases", [])]  # its method says it
    ]
    assert silent == []


def project_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "-c", f"safe.directory={REPO}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPO, capture_output=True, check=False,
    )  # fmt: skip
    if listed.returncode == 0:
        paths = [REPO / name for name in listed.stdout.decode().split("\0") if name]
    else:
        tops = ("genmark", "tests", "configs", "docs", "benchmarks", "demos", ".ci")
        paths = [path for top in tops for path in (REPO / top).rglob("*")]
        paths += [path for path in REPO.iterdir() if path.suffix in {".md", ".toml", ".txt"}]
    return [path for path in paths if path.is_file() and "__pycache__" not in path.parts]


FORBIDDEN = {
    "a path of one machine": re.compile(r"(?<![\w.:/~$}>-])/(?:work|root|opt|mnt)/\w"),
    "a package registry": re.compile(r"(?:py" + r"pi\.org|python" + r"hosted|index" + r"-url|find" + r"-links)"),
    "a note to self": re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|X" + r"XX)\b"),
    "a mock": re.compile(r"unittest(?:\.| import )mo" + r"ck"),
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_of_the_project_holds(what: str) -> None:
    found = []
    for path in project_files():
        content = path.read_bytes()
        if b"\0" in content[:8192]:
            continue
        for number, line in enumerate(content.decode(errors="replace").splitlines(), start=1):
            if FORBIDDEN[what].search(line):
                found.append(f"{path.relative_to(REPO)}:{number}")
    assert found == []
