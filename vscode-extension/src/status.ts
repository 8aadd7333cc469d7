/** The entry in the language status of Python files ("{}" in the status bar): how the server is, in one line. */

import { commands, type Disposable, languages, LanguageStatusSeverity } from "vscode";

export class Status implements Disposable {
  private readonly item = languages.createLanguageStatusItem("bn-lint.status", [
    { language: "python" },
    { pattern: "**/pyproject.toml" },
  ]);

  constructor() {
    this.item.name = "bn-lint";
    this.item.command = { command: "bn-lint.showLog", title: "Open log" };
  }

  busy(): void {
    this.show("bn-lint: starting", "", LanguageStatusSeverity.Information, false);
    this.item.busy = true;
  }

  running(version: string, origin: string, trusted: boolean): void {
    const limited = trusted ? "" : "; limited, since this workspace is not trusted";
    this.show(`bn-lint ${version}`, `from ${origin}${limited}`, LanguageStatusSeverity.Information, true);
  }

  failed(problem: string): void {
    this.show("bn-lint is not running", problem, LanguageStatusSeverity.Error, false);
  }

  dispose(): void {
    this.item.dispose();
  }

  private show(text: string, detail: string, severity: LanguageStatusSeverity, running: boolean): void {
    this.item.busy = false;
    this.item.text = text;
    this.item.detail = detail;
    this.item.severity = severity;
    // The server's own commands are offered only while it can take them.
    void commands.executeCommand("setContext", "bn-lint.running", running);
  }
}
