"""The page in a real Chromium, opened from its file and used as a person uses it."""

import json
import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PAGE = HERE.parent / "onebill-verify.html"
SAMPLE = HERE.parents[1] / "vectors" / "sample"
NOW = "2026-06-01T07:00:00Z"
DONE = "document.querySelector('.verdict') !== null"


def text(browser, selector: str) -> str:
    return browser.value(f"document.querySelector({json.dumps(selector)}).innerText")


@pytest.fixture
def page(browser):
    browser.open(PAGE, now=NOW)
    return browser


def choose_sample(page, bundle: Path = SAMPLE / "bundle.json") -> None:
    page.choose("#file-bundle", bundle)
    page.choose("#file-roots", SAMPLE / "roots.json")
    page.until(DONE)


@pytest.mark.parametrize(
    ("language", "verdict", "limits"),
    [
        ("en", "Proven", "That the goods are as the document describes them."),
        ("zh", "已证明", "货物是否与单据所载相符。"),
    ],
)
def test_the_sample_is_proven_in_both_languages(browser, language, verdict, limits) -> None:
    browser.open(PAGE, now=NOW)
    browser.value(f"document.getElementById('language-{language}').click()")
    choose_sample(browser)
    told = text(browser, "#answer")

    assert verdict in text(browser, ".verdict.proven h2")
    assert limits in told
    assert "PZH4BCGMU3HLLBLT3YR62PFOEZA" in text(browser, ".verdict .headline")
    for organisation in ("OperatorMSP", "PortMSP", "PartnerPortMSP"):
        assert organisation in told
    assert browser.value("document.documentElement.lang") == language
    assert browser.complaints == []


def test_a_changed_document_is_refused_with_reason_and_sentence(page, tmp_path) -> None:
    changed = tmp_path / "bundle.json"
    changed.write_bytes((SAMPLE / "bundle.json").read_bytes().replace(b"18400000", b"18400001"))
    choose_sample(page, changed)

    assert "Not proven" in text(page, ".verdict.refused h2")
    assert "DOCUMENT_CHANGED" in text(page, ".verdict")
    assert "The document is not the one that was issued." in text(page, ".verdict")
    # Nothing of what is not proven is shown.
    assert "液压泵" not in text(page, "#page")
    assert page.value("document.querySelector('svg.picture')") is None


def test_without_pinned_roots_nothing_is_said_of_the_bill(page) -> None:
    page.choose("#file-bundle", SAMPLE / "bundle.json")
    page.until("document.querySelector('#file-bundle-is').innerText === 'bundle.json'")

    assert "without them nothing can be believed" in text(page, "#answer")
    assert "OBO3YLRLRUXPQ2CGFT" not in text(page, "#page")


def test_a_nonce_of_ones_own_is_asked_for(page) -> None:
    choose_sample(page)
    page.value(
        "(() => { const field = document.getElementById('setting-nonce');"
        " field.value = 'another'; field.dispatchEvent(new Event('change')); })()"
    )
    page.until("document.querySelector('.verdict.refused') !== null")

    assert "NONCE_NOT_YOURS" in text(page, ".verdict")


def test_files_may_be_dropped_and_say_themselves_what_they_are(page) -> None:
    files = {name: (SAMPLE / name).read_text("utf-8") for name in ("roots.json", "bundle.json")}
    page.value(
        "((files) => { const dropped = new DataTransfer();"
        " for (const [name, text] of Object.entries(files))"
        " dropped.items.add(new File([text], name));"
        " document.body.dispatchEvent(new DragEvent('drop',"
        " { bubbles: true, cancelable: true, dataTransfer: dropped })); })"
        f"({json.dumps(files)})"
    )
    page.until(DONE)

    assert "Proven" in text(page, ".verdict.proven h2")


def test_the_page_asks_no_network_and_could_not(page) -> None:
    choose_sample(page)
    refused = page.value("fetch('http://127.0.0.1:9/').then(() => 'asked', () => 'refused')")

    assert refused == "refused"
    assert any("Content Security Policy" in complaint for complaint in page.complaints)
    assert all(url.startswith("file:") for url in page.requests if "127.0.0.1:9" not in url)
    source = PAGE.read_text("utf-8")
    # Names of the SVG namespace apart, no address stands in it.
    assert set(re.findall(r"https?://[\w./]+", source)) == {"http://www.w3.org/2000/svg"}


def test_keys_alone_lead_through_the_page(page) -> None:
    seen = []
    for _ in range(6):
        page.press("Tab")
        seen.append(page.focused())
    assert seen[:4] == ["language-en", "language-zh", "file-bundle", "file-roots"]
    choose_sample(page)
    # Whoever cannot see the page hears the verdict first.
    assert page.focused() == "verdict"


def test_everything_that_can_be_used_has_a_name(page) -> None:
    choose_sample(page)
    page.value("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    nodes = page.call("Accessibility.getFullAXTree")["nodes"]
    roles = {"button", "textbox", "combobox", "spinbutton", "image", "table"}
    for node in nodes:
        role = node.get("role", {}).get("value")
        if role in roles - {"table"} and not node.get("ignored"):
            assert node.get("name", {}).get("value"), node
    assert sum(node.get("role", {}).get("value") == "image" for node in nodes) == 1


def test_the_page_prints_on_paper(page, tmp_path) -> None:
    choose_sample(page)
    printed = tmp_path / "answer.pdf"
    page.printed(printed)

    assert printed.read_bytes().startswith(b"%PDF")


def test_every_sentence_has_both_languages_and_is_used(in_node) -> None:
    tables = in_node.ask("words")
    for name in ("SENTENCES", "ACTS", "STATES", "ROLES", "CUSTODIES", "KEYS", "STATUSES"):
        for key, pair in tables[name].items():
            assert len(pair) == 2, key
            assert all(pair), key
            given = [set(re.findall(r"\{(\w+)\}", one)) for one in pair]
            assert given[0] == given[1], key
    assert tables["reasons"].keys() == tables["REASONS_ZH"].keys()
    law = json.loads((HERE.parents[1] / "spec" / "law.json").read_text("utf-8"))
    assert tables["ACTS"].keys() == law["acts"].keys()
    assert tables["STATES"].keys() == set(law["states"])
    assert tables["ROLES"].keys() == law["vouching"].keys()
    source = "".join(path.read_text("utf-8") for path in (HERE.parent / "src").glob("*.js"))
    for key in tables["SENTENCES"]:
        assert source.count(f"'{key}'") >= 1, f"{key} is said nowhere"
