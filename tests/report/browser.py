# SPDX-License-Identifier: Apache-2.0
"""Headless Chromium, driven over the WebDriver protocol by chromedriver; both are packages of Debian."""
import base64
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

START_SECONDS = 300
WAIT_SECONDS = 120
KEYS = {"Enter": "\ue007", "Escape": "\ue00c", "Tab": "\ue004", "Left": "\ue012", "Up": "\ue013", "Right": "\ue014",
        "Down": "\ue015", "Space": " "}
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Browser:
    """`dark`: what the system prefers. Ends the browser when it is left as a context."""

    def __init__(self, dark=False, width=1440, height=1000):
        self.folder = tempfile.mkdtemp(prefix="weir-browser-")
        log = open(os.path.join(self.folder, "driver.log"), "w", encoding="utf-8")
        # A port that the system chooses: chromedriver prints which.
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=log, text=True)
        log.close()
        self.session = ""
        try:
            self.address = f"http://127.0.0.1:{self.read_port()}"
            arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
                         "--force-prefers-reduced-motion", "--force-color-profile=srgb", f"--window-size={width},{height}",
                         f"--user-data-dir={self.folder}/profile"]
            if dark:
                arguments.append("--blink-settings=preferredColorScheme=0")
            capabilities = {"browserName": "chrome", "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
                            "goog:chromeOptions": {"args": arguments, "binary": shutil.which("chromium")}}
            answer = self.call("POST", "/session", {"capabilities": {"alwaysMatch": capabilities}})
            self.session = f"/session/{answer['sessionId']}"
        except BaseException:
            self.__exit__()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            if self.session:
                self.call("DELETE", self.session)
        finally:
            self.driver.terminate()
            self.driver.wait(START_SECONDS)
            self.driver.stdout.close()
            shutil.rmtree(self.folder, ignore_errors=True)

    def read_port(self):
        for line in self.driver.stdout:
            if "started successfully on port" in line:
                return int(line.rstrip(". \n").split()[-1])
        raise RuntimeError("chromedriver ended without a port")

    def call(self, method, path, body=None):
        data = None if method != "POST" else json.dumps(body or {}).encode()
        request = urllib.request.Request(self.address + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=START_SECONDS) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{method} {path}: {json.load(error)['value']['message']}") from None

    def open(self, path):
        """A file of this machine; returns when the page says that it answers."""
        self.call("POST", self.session + "/url", {"url": pathlib.Path(path).as_uri()})
        self.wait("document.documentElement.dataset.readyMs || document.documentElement.dataset.failed")

    def script(self, expression):
        return self.call("POST", self.session + "/execute/sync", {"script": f"return ({expression})", "args": []})

    def wait(self, expression):
        """Until the expression is true; returns its value."""
        end = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < end:
            value = self.script(expression)
            if value:
                return value
            time.sleep(0.02)
        raise AssertionError(f"never came true: {expression}")

    def element(self, css):
        found = self.call("POST", self.session + "/element", {"using": "css selector", "value": css})
        return f"{self.session}/element/{found[ELEMENT]}"

    def click(self, css):
        self.call("POST", self.element(css) + "/click")

    def keys(self, *keys):
        """To what has the focus. Names of KEYS, or text."""
        text = "".join(KEYS.get(key, key) for key in keys)
        actions = [{"type": kind, "value": character} for character in text for kind in ("keyDown", "keyUp")]
        self.call("POST", self.session + "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def pointer(self, css, x, y, act="click"):
        """At x, y from the element's upper left corner."""
        box = self.script(f"(({{left, top}}) => [left, top])(document.querySelector({json.dumps(css)}).getBoundingClientRect())")
        move = {"type": "pointerMove", "x": round(box[0] + x), "y": round(box[1] + y), "duration": 0}
        press = [{"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        actions = [move] + (press if act == "click" else [])
        self.call("POST", self.session + "/actions",
                  {"actions": [{"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": actions}]})

    def text(self, css):
        return self.script(f"document.querySelector({json.dumps(css)})?.textContent ?? ''")

    def texts(self, css):
        return self.script(f"[...document.querySelectorAll({json.dumps(css)})].map((each) => each.textContent)")

    def screenshot(self, css=None):
        path = self.element(css) if css else self.session
        return base64.b64decode(self.call("GET", path + "/screenshot"))

    def messages(self):
        """Of the console, since the last call."""
        return [entry["message"] for entry in self.call("POST", self.session + "/se/log", {"type": "browser"})]

    def requests(self):
        """Addresses that pages from disk have asked for, since the last call; the browser's own pages do not count."""
        entries = self.call("POST", self.session + "/se/log", {"type": "performance"})
        events = [json.loads(entry["message"])["message"] for entry in entries]
        sent = [event["params"] for event in events if event["method"] == "Network.requestWillBeSent"]
        return [each["request"]["url"] for each in sent if each["documentURL"].startswith("file://")]


def missing():
    """What the browser needs and is not installed."""
    return [name for name in ("chromium", "chromedriver") if shutil.which(name) is None]


if __name__ == "__main__":
    print("\n".join(missing()), file=sys.stderr)
