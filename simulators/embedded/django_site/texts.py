"""The application's files as a group edited them: what they say is read, and never executed."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import simulators
from simulators.embedded.call import NotSimulatedError
from simulators.tasks.editing import FOLDER

if TYPE_CHECKING:
    from simulators.embedded.host import Host

APPLICATION = Path(simulators.__file__).parent / "tasks" / "app"
"""Our own application, as it is in its repository."""
SETTINGS, ROOT_URLS, URLS, VIEWS = "portfolio/settings.py", "portfolio/urls.py", "tasks/urls.py", "tasks/views.py"
POSTGRESQL, SQLITE = "django.db.backends.postgresql", "django.db.backends.sqlite3"
REMEMBERED = 256
"""Files whose meaning is remembered."""


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    """`DATABASES["default"]`."""

    engine: str
    name: str
    """Of the database, or the path of its file."""
    host: str = ""
    port: int = 5432
    user: str = ""
    password: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """One `path(...)` of a urls.py."""

    pattern: str
    leads: Literal["view", "admin", "include"]
    view: str = ""
    """Name of the function in tasks/views.py."""
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Routes:
    """Both urls.py."""

    root: tuple[Route, ...]
    tasks: tuple[Route, ...]


@cache
def original() -> Mapping[str, bytes]:
    """Return the application's files by their path in it."""
    files = sorted(path for path in APPLICATION.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(APPLICATION).as_posix(): path.read_bytes().replace(b"\r\n", b"\n") for path in files}


def database(host: Host, folder: str = FOLDER) -> DatabaseSettings:
    """Return what settings.py says about the database now. Raises NotSimulatedError when it says more than that."""
    return _database(_read(host, folder, SETTINGS), folder)


def routes(host: Host, folder: str = FOLDER) -> Routes:
    """Return what both urls.py say now. Raises NotSimulatedError for what is more than paths to views."""
    return _routes(_read(host, folder, ROOT_URLS), _read(host, folder, URLS))


def message(host: Host, view: str, folder: str = FOLDER) -> str:
    """Return what a function of views.py answers now. Raises NotSimulatedError when it does more than that."""
    messages = _messages(_read(host, folder, VIEWS))
    if view not in messages:
        raise NotSimulatedError(f"urls.py with views.{view}, which views.py does not have")
    return messages[view]


def _read(host: Host, folder: str, path: str) -> bytes:
    try:
        return host.files.read(posixpath.join(folder, path))
    except (FileNotFoundError, IsADirectoryError):
        raise NotSimulatedError(f"Django without {folder}/{path}") from None


def _parsed(content: bytes, path: str) -> list[ast.stmt]:
    """Return a file's statements, its docstring left out."""
    try:
        body = ast.parse(content).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise NotSimulatedError(f"{path} with a syntax error ({error})") from error
    return [each for each in body if not (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))]


@lru_cache(REMEMBERED)
def _database(content: bytes, folder: str) -> DatabaseSettings:
    found, others = _split(_parsed(content, SETTINGS))
    _, expected = _split(_parsed(original()[SETTINGS], SETTINGS))
    if list(map(ast.dump, others)) != list(map(ast.dump, expected)):
        raise NotSimulatedError(f"{SETTINGS} with other settings than DATABASES changed")
    if len(found) != 1:
        raise NotSimulatedError(f"{SETTINGS} with {len(found)} times DATABASES")
    said = {name: _text(value, folder) for name, value in _items(_items_of_default(found[0]))}
    known = {"ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT"}
    if said.keys() - known or said.get("ENGINE") not in (POSTGRESQL, SQLITE):
        raise NotSimulatedError(f"{SETTINGS} with DATABASES = {ast.unparse(found[0])[:200]}")
    port = said.get("PORT") or "5432"
    if not port.isdecimal():
        raise NotSimulatedError(f"{SETTINGS} with PORT {port!r}")
    return DatabaseSettings(
        said["ENGINE"],
        said.get("NAME", ""),
        said.get("HOST", ""),
        int(port),
        said.get("USER", ""),
        said.get("PASSWORD", ""),
    )


def _split(body: Iterable[ast.stmt]) -> tuple[list[ast.expr], list[ast.stmt]]:
    """Return the values that DATABASES is set to, and every other statement."""
    values: list[ast.expr] = []
    others: list[ast.stmt] = []
    for each in body:
        match each:
            case ast.Assign(targets=[ast.Name(id="DATABASES")], value=value):
                values.append(value)
            case _:
                others.append(each)
    return values, others


