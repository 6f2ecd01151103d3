"""Prints every regular expression that the program compiles, as JSON lines.

Run as a program of its own, since modules compile their expressions when they are first imported.
Whatever is compiled passes `re._compile`, so expressions in tuples, in class bodies, in packs and
in code that runs later are seen like any other. Calls that nothing has reached by then are read
from the source, where the expression is written out.
"""

from __future__ import annotations

import ast
import base64
import importlib
import json
import pkgutil
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from detectors.match import expression

PACKAGES = ("detectors", "connectors", "monitor")
_CALLS = frozenset(
    ("compile", "search", "match", "fullmatch", "split", "findall", "finditer", "sub", "subn")
)
#: How such a call is written; to parse the sources that have none takes a second more.
_CALL = re.compile(rf"\bre\.(?:{'|'.join(sorted(_CALLS))})\(")


def main() -> None:
    seen: dict[tuple[str | bytes, int], str] = {}
    reached: set[tuple[str, int]] = set()
    compile_once = re._compile  # type: ignore[attr-defined]

    def noting(pattern: Any, flags: Any) -> Any:
        compiled = compile_once(pattern, flags)
        frame = sys._getframe(2)
        name = str(frame.f_globals.get("__name__", ""))
        if name.partition(".")[0] in PACKAGES:
            seen.setdefault((compiled.pattern, compiled.flags), f"{name}:{frame.f_lineno}")
            reached.add((name, frame.f_lineno))
        return compiled

    re._compile = noting  # type: ignore[attr-defined]
    compile_later = expression.compile

    def compiling(pattern: Any, flags: int = 0) -> Any:
        made = compile_later(pattern, flags)
        compiled = compile_once(pattern, int(flags))
        frame = sys._getframe(1)
        name = str(frame.f_globals.get("__name__", ""))
        seen.setdefault((compiled.pattern, compiled.flags), f"{name}:{frame.f_lineno}")
        reached.add((name, frame.f_lineno))
        return made

    # Expressions that are compiled when they are first used are noted where they are made.
    expression.compile = compiling
    names = list(modules())
    for name in names:
        importlib.import_module(name)
    from detectors.pack.load import load_rulebook
    from monitor.images import CachedImages

    # With the image that other processes read, too: to compile it takes six seconds.
    load_rulebook(images=CachedImages([], replace=False)).prepare()
    for name in names:
        for first, last, pattern, flags in calls_in(name):
            if any((name, line) in reached for line in range(first, last + 1)):
                continue
            if pattern is None:
                # The expression is an argument, and seen where it is made.
                continue
            compiled = re.compile(pattern, flags)
            seen.setdefault((compiled.pattern, compiled.flags), f"{name}:{first}")
    from detectors.match.phrasing import files, load_phrasings, phrasing
    from detectors.rules.goods.materials import materials

    materials("")
    for file in files():
        for name in load_phrasings(file).phrasings:
            found = phrasing(file, name).compiled
            seen.setdefault((found.pattern, found.flags), f"packs.phrasings.{file}:{name}")
    for (pattern, flags), where in seen.items():
        is_text = isinstance(pattern, str)
        raw = pattern.encode("utf-8", "surrogatepass") if is_text else pattern
        print(json.dumps([where, is_text, flags, base64.b64encode(raw).decode()]))


def modules() -> Iterator[str]:
    """All modules of the program."""
    for package in PACKAGES:
        yield package
        path = importlib.import_module(package).__path__
        for module in pkgutil.walk_packages(path, f"{package}."):
            if not module.name.endswith(".__main__"):
                yield module.name


def calls_in(name: str) -> Iterator[tuple[int, int, str | bytes | None, int]]:
    """Calls of `re` in the source of a module: first and last line, expression, flags.

    The expression is ``None`` where it is not written out.
    """
    file = sys.modules[name].__file__
    if file is None:
        return
    source = Path(file).read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source)) if _CALL.search(source) else ():
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "re"
            and node.func.attr in _CALLS
            and node.args
        ):
            written = node.args[0]
            pattern = written.value if isinstance(written, ast.Constant) else None
            flags = 0
            for given in [*node.args[1:], *(keyword.value for keyword in node.keywords)]:
                for part in ast.walk(given):
                    if (
                        isinstance(part, ast.Attribute)
                        and isinstance(part.value, ast.Name)
                        and part.value.id == "re"
                    ):
                        flags |= flag_of(part.attr)
            last = node.end_lineno or node.lineno
            yield node.lineno, last, pattern if isinstance(pattern, (str, bytes)) else None, flags


def flag_of(name: str) -> int:
    """The flag of a name of `re`; 0 for what is none."""
    flag = getattr(re, name, None)
    return int(flag) if isinstance(flag, re.RegexFlag) else 0


if __name__ == "__main__":
    main()
