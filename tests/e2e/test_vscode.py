"""The packaged extension in a real VS Code, worked as a person would: with the keyboard, on what the screen shows."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .code_server import CodeServer
from .conftest import OUT, PATIENCE, ROOT, private_environment

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
        expect.set_options(timeout=PATIENCE * 1000)
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


@pytest.fixture(scope="module")
def vscode(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CodeServer]:
    """VS Code with the extension, in which every workspace is trusted."""
    with _running(tmp_path_factory.mktemp("vscode"), trust_everything=True) as server:
        yield server


@pytest.fixture(scope="module")
def wary_vscode(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CodeServer]:
    """VS Code with the extension, in which no workspace is trusted until somebody says so."""
    with _running(tmp_path_factory.mktemp("wary-vscode"), trust_everything=False) as server:
        yield server


@contextmanager
def _running(folder: Path, *, trust_everything: bool) -> Iterator[CodeServer]:
    """`bn-lint` on its PATH is this working tree's. Starting is tried twice."""
    node, package = shutil.which("node"), os.environ.get("CODE_SERVER_DIR")
    vsix = ROOT / "vscode-extension/bn-lint.vsix"
    if node is None or package is None:
        pytest.skip("needs code-server: run scripts/setup.sh, then `. .cache/env`")
    if not vsix.exists():
        pytest.skip("the extension is not packaged: npm --prefix vscode-extension run package")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    _write_server(folder / "bin/bn-lint", folder / "starts")
    # VS Code takes PATH from a login shell.
    environment = private_environment(folder / "home") | {"SHELL": "/bin/bash"}
    (folder / "home/.bash_profile").write_text(f'export PATH="{folder}/bin:$PATH"\n')
    for attempt in (1, 2):
        log = SCREENSHOTS / f"{folder.name}.log"
        server = CodeServer(node, Path(package), folder / f"vscode-{attempt}", environment, log)
        try:
            server.install(vsix)
            server.start(trust_everything=trust_everything)
            break
        except (RuntimeError, OSError, subprocess.TimeoutExpired):
            server.stop()
            if attempt == 2:
                raise
    try:
        yield server
    finally:
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
    page.keyboard.press("Control+K")
    page.keyboard.press("Control+I")
    expect(page.locator(".monaco-hover", has_text="does not fit").first).to_be_visible()
    page.screenshot(path=SCREENSHOTS / "2-hover.png")
    # The picture of the README: docs/images/vscode.webp, there with fewer colours.
    page.screenshot(path=SCREENSHOTS / "readme.png", clip={"x": 352, "y": 36, "width": 926, "height": 734})
    page.keyboard.press("Escape")
    _open_quick_fixes(page, "Replace `out_channels` with `out_channels * 2`")
    page.screenshot(path=SCREENSHOTS / "3-quick-fix-menu.png")
    page.keyboard.press("Enter")
    expect(problem).to_have_count(0)
    _expect_line(page, "self.bn = nn.BatchNorm2d(out_channels * 2)")
    page.screenshot(path=SCREENSHOTS / "4-fixed.png")

    page.keyboard.press("Control+S")
    fixed = EXAMPLE.read_text().replace("nn.BatchNorm2d(out_channels)", "nn.BatchNorm2d(out_channels * 2)")
    _expect_file(page, workspace / EXAMPLE.name, fixed)


def test_settings_hold_at_once_and_need_no_restart(vscode: CodeServer, workspace: Path, open_page: OpenPage) -> None:
    page = open_page(vscode, workspace)
    page.keyboard.press("Control+Shift+M")
    problem = _problem(page, "BatchNorm2d(8) receives 16 channels")
    before = _starts(vscode)
    _write_settings(workspace, {"bn-lint.ignore": ["BN101"]})
    expect(problem).to_have_count(0)
    _problem(page, "Net is in train mode here")
    assert _starts(vscode) == before

    _run_command(page, "bn-lint: Restart Server")
    _until(page, lambda: _starts(vscode) == before + 1)
    _problem(page, "Net is in train mode here")


def test_missing_server_is_explained_and_comes_back(vscode: CodeServer, workspace: Path, open_page: OpenPage) -> None:
    _write_settings(workspace, {"bn-lint.path": "/nowhere/bn-lint"})
    page = open_page(vscode, workspace)
    notification = page.locator(".notification-toast", has_text="The setting bn-lint.path names /nowhere/bn-lint")
    expect(notification).to_be_visible()
    # The status bar says so too. (It is complete when the workbench is; a button pressed before has no effect.)
    expect(page.get_by_role("button", name="bn-lint is not running, The setting bn-lint.path names")).to_be_visible()
    page.screenshot(path=SCREENSHOTS / "5-missing-server.png")
    notification.get_by_role("button", name="Open Log").click()
    expect(page.locator(".part.panel .composite.title select")).to_have_value("bn-lint")
    page.screenshot(path=SCREENSHOTS / "6-log.png")

    _write_settings(workspace, {})
    page.wait_for_selector(".monaco-editor .squiggly-error")


