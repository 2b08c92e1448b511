"""A real Chromium without a window, driven over its own debugging pipe."""

import contextlib
import json
import os
import subprocess
import tempfile
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_PATIENCE_SECONDS = 60


class Chromium:
    """One browser with one page."""

    def __init__(self, read: int, write: int) -> None:
        self._read = os.fdopen(read, "rb", buffering=0)
        self._write = os.fdopen(write, "wb", buffering=0)
        self._waiting = b""
        self._last = 0
        self._session: str | None = None
        # What the page asked of the network, said on its console, or failed to do.
        self.requests: list[str] = []
        self.complaints: list[str] = []

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method of the DevTools protocol and return its result."""
        self._last += 1
        number = self._last
        message = {"id": number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        self._write.write(json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == number:
                assert "error" not in answer, answer["error"]
                result: dict[str, Any] = answer["result"]
                return result

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._waiting:
            piece = self._read.read(1 << 20)
            assert piece, "Chromium ended"
            self._waiting += piece
        line, _, self._waiting = self._waiting.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        self._note(message)
        return message

    def _note(self, message: dict[str, Any]) -> None:
        parameters = message.get("params", {})
        match message.get("method"):
            case "Network.requestWillBeSent":
                self.requests.append(parameters["request"]["url"])
            case "Runtime.exceptionThrown":
                self.complaints.append(json.dumps(parameters["exceptionDetails"]))
            case "Log.entryAdded":
                self.complaints.append(parameters["entry"]["text"])

    def open(
        self, page: Path, *, language: str = "en", width: int = 1100, now: str | None = None
    ) -> None:
        """Open a page from its file, as a person does who was sent one; `now` sets its clock."""
        self._session = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)[
            "sessionId"
        ]
        for domain in ("Page", "Runtime", "Network", "Log", "DOM", "Accessibility"):
            self.call(f"{domain}.enable")
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=1000,
            deviceScaleFactor=1,
            mobile=False,
        )
        self.call("Emulation.setLocaleOverride", locale=language)
        if now is not None:
            clock = f"Date.now = () => Date.parse({json.dumps(now)})"
            self.call("Page.addScriptToEvaluateOnNewDocument", source=clock)
        self.requests.clear()
        self.complaints.clear()
        self.call("Page.navigate", url=page.as_uri())
        self.until("document.readyState === 'complete' && location.href !== 'about:blank'")

    def value(self, expression: str) -> Any:
        """Return what an expression of JavaScript is, awaited, as JSON says it."""
        result = self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def until(self, expression: str) -> None:
        """Wait until an expression is true."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not self.value(expression):
            assert time.monotonic() < deadline, f"never true: {expression}"

    def choose(self, selector: str, *files: Path) -> None:
        """Choose files in a file field, as a person does."""
        field = self.call(
            "Runtime.evaluate", expression=f"document.querySelector({json.dumps(selector)})"
        )["result"]["objectId"]
        self.call("DOM.setFileInputFiles", objectId=field, files=[str(file) for file in files])

    def press(self, key: str, *, text: str = "") -> None:
        """Press a key."""
        codes = {"Tab": 9, "Enter": 13, " ": 32}
        common = {"key": key, "windowsVirtualKeyCode": codes[key], "code": key}
        self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **common)
        self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    def picture(self, to: Path, *, height_max: int = 16_000) -> None:
        """Write a picture of the page from its top."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        height = min(size["height"], height_max)
        clip = {"x": 0, "y": 0, "width": size["width"], "height": height, "scale": 1}
        data = self.call(
            "Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True
        )["data"]
        to.write_bytes(b64decode(data))

    def focused(self) -> str:
        """Return the id of the element that has the focus."""
        found: str = self.value("document.activeElement.id")
        return found

    def printed(self, to: Path) -> None:
        """Write what the printer would be given, as PDF."""
        to.write_bytes(b64decode(self.call("Page.printToPDF", printBackground=True)["data"]))

    def ask(self, kind: str, **asked: Any) -> dict[str, Any]:
        """Ask judge.js, which `teach` has put into the page."""
        answer: dict[str, Any] = self.value(f"judge({json.dumps({'kind': kind, **asked})})")
        return answer

    def teach(self, script: str) -> None:
        """Run a script in the page, as tests may and pages may not."""
        result = self.call("Runtime.evaluate", expression=script)
        assert "exceptionDetails" not in result, result["exceptionDetails"]

    def close(self) -> None:
        """End the browser."""
        self._session = None
        with contextlib.suppress(AssertionError, OSError):
            self.call("Browser.close")
        self._read.close()
        self._write.close()


@contextmanager
def running(program: Path, environment: dict[str, str]) -> Iterator[Chromium]:
    """Run a Chromium of its own, with a profile that goes with it."""
    to_it, from_us = os.pipe()
    to_us, from_it = os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        # Chromium reads from 3 and writes to 4; bash puts the pipes there.
        command = f'exec "$@" 3<&{to_it} 4>&{from_it}'
        process = subprocess.Popen(
            [
                *("bash", "-c", command, "bash", program),
                *("--headless", "--remote-debugging-pipe", f"--user-data-dir={profile}"),
                # A test may run as root, where Chromium's own sandbox does not.
                *("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
                *("--disable-background-networking", "--disable-component-update"),
                *("--font-render-hinting=none", "--hide-scrollbars"),
            ],
            env=environment,
            pass_fds=(to_it, from_it),
            stderr=subprocess.DEVNULL,
        )
        os.close(to_it)
        os.close(from_it)
        browser = Chromium(to_us, from_us)
        try:
            yield browser
        finally:
            browser.close()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
