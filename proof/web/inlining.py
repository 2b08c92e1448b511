"""Join the modules of the page into one script, and the script into one file.

Standard library only. The modules keep to what is understood here: named imports without other
names, default imports of JSON, exports where a thing is defined, no circles, no top-level await.
Each module becomes a function that returns what it exports, so that names do not meet.
"""

import base64
import hashlib
import json
import re
from pathlib import Path

_IMPORT = re.compile(r"^import \{([^}]*)\} from '(\.{1,2}/[\w./-]+\.js)';\n", re.MULTILINE)
_JSON_IMPORT = re.compile(
    r"^import (\w+) from '([\w./-]+\.json)' with \{ type: 'json' \};\n", re.MULTILINE
)
_EXPORT = re.compile(r"^export (?:async function|function|class|const) (\w+)", re.MULTILINE)


class NotInlined(Exception):
    """A module that is written in a way that is not understood here."""


def joined(entry: Path) -> str:
    """Return one script that does what the module `entry` does, its imports inside.

    Raises:
        NotInlined: a module imports or exports in another way than said above.
    """
    done: dict[Path, str] = {}
    _add(entry.resolve(), done, ())
    return "\n".join(["'use strict';", *done.values()])


def _add(path: Path, done: dict[Path, str], above: tuple[Path, ...]) -> None:
    if path in above:
        raise NotInlined(f"{path.name} imports itself over {above[-1].name}.")
    if path in done:
        return
    text = path.read_text("utf-8")
    for _, name in _IMPORT.findall(text):
        _add((path.parent / name).resolve(), done, (*above, path))
    text = _IMPORT.sub(lambda found: _taken(found, path), text)
    text = _JSON_IMPORT.sub(lambda found: _read(found, path), text)
    exports = _EXPORT.findall(text)
    text = re.sub(r"^export (?=async function|function|class|const)", "", text, flags=re.MULTILINE)
    if re.search(r"^\s*(import|export)\b", text, re.MULTILINE):
        raise NotInlined(f"{path.name} imports or exports in a way that is not understood.")
    given = ", ".join(exports)
    done[path] = f"const {_scope(path)} = (() => {{\n{text}return {{ {given} }};\n}})();\n"


def _scope(path: Path) -> str:
    return "module_" + re.sub(r"\W", "_", path.stem)


def _taken(found: re.Match[str], path: Path) -> str:
    names = " ".join(found[1].split()).rstrip(",")
    return f"const {{ {names} }} = {_scope((path.parent / found[2]).resolve())};\n"


def _read(found: re.Match[str], path: Path) -> str:
    value = json.loads((path.parent / found[2]).read_text("utf-8"))
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    # No text of it may end the script element.
    return f"const {found[1]} = {text.replace('<', chr(92) + 'u003c')};\n"


def page(template: str, script: str, style: str) -> str:
    """Fill a page's template: its one script, its one style, and a policy that allows no other."""
    if "</script" in script or "</style" in style:
        raise NotInlined("A script or style would end its element.")
    policy = "; ".join(
        [
            "default-src 'none'",
            f"script-src 'sha256-{_digest(script)}'",
            f"style-src 'sha256-{_digest(style)}'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )
    return (
        template.replace("{{policy}}", policy)
        .replace("{{style}}", style)
        .replace("{{script}}", script)
    )


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
