#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The page of `weir report` in headless Chromium, opened from disk: the right numbers, nothing on the console and nothing from
a network; zoom, search, sorting, dependencies, keyboard, light and dark; and that what is drawn does not grow with the run.

With `--time TASKS` it prints how long a report of so many tasks takes until it answers, in place of the tests.
"""
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from browser import Browser, missing  # noqa: E402  (the path above comes first)
from make_recording import make, make_mixed  # noqa: E402

TASKS = 1500
CORES = 4


def report(folder, **options):
    """Makes a recording and its page; returns what the page must show."""
    figures = make(folder, **options)
    write_page(folder)
    return figures


def write_page(folder):
    done = subprocess.run([os.environ["WEIR_BIN"], "report", str(folder)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"weir report: {done.stderr}")


def significant(value):
    if value >= 999.5:
        return f"{round(value):,}"
    return f"{value:.{0 if value >= 99.95 else 1 if value >= 9.995 else 2}f}"


def time_text(us):
    """As the page writes times between a microsecond and a second."""
    return f"{significant(us)} µs" if us < 999.5 else f"{significant(us / 1000)} ms"


def mean_brightness(png):
    """Of the first pixel of each row, 0 to 255, of a PNG of 8 bits a colour without interlacing: tells light from dark."""
    at, data, width, channels = 8, b"", 0, 3
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at:at + 8])
        chunk = png[at + 8:at + 8 + length]
        if kind == b"IHDR":
            width, channels = struct.unpack(">I", chunk[:4])[0], {2: 3, 6: 4}[chunk[9]]
        if kind == b"IDAT":
            data += chunk
        at += length + 12
    rows, above, total, count = zlib.decompress(data), [0, 0, 0], 0, 0
    for row in range(0, len(rows), width * channels + 1):
        # What the filters add to a first pixel: nothing, nothing, the one above, half of it, the one above.
        part = [0, 0, 1, 0.5, 1][rows[row]]
        above = [(value + int(part * up)) % 256 for value, up in zip(rows[row + 1:row + 4], above)]
        total, count = total + sum(above), count + 3
    return total / count


class ReportPage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory(prefix="weir-report-")
        cls.folder = pathlib.Path(cls.temporary.name)
        cls.figures = report(cls.folder / "small", tasks=TASKS, cores=CORES)
        cls.browser = Browser()

    @classmethod
    def tearDownClass(cls):
        cls.browser.__exit__()
        cls.temporary.cleanup()

    def setUp(self):
        self.browser.open(self.folder / "small" / "report.html")

    def tearDown(self):
        self.assertEqual(self.browser.messages(), [])

    def range(self):
        return tuple(float(self.browser.script(f"document.getElementById('lanes').dataset.{end}")) for end in ("from", "to"))

    def search(self, query):
        self.browser.script("document.getElementById('search').focus()")
        self.browser.keys(*query, "Enter")
        self.browser.wait("document.querySelector('.result').textContent.includes(' of ')")

    def table(self, name):
        rows = self.browser.script(f"[...document.querySelectorAll('#{name} tbody tr')].map((row) => "
                                   "[...row.cells].map((cell) => cell.textContent))")
        return {row[0]: row[1:] for row in rows}

    def neighbours(self):
        """By heading: who is listed."""
        return self.browser.script("Object.fromEntries([...document.querySelectorAll('.neighbours > div')].map((list) => "
                                   "[list.querySelector('h4').textContent, "
                                   "[...list.querySelectorAll('li button')].map((button) => button.textContent)]))")

    def test_nothing_comes_from_a_network(self):
        urls = self.browser.requests()
        self.assertIn((self.folder / "small" / "report.html").as_uri(), urls)
        self.assertEqual([url for url in urls if not url.startswith(("file://", "data:", "blob:"))], [])

    def test_numbers(self):
        figures = dict(zip(self.browser.texts(".figure dt"), self.browser.texts(".figure dd")))
        self.assertEqual(figures["makespan"], time_text(self.figures["makespan_us"]))
        self.assertEqual(figures["tasks"], f"{TASKS:,}")
        self.assertEqual(figures["cores"], str(CORES))
        total = sum(kernel["total_us"] for kernel in self.figures["kernels"].values())
        share = 100 * total / (CORES * self.figures["makespan_us"])
        self.assertEqual(figures["of core time in kernels"], f"{share:.1f} %")
        kernels = self.table("kernels")
        for name, kernel in self.figures["kernels"].items():
            self.assertEqual(kernels[name][0], f"{kernel['count']:,}")
            self.assertEqual(kernels[name][1], f"{100 * kernel['total_us'] / total:.1f} %")
            self.assertEqual(kernels[name][2], time_text(kernel["total_us"]))
        peaks = {row[0]: row for row in self.browser.script(
            "[...document.querySelectorAll('#memory tbody tr')].map((row) => [...row.cells].slice(1).map((cell) => "
            "cell.textContent))")}
        self.assertEqual(peaks["task window"][2], f"{self.figures['peaks']['task_window']:,}")
        self.assertEqual(peaks["heap"][2], f"{self.figures['peaks']['heap'] / 2**20:.2f} MiB")
        self.assertRegex(peaks["heap"][5], r"^cholesky\.cpp:\d+$")
        self.assertEqual(self.table("scopes")["▾root:0"][1], "1")
        self.assertGreaterEqual(len(self.browser.texts(".advice")), 1)

    def test_zoom_and_pan(self):
        whole = self.range()
        self.assertEqual(whole[0], 0)
        self.assertAlmostEqual(whole[1], self.figures["makespan_us"], places=2)
        self.browser.script("document.getElementById('lanes').focus()")
        self.browser.keys("w", "w", "w")
        span = "document.getElementById('lanes').dataset.to - document.getElementById('lanes').dataset.from"
        self.browser.wait(f"Math.abs(({span}) * 1.5 ** 3 - {whole[1]}) < 1")
        near = self.range()
        self.assertAlmostEqual(near[0], whole[1] - near[1], places=2)
        self.browser.keys("d")
        self.browser.wait(f"+document.getElementById('lanes').dataset.from > {near[0]} + 1")
        self.browser.click("[aria-label='Show the whole run']")
        self.browser.wait(f"+document.getElementById('lanes').dataset.to === {whole[1]}")
        self.browser.click("[aria-label='Zoom in']")
        self.browser.wait(f"+document.getElementById('lanes').dataset.to < {whole[1]}")

    def test_search(self):
        count = self.figures["kernels"]["potrf"]["count"]
        self.search("potrf")
        self.assertEqual(self.browser.text(".result"), f"1 of {count} matches")
        self.assertEqual(self.browser.text(".task-head h3"), "potrf")
        self.browser.keys("Enter")
        self.browser.wait(f"document.querySelector('.result').textContent === '2 of {count} matches'")
        self.browser.click("[aria-label='Previous match']")
        self.browser.click("[aria-label='Previous match']")
        self.browser.wait(f"document.querySelector('.result').textContent === '{count} of {count} matches'")

    def test_dependencies(self):
        number = next(task for task, producers in self.figures["producers"].items() if len(producers) >= 2 and task > 100)
        self.search(f"1:{number}")
        expected = [f"1:{producer}" for producer in self.figures["producers"][number]]
        names = self.browser.texts(".neighbours > div:first-child li button")
        self.assertEqual([name.split()[1] for name in names], expected)
        self.assertIn("KiB", self.browser.text("#task table:not(.times) tbody"))
        # On to a producer, whose consumers have the task among them.
        self.browser.script("document.querySelector('svg.graph .node[role=button]').focus()")
        self.browser.keys("Enter")
        self.browser.wait(f"document.querySelector('.task-head .mono').textContent === '{expected[0]}'")
        consumers = self.browser.texts(".neighbours > div:nth-child(2) li button")
        self.assertIn(f"1:{number}", [name.split()[1] for name in consumers])

    def test_calls_of_a_mixed_task(self):
        make_mixed(self.folder / "mixed")
        write_page(self.folder / "mixed")
        self.browser.open(self.folder / "mixed" / "report.html")
        self.search("matmul")
        self.assertEqual(self.browser.text(".result"), "1 of 2 matches")
        self.assertEqual(self.browser.text(".task-head .mono"), "1:1 [0] aic")
        self.assertEqual(self.browser.text(".task-side .muted"), "core 0 · thread 0 · block 0 · slot aic · scope mixed.cpp:7")
        self.browser.script("document.getElementById('search').select()")
        self.search("1:1 [1] aiv1")
        self.assertEqual(self.browser.text(".result"), "1 of 1 match")
        self.assertEqual(self.browser.text(".task-head .mono"), "1:1 [1] aiv1")
        self.assertIn("scale 1:1 [1] aiv1, ", self.browser.text("[role=status]"))
        self.assertIn("slot aiv1", self.browser.text(".task-side .muted"))
        # The task as a whole is what others wait for.
        self.assertEqual(self.neighbours(), {"Waits for ": [], "Is waited for by 1": ["scale 1:2"],
                                             "Its memory is kept by 1": ["scale 1:3"]})
        self.browser.script("document.getElementById('search').select()")
        self.search("1:2")
        self.assertEqual(self.browser.text(".task-head .mono"), "1:2")
        self.assertEqual(self.browser.text(".task-side .muted"), "core 1 · thread 0 · scope mixed.cpp:7")
        self.assertEqual(self.browser.texts(".neighbours > div:first-child li button"), ["matmul 1:1"])
        # Who only keeps memory does not wait.
        self.browser.script("document.getElementById('search').select()")
        self.search("1:3")
        self.assertEqual(self.neighbours(), {"Waits for ": [], "Is waited for by ": [], "Keeps memory of 1": ["matmul 1:1"]})
        self.assertEqual(self.browser.texts("svg.graph .kind"), ["keeps memory"])
        self.assertEqual(self.browser.script("document.querySelectorAll('svg.graph .edge.keeps').length"), 1)
        self.browser.script("document.getElementById('timeline').scrollIntoView()")
        self.browser.pointer("canvas.lanes", 300, 16, "move")
        self.browser.wait("document.querySelector('.tip.shown') !== null")
        self.assertEqual(self.browser.text(".tip"), "matmul 1:1 [0] aic, 16.0 µs, mixed.cpp:7")

    def test_click_chooses_a_task(self):
        self.browser.script("document.getElementById('timeline').scrollIntoView()")
        self.browser.pointer("canvas.lanes", 300, 16)
        self.browser.wait("document.querySelector('.task-head') !== null")
        self.browser.pointer("canvas.lanes", 320, 16, "move")
        self.browser.wait("document.querySelector('.tip.shown') !== null")
        self.assertRegex(self.browser.text(".tip"), r"^(potrf|trsm|syrk|gemm) 1:\d+, .* µs, cholesky\.cpp:\d+$")

    def test_keyboard(self):
        self.browser.script("document.body.focus()")
        self.browser.keys("/")
        self.assertEqual(self.browser.script("document.activeElement.id"), "search")
        for _ in range(20):
            self.browser.keys("Tab")
            if self.browser.script("document.activeElement.id") == "lanes":
                break
        self.assertEqual(self.browser.script("document.activeElement.id"), "lanes")
        self.browser.keys("Right")
        first = self.browser.wait("document.querySelector('.task-head .mono')?.textContent")
        self.browser.keys("Right")
        self.browser.wait(f"document.querySelector('.task-head .mono').textContent !== '{first}'")
        self.browser.keys("Left")
        self.browser.wait(f"document.querySelector('.task-head .mono').textContent === '{first}'")
        self.assertIn(first, self.browser.text("[role=status]"))
        self.browser.keys("Down")
        self.browser.wait("document.querySelector('.task-side .muted').textContent.startsWith('core 1')")
        self.browser.keys("Enter")
        self.assertEqual(self.browser.script("document.activeElement.id"), "task")

    def test_everything_has_a_name(self):
        nameless = self.browser.script(
            "[...document.querySelectorAll('button, input, select, [role=button], [role=img], [role=region], [tabindex=\"0\"]')]"
            ".filter((each) => !(each.getAttribute('aria-label') || each.textContent.trim() || each.labels?.length))"
            ".map((each) => each.outerHTML)")
        self.assertEqual(nameless, [])

    def test_sorting(self):
        column = "document.querySelectorAll('#kernels tbody tr td:nth-child(2)')"
        self.browser.click("#kernels th:nth-child(2) button")
        self.assertEqual(self.browser.script("document.querySelector('#kernels th:nth-child(2)').ariaSort"), "descending")
        falling = [int(text.replace(",", "")) for text in self.browser.script(f"[...{column}].map((each) => each.textContent)")]
        self.assertEqual(falling, sorted((kernel["count"] for kernel in self.figures["kernels"].values()), reverse=True))
        self.browser.click("#kernels th:nth-child(2) button")
        rising = self.browser.script(f"[...{column}].map((each) => each.textContent)")
        self.assertEqual([int(text.replace(",", "")) for text in rising], falling[::-1])

    def test_light_and_dark(self):
        self.assertGreater(mean_brightness(self.browser.screenshot()), 180)
        self.browser.click("label[for=theme-dark]")
        self.assertLess(mean_brightness(self.browser.screenshot()), 70)
        self.browser.click("label[for=theme-auto]")
        with Browser(dark=True) as dark:
            dark.open(self.folder / "small" / "report.html")
            self.assertLess(mean_brightness(dark.screenshot()), 70)
            self.assertEqual(dark.messages(), [])

    def test_damaged_data_is_said(self):
        page = (self.folder / "small" / "report.html").read_text(encoding="utf-8")
        mark = 'type="application/octet-stream">'
        at = page.index(mark) + len(mark) + 4000
        damaged = self.folder / "damaged.html"
        damaged.write_text(page[:at] + ("AAAA" if page[at:at + 4] != "AAAA" else "BBBB") + page[at + 4:], encoding="utf-8")
        self.browser.open(damaged)
        self.assertIn("cannot be read", self.browser.text("[role=alert]"))
        self.browser.messages()

    def test_drawing_does_not_grow_with_the_run(self):
        """Work is counted: slices and pixels that a frame draws."""
        figures = report(self.folder / "large", tasks=40000, cores=8, level=2, deps=False)
        self.browser.open(self.folder / "large" / "report.html")
        lanes = self.browser.script("document.querySelectorAll('.label').length")
        width = self.browser.script("document.querySelector('canvas.lanes').width")
        drawn = "+document.getElementById('lanes').dataset.drawn"
        self.assertEqual(self.browser.texts(".figure dd")[1], f"{figures['tasks']:,}")
        self.assertLess(self.browser.script(drawn), lanes * max(width, 1500))
        self.browser.script("document.getElementById('lanes').focus()")
        for _ in range(16):
            self.browser.keys("w")
        self.browser.wait("+document.getElementById('lanes').dataset.to - document.getElementById('lanes').dataset.from < "
                          f"{figures['makespan_us'] / 500}")
        self.assertGreater(self.browser.script(drawn), 0)
        self.assertLess(self.browser.script(drawn), 12000)


def print_time(tasks):
    with tempfile.TemporaryDirectory() as folder, Browser() as browser:
        events = report(pathlib.Path(folder), tasks=tasks, cores=8, level=2, deps=False)["events"]
        for _ in range(3):
            browser.open(f"{folder}/report.html")
            print(f"{events:,} events: answers after {browser.script('document.documentElement.dataset.readyMs')} ms")


if __name__ == "__main__":
    if missing():
        sys.exit(f"{' and '.join(missing())} are missing: apt-get install chromium chromium-driver")
    if len(sys.argv) == 3 and sys.argv[1] == "--time":
        print_time(int(sys.argv[2]))
    else:
        unittest.main()
