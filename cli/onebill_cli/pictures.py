"""The QR code in a picture, as a gate's camera takes it."""

import warnings
from io import BytesIO
from pathlib import Path
from typing import Final

import zxingcpp
from PIL import Image

from onebill_cli.errors import CommandFailed, Exit
from onebill_cli.files import read_bytes

# A telephone's picture has 12 to 50 million pixels, and less than 20 MB as a file.
BYTES_MAX: Final = 20_000_000
PIXELS_MAX: Final = 50_000_000
_BEGINNINGS: Final = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
_SUFFIXES: Final = frozenset({".png", ".jpg", ".jpeg"})


def is_picture(file: Path) -> bool:
    """Say whether a file is a PNG or JPEG, by its name or its first bytes."""
    if file.suffix.lower() in _SUFFIXES:
        return True
    try:
        with file.open("rb") as opened:
            return opened.read(8).startswith(_BEGINNINGS)
    except OSError:
        return False


def read_qr_code(file: Path) -> str:
    """Read what the one QR code in a picture says.

    Raises:
        CommandFailed: FILE_UNREADABLE, PICTURE_TOO_LARGE, PICTURE_UNREADABLE,
            PICTURE_WITHOUT_CODE, PICTURE_WITH_CODES.
    """
    codes = zxingcpp.read_barcodes(
        _grey(file),
        formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode),
        text_mode=zxingcpp.TextMode.Plain,
    )
    if not codes:
        raise CommandFailed(
            Exit.USAGE,
            "PICTURE_WITHOUT_CODE",
            f"No QR code can be read in {file}.",
            "Take it again: nearer, straight, the whole code in it and in focus.",
        )
    if len(codes) > 1:
        raise CommandFailed(
            Exit.USAGE,
            "PICTURE_WITH_CODES",
            f"There are {len(codes)} QR codes in {file}; which one is meant cannot be told.",
            "Take a picture of one alone.",
        )
    return codes[0].text


def _grey(file: Path) -> Image.Image:
    content = read_bytes(file, BYTES_MAX + 1)
    if len(content) > BYTES_MAX:
        raise _too_large(file, f"{BYTES_MAX // 1_000_000} MB")
    try:
        # The library warns of what unpacks to far more than it should; the size is asked here.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(BytesIO(content), formats=("PNG", "JPEG")) as picture:
                if picture.width * picture.height > PIXELS_MAX:
                    raise _too_large(file, f"{PIXELS_MAX // 1_000_000} million pixels")
                return picture.convert("L")
    except Image.DecompressionBombError as fault:
        raise _too_large(file, f"{PIXELS_MAX // 1_000_000} million pixels") from fault
    except (OSError, ValueError, SyntaxError) as fault:
        raise CommandFailed(
            Exit.USAGE, "PICTURE_UNREADABLE", f"{file} is no whole PNG or JPEG picture."
        ) from fault


def _too_large(file: Path, limit: str) -> CommandFailed:
    return CommandFailed(
        Exit.USAGE,
        "PICTURE_TOO_LARGE",
        f"{file} is larger than {limit}.",
        "Take it with a lower resolution.",
    )
