"""Signing in a real Chromium: a key that cannot be taken out, and acts that others accept."""

import json
from pathlib import Path

import pytest
from onebill_verify import PublicKey, SignedAct, salted_hash

HERE = Path(__file__).parent
PAGE = HERE.parent / "onebill-verify.html"
SAMPLE = HERE.parents[1] / "vectors" / "sample"
NOW = "2026-06-01T07:00:00Z"
SIGNED = "document.getElementById('signed') !== null"
DRAFT = {
    "channel": "onebill",
    "transportDocumentReference": "OBO3YLRLRUXPQ2CGFT",
    "sequence": 6,
    "previousActHash": "ab" * 32,
    "actionCode": "TRANSFER",
    "actor": "PZH4BCGMU3HLLBLT3YR62PFOEZA",
    "recipient": "PGK7F5EIY7H7QIU2PWOLCHEGWOM",
    "actionDateTime": "2026-06-01T07:00:00Z",
    "expiryDateTime": "2026-06-02T07:00:00Z",
    "terms": {},
}


def type_in(page, name: str, value: str) -> None:
    page.value(
        f"((value) => {{ const field = document.getElementById('tool-{name}');"
        " field.value = value; field.dispatchEvent(new Event('input')); })"
        f"({json.dumps(value)})"
    )


def click(page, name: str) -> None:
    page.until(f"document.getElementById('{name}')?.disabled === false")
    page.value(f"document.getElementById('{name}').click()")


@pytest.fixture
def page(browser):
    browser.open(PAGE, now=NOW)
    browser.value("document.getElementById('tool').open = true")
    return browser


@pytest.fixture
def public_key(page):
    type_in(page, "name", "test")
    click(page, "make-key")
    page.until("document.getElementById('public-key') !== null")
    return json.loads(page.value("document.getElementById('public-key').innerText"))


def sign(page, draft, details="{}"):
    type_in(page, "act", json.dumps(draft))
    type_in(page, "details", details)
    click(page, "prepare")
    page.until("document.getElementById('bytes') !== null")
    shown = page.value("document.getElementById('bytes').innerText")
    preview = page.value("document.getElementById('preview').innerText")
    click(page, "sign")
    page.until(SIGNED)
    return shown, preview, json.loads(page.value("document.getElementById('signed').innerText"))


def test_an_act_signed_on_the_page_is_one_for_the_first_verifier(page, public_key) -> None:
    kid = public_key.pop("kid")
    key = PublicKey.from_jwk(public_key)
    assert key.kid == kid
    page.call("Runtime.enable")
    # Half of all signatures come out with high S; none may leave so.
    for attempt in range(8):
        details = {"note": f"attempt {attempt}", "注": "批注"}
        shown, preview, signed = sign(page, DRAFT, json.dumps(details))
        act = SignedAct.parse(signed["act"])
        act.verify(key)

        assert act.kid == kid
        assert act.act.details_hash == salted_hash(signed["details"]["salt"], details)
        assert json.loads(shown) == {**DRAFT, "detailsHash": act.act.details_hash}
        assert "OBO3YLRLRUXPQ2CGFT" in preview
        assert DRAFT["recipient"] in preview
        page.value("document.getElementById('signed').remove()")


def test_the_key_stays_in_the_browser_and_cannot_be_taken_out(page, public_key) -> None:
    told = page.value(
        "new Promise((resolve, reject) => { const open = indexedDB.open('onebill');"
        " open.onerror = () => reject(open.error);"
        " open.onsuccess = () => { const all = open.result.transaction('keys')"
        ".objectStore('keys').getAll(); all.onsuccess = async () => resolve("
        "{ count: all.result.length, extractable: all.result.map((k) => k.privateKey.extractable),"
        " out: await crypto.subtle.exportKey('pkcs8', all.result[0].privateKey)"
        ".then(() => 'taken', (error) => error.name) }); }; })"
    )
    assert told["count"] >= 1
    assert not any(told["extractable"])
    assert told["out"] == "InvalidAccessError"
    # Opened again, the page still has it.
    page.open(PAGE, now=NOW)
    page.until("document.getElementById('public-key') !== null")
    kids = page.value("[...document.querySelectorAll('#tool-kid option')].map((o) => o.value)")
    assert public_key["kid"] in kids


@pytest.mark.usefixtures("public_key")
@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"recipient": ""}, "recipient"),
        ({"sequence": 1}, "ISSUE is sequence 1"),
        ({"expiryDateTime": "2026-09-01T07:00:00Z"}, "expiryDateTime"),
        ({"actionDateTime": "\uff12\uff10\uff12\uff16-06-01T07:00:00Z"}, "actionDateTime"),
        ({"terms": {"more": 1}}, "terms"),
        ({"more": 1}, "more"),
    ],
)
def test_what_is_no_act_is_not_signed_and_the_member_is_named(page, change, named) -> None:
    type_in(page, "act", json.dumps({**DRAFT, **change}))
    click(page, "prepare")
    page.until("document.querySelector('#tool [role=alert]') !== null")

    assert named in page.value("document.querySelector('#tool [role=alert]').innerText")
    assert page.value("document.getElementById('sign').disabled")


def test_the_next_act_of_a_proven_bill_is_offered(page) -> None:
    page.choose("#file-bundle", SAMPLE / "bundle.json")
    page.choose("#file-roots", SAMPLE / "roots.json")
    page.until("document.querySelector('.verdict.proven') !== null")
    draft = json.loads(page.value("document.getElementById('tool-act').value"))
    attested = page.value("document.querySelector('#answer').innerText")

    assert draft["sequence"] == 6
    assert draft["previousActHash"] in attested
