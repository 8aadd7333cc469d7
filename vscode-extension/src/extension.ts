/** The VS Code extension: starts `bn-lint server` and keeps it running. All linting is the server's. */

import { commands, type ExtensionContext, window, workspace } from "vscode";
import { findEnvironments } from "./environments.ts";
import { Session } from "./session.ts";
import { SECTION } from "./settings.ts";
import { Status } from "./status.ts";

let session: Session | undefined;

export async function activate(context: ExtensionContext): Promise<void> {
  const log = window.createOutputChannel("bn-lint", { log: true });
  const status = new Status();
  const environments = await findEnvironments(log);
  const current = (session = new Session(environments, status, log));
  const refresh = () => void current.refresh();
  context.subscriptions.push(
    log,
    status,
    commands.registerCommand("bn-lint.restart", () => current.restart()),
    commands.registerCommand("bn-lint.showLog", () => log.show()),
    commands.registerCommand("bn-lint.fixAll", () =>
      commands.executeCommand("editor.action.codeAction", { kind: "source.fixAll.bn-lint", apply: "first" }),
    ),
    // Other settings reach the server on their own: it asks for them.
    workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration(`${SECTION}.path`) || change.affectsConfiguration(`${SECTION}.interpreter`)) {
        refresh();
      }
    }),
    workspace.onDidChangeWorkspaceFolders(refresh),
    workspace.onDidGrantWorkspaceTrust(refresh),
    environments.onDidChange(refresh),
  );
  await current.refresh();
}

export function deactivate(): Promise<void> | undefined {
  return session?.stop();
}
