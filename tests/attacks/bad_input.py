"""Every way to fill in one field of an act wrongly, made from acts that are well formed."""

import json
from collections.abc import Mapping

from tests.attacks.spelling import b64, parts

# Statements of others inside an act are any text to its form; what they say is the law's to judge.
STATEMENTS = ("approval", "receipt", "receipts")
TOO_LONG = 32_769
_ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")  # noqa: RUF001 - that is the point


def wrong(payload):
    """Yield where, what is wrong there, and the payload with that one thing wrong."""
    for path, value in _fields(payload):
        where = ".".join(map(str, path))
        if path and isinstance(path[-1], str):
            yield where, "missing", _without(payload, path)
        for what, other in _others(path, value):
            yield where, what, _with(payload, path, other)
        if isinstance(value, Mapping):
            yield where, "a member more", _with(payload, path, {**value, "more": "x"})


def token_of(token, payload):
    """The token with another payload, in whatever JSON, under the signature that it had."""
    header, _, r, s = parts(token)
    text = json.dumps(payload, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return f"{b64(header)}.{b64(text.encode('utf-8', 'surrogatepass'))}.{b64(signature)}"


def payload_of(token):
    return json.loads(parts(token)[1])


def _fields(value, path=()):
    if path:
        yield path, value
    members = value.items() if isinstance(value, Mapping) else ()
    members = enumerate(value) if isinstance(value, list) else members
    for name, inner in members:
        yield from _fields(inner, (*path, name))


def _others(path, value):
    yield "null", None
    match value:
        case bool():
            yield from (("a text", "true"), ("a number", 1), ("an object", {}))
        case int():
            yield from (
                ("nothing", 0),
                ("negative", -1),
                ("a fraction", 1.5),
                ("beyond every reader", 2**53),
                ("a text", str(value)),
                ("a truth", True),
                ("digits of another language", str(value).translate(_ARABIC)),
            )
        case str():
            yield from (("a number", 7), ("a truth", True), ("an array", [value]), ("empty", ""))
            yield "too long", "x" * TOO_LONG if _is_statement(path) else value + "A" * 64
            if not _is_statement(path):
                yield from _other_texts(value)
        case list():
            yield from (("empty", []), ("an object", {}), ("a text", "x"))
            yield "everything twice", value + value
            yield "a null inside", [*value, None]
        case Mapping():
            yield from (("an array", []), ("a text", "x"), ("a number", 1))


def _other_texts(value):
    yield "a space before", " " + value
    yield "a line feed after", value + "\n"
    yield "a null character", value[:3] + "\x00" + value[3:]
    yield "a mark that turns the line", "\u202e" + value
    yield "in other letters", value.swapcase()
    yield "an unknown word", value[::-1] + "-"
    for what, table in (("arabic digits", _ARABIC), ("wide digits", _WIDE)):
        if value.translate(table) != value:
            yield what, value.translate(table)


def _is_statement(path):
    return any(name in STATEMENTS for name in path)


def _with(value, path, other):
    if not path:
        return other
    copy = list(value) if isinstance(value, list) else dict(value)
    copy[path[0]] = _with(value[path[0]], path[1:], other)
    return copy


def _without(value, path):
    if len(path) == 1:
        return {name: member for name, member in value.items() if name != path[0]}
    copy = list(value) if isinstance(value, list) else dict(value)
    copy[path[0]] = _without(value[path[0]], path[1:])
    return copy