def _items_of_default(value: ast.expr) -> ast.expr:
    match _items(value):
        case [("default", inner)]:
            return inner
        case _:
            raise NotSimulatedError(f"{SETTINGS} with other databases than 'default'")


def _items(value: ast.expr) -> list[tuple[str, ast.expr]]:
    """Return the items of a dictionary whose keys are texts."""
    if not isinstance(value, ast.Dict):
        raise NotSimulatedError(f"{SETTINGS} with DATABASES = {ast.unparse(value)[:200]}")
    items: list[tuple[str, ast.expr]] = []
    for key, each in zip(value.keys, value.values, strict=True):
        if not (isinstance(key, ast.Constant) and isinstance(key.value, str)):
            raise NotSimulatedError(f"{SETTINGS} with DATABASES = {ast.unparse(value)[:200]}")
        items.append((key.value, each))
    return items


def _text(value: ast.expr, folder: str) -> str:
    match value:
        case ast.Constant(value=str(text)):
            return text
        case ast.Constant(value=int(number)):
            return str(number)
        case ast.BinOp(left=ast.Name(id="BASE_DIR"), op=ast.Div(), right=ast.Constant(value=str(name))):
            return posixpath.join(folder, name)
        case _:
            raise NotSimulatedError(f"{SETTINGS} with {ast.unparse(value)[:200]}")


@lru_cache(REMEMBERED)
def _routes(root: bytes, tasks: bytes) -> Routes:
    return Routes(_paths(root, ROOT_URLS), _paths(tasks, URLS))


def _paths(content: bytes, path: str) -> tuple[Route, ...]:
    found: list[Route] | None = None
    for statement in _parsed(content, path):
        match statement:
            case ast.Import() | ast.ImportFrom():
                pass
            case ast.Assign(targets=[ast.Name(id="urlpatterns")], value=ast.List(elts=elements)):
                found = [_route(element, path) for element in elements]
            case _:
                raise NotSimulatedError(f"{path} with {ast.unparse(statement)[:200]}")
    if found is None:
        raise NotSimulatedError(f"{path} without urlpatterns")
    return tuple(found)


def _route(element: ast.expr, path: str) -> Route:
    match element:
        case ast.Call(func=ast.Name(id="path"), args=[ast.Constant(value=str(pattern)), target], keywords=keywords):
            name = None
            for keyword in keywords:
                if keyword.arg != "name" or not isinstance(keyword.value, ast.Constant):
                    raise NotSimulatedError(f"{path} with {ast.unparse(element)[:200]}")
                name = str(keyword.value.value)
        case _:
            raise NotSimulatedError(f"{path} with {ast.unparse(element)[:200]}")
    match target:
        case ast.Attribute(value=ast.Name(id="views"), attr=view):
            return Route(pattern, "view", view, name)
        case ast.Attribute(value=ast.Attribute(value=ast.Name(id="admin"), attr="site"), attr="urls"):
            return Route(pattern, "admin")
        case ast.Call(func=ast.Name(id="include"), args=[ast.Constant(value="tasks.urls")], keywords=[]):
            return Route(pattern, "include")
        case _:
            raise NotSimulatedError(f"{path} with {ast.unparse(element)[:200]}")


@lru_cache(REMEMBERED)
def _messages(content: bytes) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for statement in _parsed(content, VIEWS):
        match statement:
            case ast.Import() | ast.ImportFrom():
                pass
            case ast.FunctionDef(name=name, decorator_list=[], body=[*_, ast.Return(value=ast.Call() as answer)]):
                found[name] = _message(statement.body, answer)
            case _:
                raise NotSimulatedError(f"{VIEWS} with {ast.unparse(statement)[:200]}")
    return found


def _message(body: list[ast.stmt], answer: ast.Call) -> str:
    idle = [each for each in body[:-1] if isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant)]
    match answer:
        case ast.Call(func=ast.Name(id="HttpResponse"), args=[ast.Constant(value=str(text))], keywords=[]) if (
            len(idle) == len(body) - 1
        ):
            return text
        case _:
            raise NotSimulatedError(f"{VIEWS} with {ast.unparse(answer)[:200]}")
