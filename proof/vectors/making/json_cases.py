"""Vectors of canonical JSON."""

from onebill_verify import JsonValue, b64u

_DEEP = 16


def cases() -> list[dict[str, JsonValue]]:
    """Return name and input, then the canonical spelling, or that every reader refuses it."""
    return [*_good(), *_bad()]


def _good() -> list[dict[str, JsonValue]]:
    spelled: list[tuple[str, str, str]] = [
        ("empty object", "{}", "{}"),
        ("empty array", "[]", "[]"),
        ("names in the order of UTF-16 code units", '{"b":1,"a":2,"B":3}', '{"B":3,"a":2,"b":1}'),
        ("white space goes", ' { "a" : [ 1 , 2 ] } ', '{"a":[1,2]}'),
        ("zero and the largest number", "[0,9007199254740991]", "[0,9007199254740991]"),
        ("literals", "[true,false,null]", "[true,false,null]"),
        (
            "a name outside the basic plane sorts before U+FB33",
            '{"\\ufb33":1,"\\ud83d\\ude00":2}',
            '{"\U0001f600":2,"\ufb33":1}',
        ),
        ("an escape that need not be", '"\\u0041\\/"', '"A/"'),
        (
            "control characters, short where there is a short form",
            '"\\u0008\\u0009\\u000a\\u000c\\u000d\\u0000\\u001f"',
            '"\\b\\t\\n\\f\\r\\u0000\\u001f"',
        ),
        ("an upper-case escape", '"\\u001F"', '"\\u001f"'),
        (
            "DEL, U+2028 and U+2029 stand for themselves",
            '"\\u007f\\u2028\\u2029"',
            '"\x7f\u2028\u2029"',
        ),
        ("no normalisation: composed", '"\\u00e9"', '"\u00e9"'),
        ("no normalisation: decomposed", '"e\\u0301"', '"e\u0301"'),
        ("names that differ by case only", '{"Alg":1,"alg":2}', '{"Alg":1,"alg":2}'),
        ("Chinese", '{"提单":"重庆"}', '{"提单":"重庆"}'),
        ("an empty name", '{"":0}', '{"":0}'),
        ("sixteen deep", "[" * _DEEP + "]" * _DEEP, "[" * _DEEP + "]" * _DEEP),
    ]
    return [
        {"name": name, "input": given, "canonical": canonical}
        for name, given, canonical in spelled
    ]


def _bad() -> list[dict[str, JsonValue]]:
    texts: list[tuple[str, str]] = [
        ("nothing", ""),
        ("two values", "{} {}"),
        ("a comma too many", "[1,]"),
        ("duplicate names", '{"a":1,"a":1}'),
        ("duplicate names, one escaped", '{"a":1,"\\u0061":2}'),
        ("duplicate names deep inside", '[{"b":{"a":1,"a":2}}]'),
        ("a fraction", "1.0"),
        ("a fraction that is a number of grams", '{"weight":24.5}'),
        ("an exponent", "1e3"),
        ("a negative number", "-1"),
        ("minus zero", "-0"),
        ("a leading zero", "01"),
        ("a plus sign", "+1"),
        ("2^53", "9007199254740992"),
        ("a number of 400 digits", "9" * 400),
        ("a number of 5000 digits", "9" * 5000),
        ("NaN", "NaN"),
        ("Infinity", "Infinity"),
        ("a lone high surrogate", '"\\ud800"'),
        ("a lone low surrogate", '"\\udc00"'),
        ("surrogates the wrong way round", '"\\udc00\\ud800"'),
        ("a lone surrogate in a name", '{"\\ud800":1}'),
        ("seventeen deep", "[" * (_DEEP + 1) + "]" * (_DEEP + 1)),
        ("seventeen deep, objects", '{"a":' * (_DEEP + 1) + "1" + "}" * (_DEEP + 1)),
        ("five thousand deep", "[" * 5000),
        ("a raw line feed in a text", '"\n"'),
        ("single quotes", "{'a':1}"),
        ("a comment", "{}/**/"),
        ("an unknown escape", '"\\x41"'),
        ("a byte order mark", "\ufeff{}"),
        ("True", "True"),
    ]
    raw: list[tuple[str, bytes]] = [
        ("bytes that are no UTF-8", b'"\xff"'),
        ("an overlong UTF-8 slash", b'"\xc0\xaf"'),
        ("a surrogate in UTF-8", b'"\xed\xa0\x80"'),
        ("UTF-16", '{"a":1}'.encode("utf-16")),
        ("a NUL after the value", b"{}\x00"),
    ]
    cases: list[dict[str, JsonValue]] = [
        {"name": name, "input": given, "refused": True} for name, given in texts
    ]
    cases += [{"name": name, "inputBytes": b64u(given), "refused": True} for name, given in raw]
    return cases
