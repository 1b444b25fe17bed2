"""GET /docs, in a real browser that reaches this server and nothing else."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]

pytestmark = [
    pytest.mark.django_db(transaction=True),
    # A newcomer has Python and make; CI installs the browser, and must not pass without it.
    pytest.mark.skipif(
        not CHROMIUM.exists() and not os.environ.get("CI"),
        reason=f"{CHROMIUM} is not installed: apt-get install chromium",
    ),
]

# Runs before any of the page's own scripts: a violation also counts where the console does not tell of it.
_WATCH_POLICY = """
window.violations = [];
document.addEventListener("securitypolicyviolation",
    (event) => window.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""


class Visit:
    """A page, and what went wrong on it: requests to other hosts, errors on the console."""

    def __init__(self, page: Page, own_url: str) -> None:
        self.page = page
        self.foreign: list[str] = []
        self.errors: list[str] = []
        self._own_url = own_url
        page.route("**/*", self._only_here)
        page.on("console", lambda message: message.type == "error" and self.errors.append(message.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.add_init_script(_WATCH_POLICY)

    def _only_here(self, route: Route) -> None:
        if route.request.url.startswith((self._own_url, "data:", "blob:")):
            route.continue_()
        else:
            self.foreign.append(route.request.url)
            route.abort()

    @property
    def violations(self) -> list[str]:
        return self.page.evaluate("window.violations")


@contextmanager
def visiting(own_url: str) -> Iterator[Visit]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield Visit(browser.new_page(), own_url)
        finally:
            browser.close()


def test_it_works(live_server):
    with visiting(live_server.url) as visit:
        visit.page.goto(f"{live_server.url}/docs")
        operation = visit.page.get_by_text("Register a model version from a finished MLflow run.", exact=False).first
        operation.wait_for(state="visible", timeout=30_000)
        assert visit.foreign == []
        assert visit.violations == []
        assert visit.errors == []


def test_an_operation_opens_and_can_be_tried(live_server):
    with visiting(live_server.url) as visit:
        visit.page.goto(f"{live_server.url}/docs")
        block = visit.page.locator("#operations-models-list_models")
        block.locator(".opblock-summary-control").click()
        block.get_by_role("button", name="Try it out").click()
        block.get_by_role("button", name="Execute").click()
        answer = block.locator(".live-responses-table .response-col_status").last
        answer.wait_for(state="visible", timeout=30_000)
        assert answer.inner_text().split()[0] == "200"
        assert visit.foreign == []
        assert visit.violations == []
        assert visit.errors == []
