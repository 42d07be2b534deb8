"""A small driver of headless Chromium: the DevTools protocol over two pipes, so that nothing but the browser is needed."""

import base64
import contextlib
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-extensions", "--disable-dev-shm-usage", "--hide-scrollbars",
    "--remote-debugging-pipe", "--force-device-scale-factor=1", "--window-size=1400,900",
)  # fmt: skip
DOMAINS = ("Page", "Runtime", "Network", "Log")
PATIENCE = 60  # seconds


class BrowserError(AssertionError):
    """The browser is missing, silent, or reports an error of the page."""


class Browser:
    """A running Chromium with an empty profile; its pages are made by `open`."""

    def __init__(self):
        program = next(filter(None, map(shutil.which, NAMES)), None)
        if program is None:
            raise BrowserError(
                f"there is no Chromium: install Debian's `chromium` ({', '.join(NAMES)} were looked for)"
            )
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        to_browser, self._out = os.pipe()
        self._in, from_browser = os.pipe()
        # The protocol wants the descriptors 3 and 4, which only the shell can give without touching those of this process.
        command = ["bash", "-c", f'exec "$0" "$@" 3<&{to_browser} 4>&{from_browser}', program]
        command += [*FLAGS, f"--user-data-dir={self._folder.name}", "about:blank"]
        self._process = subprocess.Popen(
            command, pass_fds=(to_browser, from_browser), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.close(to_browser)
        os.close(from_browser)
        self._read, self._number, self.events = b"", 0, []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(BrowserError, OSError):
            self.call("Browser.close")
        os.close(self._out)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._in)
        self._folder.cleanup()

    def call(self, method, session=None, **params):
        """The result of one command of the protocol."""
        self._number += 1
        message = {
            "id": self._number,
            "method": method,
            "params": params,
            **({"sessionId": session} if session else {}),
        }
        os.write(self._out, json.dumps(message).encode() + b"\0")
        wanted = self._number
        while True:
            answer = self._message(method)
            if answer.get("id") == wanted:
                if "error" in answer:
                    raise BrowserError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            if "method" in answer:
                self.events.append(answer)

    def _message(self, waiting_for):
        deadline = time.monotonic() + PATIENCE
        while b"\0" not in self._read:
            if not select.select([self._in], [], [], max(0, deadline - time.monotonic()))[0]:
                raise BrowserError(f"Chromium says nothing for {PATIENCE} s, to {waiting_for}")
            piece = os.read(self._in, 1 << 20)
            if not piece:
                raise BrowserError(f"Chromium ended during {waiting_for}")
            self._read += piece
        message, _, self._read = self._read.partition(b"\0")
        return json.loads(message)

    def open(self, path, **media):
        """A Page of a file. `media`: emulated features, such as prefers_color_scheme="dark"."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session, target)
        for domain in DOMAINS:
            page.call(f"{domain}.enable")
        page.media(**media)
        page.url = "file://" + os.path.abspath(path)
        page.call("Page.navigate", url=page.url)
        return page


class Page:
    """One page, driven as a person would: by keys, clicks and looking."""

    def __init__(self, browser, session, target):
        self._browser, self._session, self._target = browser, session, target

    def call(self, method, **params):
        return self._browser.call(method, self._session, **params)

    def close(self):
        self._browser.call("Target.closeTarget", targetId=self._target)

    def media(self, kind="", **features):
        """Emulates a medium ("print") and features of it."""
        told = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.call("Emulation.setEmulatedMedia", media=kind, features=told)

    def run(self, code):
        """The value of an expression of JavaScript, promises awaited."""
        answer = self.call("Runtime.evaluate", expression=code, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            told = answer["exceptionDetails"]
            raise BrowserError(told.get("exception", {}).get("description") or told["text"])
        return answer["result"].get("value")

    def wait(self, code):
        """The value of an expression as soon as it is true."""
        deadline = time.monotonic() + PATIENCE
        while True:
            value = self.run(code)
            if value:
                return value
            if time.monotonic() > deadline:
                raise BrowserError(f"{code} stayed {value!r}; {self.complaints()}")
            time.sleep(0.02)

    def frame(self):
        """The page in the first frame of this page, which the browser keeps apart as a page of its own."""
        self.call("Target.setAutoAttach", autoAttach=True, waitForDebuggerOnStart=False, flatten=True)
        attached = self._events("Target.attachedToTarget")
        if not attached:
            raise BrowserError("the page has no sandboxed frame")
        inside = Page(self._browser, attached[0]["sessionId"], attached[0]["targetInfo"]["targetId"])
        for domain in DOMAINS:
            inside.call(f"{domain}.enable")
        inside.url = "about:srcdoc"
        return inside

    def ready(self):
        """Waits until the page has drawn its graph."""
        self.wait("document.documentElement && document.documentElement.dataset.ready === 'true'")
        return self

    def key(self, key, text=None):
        """Presses a key: "a", "/", "ArrowDown", "Enter"."""
        codes = {"Enter": 13, "Escape": 27, "Backspace": 8, "Tab": 9}
        codes |= {"ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40}
        event = {"key": key, "windowsVirtualKeyCode": codes.get(key, ord(key.upper()) if len(key) == 1 else 0)}
        text = key if len(key) == 1 else {"Enter": "\r"}.get(key)
        self.call("Input.dispatchKeyEvent", type="keyDown", **event, **({"text": text} if text else {}))
        self.call("Input.dispatchKeyEvent", type="keyUp", **event)

    def type(self, text):
        self.call("Input.insertText", text=text)

    def click(self, selector, count=1, shift=False):
        """Clicks the middle of what a selector finds first."""
        where = self.run(
            f"(() => {{ const r = document.querySelector({json.dumps(selector)}).getBoundingClientRect();"
            " return [r.x + r.width / 2, r.y + r.height / 2]; })()"
        )
        for k in range(1, count + 1):
            for kind in ("mousePressed", "mouseReleased"):
                self.call(
                    "Input.dispatchMouseEvent", type=kind, x=where[0], y=where[1], button="left", clickCount=k,
                    buttons=int(kind == "mousePressed"), modifiers=8 * shift,
                )  # fmt: skip

    def screenshot(self, path):
        """Writes what is seen as a PNG file."""
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    def pdf(self):
        """The page as it would be printed."""
        return base64.b64decode(self.call("Page.printToPDF", printBackground=True)["data"])

    def _events(self, method):
        self.run("0")  # what has happened so far is told before the answer
        return [
            e["params"] for e in self._browser.events if e["method"] == method and e.get("sessionId") == self._session
        ]

    def requests(self):
        """The addresses that the page has asked for, itself and data left out."""
        asked = [event["request"]["url"] for event in self._events("Network.requestWillBeSent")]
        return [url for url in asked if url != self.url and not url.startswith(("data:", "blob:"))]

    def complaints(self):
        """Errors of the page's scripts, and what the browser reports of it."""
        thrown = [event["exceptionDetails"] for event in self._events("Runtime.exceptionThrown")]
        logged = [
            event["entry"]["text"] for event in self._events("Log.entryAdded") if event["entry"]["level"] == "error"
        ]
        return [told.get("exception", {}).get("description", told["text"]) for told in thrown] + logged
