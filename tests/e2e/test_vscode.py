"""The packaged extension in a real VS Code, worked as a person would: with the keyboard, on what the screen shows."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .code_server import CodeServer
from .conftest import OUT, PATIENCE, ROOT

pytest.importorskip("playwright")

from playwright.sync_api import Browser, Page, Route, expect, sync_playwright
from playwright.sync_api import TimeoutError as NotYet

EXAMPLE = ROOT / "examples/wrong/one_of_each.py"
SCREENSHOTS = OUT / "vscode"

OpenPage = Callable[[CodeServer, Path], Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        pytest.skip("chromium is not installed")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=flags, timeout=PATIENCE * 1000)
        yield launched
        launched.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Open a copy of the example in VS Code; the page is pictured if the test fails, and closed in any case."""
    contexts = []

    def opened(vscode: CodeServer, folder: Path) -> Page:
        context = browser.new_context(viewport={"width": 1280, "height": 800}, device_scale_factor=1)
        contexts.append(context)
        context.set_default_timeout(PATIENCE * 1000)
        # Nothing may leave the machine.
        context.route(lambda url: "127.0.0.1" not in url and "localhost" not in url, _abort)
        page = context.new_page()
        page.goto(vscode.url(folder, folder / EXAMPLE.name))
        page.wait_for_selector(f'.tab[data-resource-name="{EXAMPLE.name}"]')
        page.wait_for_selector(".monaco-editor .view-line")
        return page

    yield opened
    for number, context in enumerate(contexts):
        for page in context.pages:
            page.screenshot(path=SCREENSHOTS / f"last-seen-{number}.png")
        context.close()


@pytest.fixture
def vscode(tmp_path: Path, editor_environment: dict[str, str], request: pytest.FixtureRequest) -> Iterator[CodeServer]:
    """VS Code with the extension, where `bn-lint` on PATH is this working tree's. Tried twice if it fails to start."""
    node, package = shutil.which("node"), os.environ.get("CODE_SERVER_DIR")
    vsix = ROOT / "vscode-extension/bn-lint.vsix"
    if node is None or package is None:
        pytest.skip("needs code-server: run scripts/setup.sh, then `. .cache/env`")
    if not vsix.exists():
        pytest.skip("the extension is not packaged: npm --prefix vscode-extension run package")
    trust_everything = request.node.get_closest_marker("untrusted") is None
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    _write_script(tmp_path / "bin/bn-lint")
    # VS Code takes PATH from a login shell.
    environment = editor_environment | {"SHELL": "/bin/bash"}
    (Path(environment["HOME"]) / ".bash_profile").write_text(f'export PATH="{tmp_path}/bin:$PATH"\n')
    for attempt in (1, 2):
        log = SCREENSHOTS / f"{request.node.name}.log"
        server = CodeServer(node, Path(package), tmp_path / f"vscode-{attempt}", environment, log)
        try:
            server.install(vsix)
            server.start(trust_everything=trust_everything)
            break
        except (RuntimeError, OSError):
            server.stop()
            if attempt == 2:
                raise
    yield server
    server.stop()


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    shutil.copy(EXAMPLE, folder)
    return folder


def test_problem_is_shown_fixed_and_saved(vscode: CodeServer, workspace: Path, open_page: OpenPage) -> None:
    page = open_page(vscode, workspace)
    page.wait_for_selector(".monaco-editor .squiggly-error")

    page.keyboard.press("Control+Shift+M")
    problem = _problem(page, "BatchNorm2d(8) receives 16 channels")
    expect(problem).to_contain_text("BN101")
    page.screenshot(path=SCREENSHOTS / "1-problems.png")

    # Double-clicking a row of the Problems panel goes there in the editor.
    problem.dblclick()
    page.wait_for_selector(".monaco-editor.focused")
    _open_quick_fixes(page, "Replace `out_channels` with `out_channels * 2`")
    page.screenshot(path=SCREENSHOTS / "2-quick-fix-menu.png")
    page.keyboard.press("Enter")
    expect(problem).to_have_count(0)
    _expect_line(page, "self.bn = nn.BatchNorm2d(out_channels * 2)")
    page.screenshot(path=SCREENSHOTS / "3-fixed.png")

    page.keyboard.press("Control+S")
    fixed = EXAMPLE.read_text().replace("nn.BatchNorm2d(out_channels)", "nn.BatchNorm2d(out_channels * 2)")
    _expect_file(page, workspace / EXAMPLE.name, fixed)


def _problem(page: Page, text: str):
    row = page.locator(".markers-panel .monaco-list-row", has_text=text)
    expect(row).to_be_visible(timeout=PATIENCE * 1000)
    return row


def _open_quick_fixes(page: Page, first: str) -> None:
    """Open the menu at the cursor and wait until its first entry has the focus: Enter then takes it."""
    menu = page.locator(".action-widget .monaco-list-row.focused", has_text=first)
    for _ in range(PATIENCE // 5):
        # A key pressed while the editor is still busy opening is lost.
        page.keyboard.press("Control+.")
        try:
            menu.wait_for(timeout=5000)
            return
        except NotYet:
            page.keyboard.press("Escape")
    menu.wait_for()


def _expect_line(page: Page, text: str) -> None:
    # The editor draws spaces as no-break spaces.
    expect(page.locator(".monaco-editor .view-line", has_text=text.replace(" ", "\u00a0"))).to_be_visible(
        timeout=PATIENCE * 1000
    )


def _expect_file(page: Page, file: Path, text: str) -> None:
    for _ in range(PATIENCE * 10):
        if file.read_text() == text:
            return
        page.wait_for_timeout(100)
    assert file.read_text() == text


def _abort(route: Route) -> None:
    route.abort()


def _write_script(file: Path) -> None:
    file.parent.mkdir()
    file.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m bn_lint "$@"\n')
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
