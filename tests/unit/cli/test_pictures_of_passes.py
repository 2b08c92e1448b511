"""Invariant 66 at a gate that has a camera: the pass is read from its picture."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
import segno
from onebill_cli import pictures
from onebill_cli.commands.gate import app, write_pass
from onebill_cli.errors import CommandFailed
from onebill_cli.gate_book import Book, Release
from onebill_cli.pictures import read_qr_code
from onebill_cli.signing import now
from onebill_verify import PrivateKey, new_salt
from onebill_verify.pick_up import PassStatement, PickUpPass
from PIL import Image, ImageFilter
from typer.testing import CliRunner

BILL = "OBAAAAAAAAAAAAAAAA"
TERMINAL, HAULIER = ("P" + sign * 26 for sign in "AB")
KEY = PrivateKey.from_secret(11)
PLATE = "XB1234C"
BOX = "OBLU1234560"


@pytest.fixture
def carried() -> PickUpPass:
    at = now()
    statement = PassStatement(
        channel="onebill",
        transport_document_reference=BILL,
        terminal=TERMINAL,
        haulier=HAULIER,
        containers=(BOX,),
        not_before=at - timedelta(hours=1),
        valid_until=at + timedelta(days=2),
        plate=PLATE,
    )
    return PickUpPass(statement, new_salt(bytes(32)))


@pytest.fixture
def picture(carried: PickUpPass, tmp_path: Path) -> Path:
    """The picture beside the pass, as our command writes it."""
    write_pass(carried, tmp_path / "pass.txt")
    return tmp_path / "pass.png"


def refused(attempt: Callable[[], object]) -> str:
    with pytest.raises(CommandFailed) as failed:
        attempt()
    assert failed.value.message.endswith(".")
    assert "\n" not in failed.value.message
    return failed.value.reason


def test_invariant_66_the_gate_judges_the_pass_by_its_own_picture(
    carried: PickUpPass, picture: Path, tmp_path: Path
) -> None:
    book = tmp_path / "gate.json"
    live = Release(BILL, "SURRENDERED_FOR_DELIVERY", carried.hash, HAULIER, (), 9)
    Book(TERMINAL, now(), now(), {BILL: live}, {HAULIER: KEY.public}).write(book)
    check = ["check", str(picture), "--plate", PLATE, "--container", BOX, "--book", str(book)]

    first = CliRunner().invoke(app, check)
    again = CliRunner().invoke(app, check)

    assert (first.exit_code, "Open." in first.output) == (0, True), first.output
    assert isinstance(again.exception, CommandFailed)
    assert again.exception.reason == "PASS_USED"


def test_a_cameras_picture_is_read_though_it_is_turned_and_not_quite_sharp(
    carried: PickUpPass, picture: Path, tmp_path: Path
) -> None:
    taken = tmp_path / "DCIM0001.JPG"
    with Image.open(picture) as code:
        grey = code.convert("L").resize((code.width * 2, code.height * 2))
    table = Image.new("L", (grey.width * 2, grey.height * 2), 200)
    table.paste(grey, (grey.width // 2, grey.height // 2))
    table.rotate(7, fillcolor=200).filter(ImageFilter.GaussianBlur(1)).save(taken, quality=70)

    assert read_qr_code(taken) == carried.text


def test_a_picture_without_a_code_is_told_so(tmp_path: Path) -> None:
    Image.new("L", (400, 300), 128).save(tmp_path / "wall.png")

    assert refused(lambda: read_qr_code(tmp_path / "wall.png")) == "PICTURE_WITHOUT_CODE"


def test_of_two_codes_neither_is_chosen(picture: Path, tmp_path: Path) -> None:
    segno.make("another").save(str(tmp_path / "other.png"), scale=8)
    with Image.open(picture) as one, Image.open(tmp_path / "other.png") as other:
        both = Image.new("L", (one.width + other.width + 80, max(one.height, other.height)), 255)
        both.paste(one.convert("L"), (0, 0))
        both.paste(other.convert("L"), (one.width + 80, 0))
    both.save(tmp_path / "both.png")

    assert refused(lambda: read_qr_code(tmp_path / "both.png")) == "PICTURE_WITH_CODES"


def test_a_huge_picture_is_not_unpacked(tmp_path: Path) -> None:
    # Some kilobytes that would become 60 million pixels.
    Image.new("1", (10_000, 6_000), 1).save(tmp_path / "huge.png")

    assert (tmp_path / "huge.png").stat().st_size < 100_000
    assert refused(lambda: read_qr_code(tmp_path / "huge.png")) == "PICTURE_TOO_LARGE"


def test_a_huge_file_is_not_read_to_its_end(
    picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "BYTES_MAX", 100)

    assert refused(lambda: read_qr_code(picture)) == "PICTURE_TOO_LARGE"


@pytest.mark.parametrize("cut", [0, 1, 20, 60, 300])
def test_what_is_no_whole_picture_is_told_so(picture: Path, cut: int) -> None:
    picture.write_bytes(picture.read_bytes()[:cut])

    assert refused(lambda: read_qr_code(picture)) == "PICTURE_UNREADABLE"


def test_changed_pictures_are_read_as_the_pass_or_refused(
    carried: PickUpPass, picture: Path
) -> None:
    whole, chance = picture.read_bytes(), Random(66)
    for _ in range(100):
        changed = bytearray(whole)
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
        picture.write_bytes(bytes(changed))
        try:
            said = read_qr_code(picture)
        except CommandFailed as failed:
            said = failed.reason
        assert said == carried.text or said.startswith("PICTURE_")


def test_a_file_that_is_not_there_is_told_so(tmp_path: Path) -> None:
    assert refused(lambda: read_qr_code(tmp_path / "nothing.png")) == "FILE_UNREADABLE"
