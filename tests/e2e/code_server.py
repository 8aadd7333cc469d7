"""A real VS Code: code-server (Code - OSS with its workbench in a browser), with the packaged extension installed."""

from __future__ import annotations

import json
import socket
import subprocess
import time
import urllib.request
from pathlib import Path
from urllib.parse import quote

from .conftest import PATIENCE, end_group

# Nothing may pop up over what a test looks for, and nothing may be asked of the network.
QUIET = {
    "chat.commandCenter.enabled": False,
    "chat.disableAIFeatures": True,
    "editor.minimap.enabled": False,
    "extensions.autoCheckUpdates": False,
    "extensions.autoUpdate": False,
    "extensions.ignoreRecommendations": True,
    "files.autoSave": "off",
    "git.enabled": False,
    "security.workspace.trust.startupPrompt": "never",
    "telemetry.telemetryLevel": "off",
    "update.mode": "none",
    "workbench.enableExperiments": False,
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "workbench.startupEditor": "none",
}


class CodeServer:
    """One server; every page opened on it has an extension host and a language server of its own."""

    def __init__(self, node: str, package: Path, home: Path, environment: dict[str, str], log: Path) -> None:
        self._start = [node, str(package / "out/node/entry.js")]
        self.home = home
        self._data = home / "user-data"
        self._folders = ["--user-data-dir", str(self._data), "--extensions-dir", str(home / "extensions")]
        self._environment = environment
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self.port = _free_port()

    def install(self, vsix: Path) -> None:
        """Install an extension. Raises RuntimeError with what VS Code said."""
        settings = self._data / "User/settings.json"
        settings.parent.mkdir(parents=True, exist_ok=True)
        settings.write_text(json.dumps(QUIET))
        done = subprocess.run(
            [*self._start, *self._folders, "--install-extension", str(vsix)],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=2 * PATIENCE,
            stdin=subprocess.DEVNULL,
        )
        if done.returncode != 0 or "was successfully installed" not in done.stdout:
            raise RuntimeError(f"the extension was not installed:\n{done.stdout}{done.stderr}")

    def start(self, *, trust_everything: bool) -> None:
        """Start and wait until it answers. Raises TimeoutError."""
        flags = ["--auth", "none", "--disable-telemetry", "--disable-update-check"]
        if trust_everything:
            flags.append("--disable-workspace-trust")
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._start, *self._folders, *flags, "--bind-addr", f"127.0.0.1:{self.port}"],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5):
                    return
            except OSError:
                time.sleep(0.2)
        raise TimeoutError(f"code-server does not answer; its log: {self._log}")

    def stop(self) -> None:
        """End it with all its extension hosts and language servers."""
        if self._process is not None:
            end_group(self._process)
            self._process.wait()

    def url(self, folder: Path, file: Path) -> str:
        """The page that shows a file of a folder."""
        payload = json.dumps([["openFile", f"vscode-remote://127.0.0.1:{self.port}{file}"]])
        return f"http://127.0.0.1:{self.port}/?folder={quote(str(folder))}&payload={quote(payload)}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