def test_untrusted_workspace_runs_nothing_of_its_own(
    wary_vscode: CodeServer, workspace: Path, open_page: OpenPage
) -> None:
    _write_server(workspace / "tools/bn-lint", workspace / "starts")
    _write_settings(workspace, {"bn-lint.path": "tools/bn-lint"})
    page = open_page(wary_vscode, workspace)
    page.wait_for_selector(".monaco-editor .squiggly-error")
    assert _starts(wary_vscode) == 1
    assert not (workspace / "starts").exists()
    page.screenshot(path=SCREENSHOTS / "7-untrusted.png")

    _run_command(page, "Workspaces: Manage Workspace Trust")
    page.get_by_role("button", name="Trust", exact=True).first.click()
    _until(page, (workspace / "starts").exists)
    page.wait_for_selector(f'.tab[data-resource-name="{EXAMPLE.name}"]')
    page.screenshot(path=SCREENSHOTS / "8-trusted.png")


def test_server_asks_for_an_input_shape(vscode: CodeServer, workspace: Path, open_page: OpenPage) -> None:
    answer = workspace / "answer.json"
    asking = workspace / "asking"
    asking.write_text(
        f'#!/bin/sh\nANSWER="{answer}" exec "{sys.executable}" "{Path(__file__).parent}/asking_server.py"\n'
    )
    asking.chmod(0o755)
    _write_settings(workspace, {"bn-lint.path": "./asking"})
    page = open_page(vscode, workspace)
    box = page.locator(".quick-input-widget input[type=text]")
    expect(box).to_have_value("1x3x32x32")
    box.fill("3 by 4")
    expect(page.locator(".quick-input-widget", has_text="Write sizes as 1x3x224x224")).to_be_visible()
    page.screenshot(path=SCREENSHOTS / "9-ask-input.png")
    box.fill("8x3x64x64")
    page.keyboard.press("Enter")
    _until(page, answer.exists)
    assert json.loads(answer.read_text()) == {"experimental": {"askInput": True}, "answer": "8x3x64x64"}


def test_verify_runs_a_real_build_and_shows_what_it_finds(
    vscode: CodeServer, workspace: Path, open_page: OpenPage
) -> None:
    pytest.importorskip("torch")
    _write_settings(workspace, {"bn-lint.interpreter": sys.executable})
    page = open_page(vscode, workspace)
    page.keyboard.press("Control+Shift+M")
    _problem(page, "BatchNorm2d(8) receives 16 channels")
    # Over class Net, which can be built without arguments.
    page.locator(".codelens-decoration a", has_text="verify with TensorRT").first.click()
    found = _problem(page, "fails in eager mode")
    expect(found).to_contain_text("bn-lint verify")
    page.screenshot(path=SCREENSHOTS / "10-verified.png")
    _run_command(page, "bn-lint: Clear What Verify Found")
    expect(found).to_have_count(0)
    _problem(page, "BatchNorm2d(8) receives 16 channels")


def _problem(page: Page, text: str):
    row = page.locator(".markers-panel .monaco-list-row", has_text=text)
    expect(row).to_be_visible()
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
    _until(page, lambda: file.read_text() == text, or_fail=False)
    assert file.read_text() == text


def _until(page: Page, condition: Callable[[], bool], *, or_fail: bool = True) -> None:
    for _ in range(PATIENCE * 10):
        if condition():
            return
        page.wait_for_timeout(100)
    assert not or_fail or condition()


def _run_command(page: Page, title: str) -> None:
    page.keyboard.press("F1")
    page.locator(".quick-input-widget input[type=text]").fill(f">{title}")
    page.locator(".quick-input-widget .monaco-list-row.focused", has_text=title).wait_for()
    page.keyboard.press("Enter")


def _write_settings(workspace: Path, settings: dict[str, object]) -> None:
    file = workspace / ".vscode/settings.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(settings))


def _abort(route: Route) -> None:
    route.abort()


def _write_server(file: Path, starts: Path) -> None:
    """A bn-lint executable that runs this working tree's, and writes down every start."""
    file.parent.mkdir()
    file.write_text(f'#!/bin/sh\necho start >>"{starts}"\nexec "{sys.executable}" -m bn_lint "$@"\n')
    file.chmod(file.stat().st_mode | stat.S_IXUSR)


def _starts(vscode: CodeServer) -> int:
    """How often the bn-lint on this VS Code's PATH was started."""
    return (vscode.home.parent / "starts").read_text().count("start")
