"""Measures the first load of the tasks page, and scrolling through 10 000 tasks.

``python -m benchmarks.front_end [--tasks 10000]`` starts a server and a Chromium with an empty
cache; ``FE/dist`` must be built. The bars: 180 kB of JavaScript and 20 kB of CSS (gzip), largest
contentful paint within 1.5 s, ready to type within 2 s, 3 API requests until the list is shown; no
frame over 100 ms while scrolling, memory flat.
"""

import argparse
import time
from typing import Any

from playwright.sync_api import BrowserContext, Page

from benchmarks.browsing import browsing
from tests.support.people import Person, enter, register
from tests.support.processes.server import ROOT

DIST = ROOT / "FE" / "dist"
BATCH = 500  # the most operations of a bulk

# holds back what the page loads in idle time until the first load is measured
_HOLD_IDLE_TIME = """
  const held = []
  window.requestIdleCallback = (task) => void held.push(task)
  window.beIdle = () => {
    window.requestIdleCallback = (task) => setTimeout(task)
    held.forEach((task) => task())
  }
"""
_WATCH_PAINTS = """
  window.paint = 0
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.paint = entry.startTime
  }).observe({type: "largest-contentful-paint", buffered: true})
"""
# scrolls a screen in each frame, to the end of a list that grows meanwhile
_SCROLL = """async () => {
  const frame = () => new Promise(requestAnimationFrame)
  const frames = []
  let last = await frame()
  for (let waits = 0; waits < 100; ) {
    const isEnd = scrollY + innerHeight >= document.documentElement.scrollHeight - 2
    waits = isEnd ? waits + 1 : 0
    if (isEnd) await new Promise((resolve) => setTimeout(resolve, 30))
    last = isEnd ? await frame() : last
    scrollBy(0, innerHeight)
    const now = await frame()
    frames.push(now - last)
    last = now
  }
  return frames
}"""


def add_tasks(person: Person, count: int) -> None:
    for start in range(0, count, BATCH):
        operations = [
            {"op": "create", "task": {"title": f"Task number {number}", "tags": ["work"]}}
            for number in range(start, min(start + BATCH, count))
        ]
        person.api.post("/tasks/bulk", json={"operations": operations}).raise_for_status()


def measure_first_load(page: Page) -> dict[str, Any]:
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.add_init_script(_HOLD_IDLE_TIME + _WATCH_PAINTS)
    began = time.monotonic()
    page.goto("/")
    page.get_by_label("New task").wait_for()
    ready = time.monotonic() - began
    page.get_by_role("listitem").first.wait_for()
    until_list = [url for url in requested if "/api/" in url]
    page.wait_for_load_state("networkidle")
    first = list(requested)
    page.evaluate("beIdle()")
    page.wait_for_timeout(3000)
    return {
        "JavaScript, kB gzip": _kilobytes(first, ".js"),
        "CSS, kB gzip": _kilobytes(first, ".css"),
        "then in idle time, kB gzip": _kilobytes(requested[len(first) :], (".js", ".css")),
        "largest contentful paint, s": round(page.evaluate("window.paint") / 1000, 2),
        "ready to type, s": round(ready, 2),
        "API requests until the list is shown": len(until_list),
    }


def _kilobytes(urls: list[str], suffix: str | tuple[str, ...]) -> float:
    """The sizes of the compressed files, without headers."""
    names = {url.rpartition("/")[2] for url in urls if url.endswith(suffix)}
    sizes = [_compressed(name) for name in names]
    return round(sum(sizes) / 1000, 1)


def _compressed(name: str) -> int:
    plain = DIST / "assets" / name
    compressed = plain.with_name(f"{name}.gz")  # tiny files have none
    return (compressed if compressed.exists() else plain).stat().st_size


def measure_scrolling(page: Page) -> dict[str, Any]:
    before = _heap(page)
    frames = page.evaluate(_SCROLL)
    after = _heap(page)
    page.evaluate("scrollTo(0, 0)")
    page.evaluate(_SCROLL)
    return {
        "longest frame, ms": round(max(frames)),
        "frames over 100 ms": f"{sum(frame > 100 for frame in frames)} of {len(frames)}",
        "memory, MB: before, at the end, at the end again": (before, after, _heap(page)),
    }


def _heap(page: Page) -> float:
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    session.send("HeapProfiler.collectGarbage")
    metrics = session.send("Performance.getMetrics")["metrics"]
    bytes_used: float = next(
        metric["value"] for metric in metrics if metric["name"] == "JSHeapUsedSize"
    )
    return round(bytes_used / 1e6, 1)


def _open_page(tasks: int, context: BrowserContext, person: Person) -> Page:
    """A page of a user who is signed in, in a browser with an empty cache."""
    add_tasks(person, tasks)
    page = context.new_page()
    enter(page, person, "/health/live")
    context.new_cdp_session(page).send("Network.clearBrowserCache")
    return page


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=10_000)
    tasks = parser.parse_args().tasks
    with browsing() as (server, context):
        page = _open_page(tasks, context, register(server))
        for name, figure in (measure_first_load(page) | measure_scrolling(page)).items():
            print(f"{name:50} {figure}")


if __name__ == "__main__":
    main()
