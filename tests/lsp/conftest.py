"""Fixtures: a real `bn-lint server` behind each kind of editor."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from tests.lsp.editor import PROFILES, Editor, start, stop


@pytest_asyncio.fixture(params=PROFILES, scope="session", loop_scope="session")
async def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Editor]:
    """A server for each editor, for all tests: a process costs more than a test."""
    one = await start(tmp_path_factory.mktemp("editor"), request.param)
    yield one
    await stop(one)


@pytest.fixture
def editor(running: Editor, tmp_path: Path) -> Iterator[Editor]:
    """One editor of each kind, with nothing open, in a folder of its own."""
    running.fresh(tmp_path)
    yield running
    running.fresh(tmp_path)


@pytest.fixture
def vscode(editor: Editor) -> Editor:
    """The same, for tests marked `only_vscode`: of what does not depend on the editor, or only VS Code can."""
    return editor
