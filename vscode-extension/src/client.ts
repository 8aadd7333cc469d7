/** The language client for one bn-lint executable. */

import { type LogOutputChannel, workspace } from "vscode";
import { type Executable, LanguageClient, type LanguageClientOptions, RevealOutputChannelOn } from "vscode-languageclient/node";
import { registerAskInput } from "./askInput.ts";
import type { Environments } from "./environments.ts";
import { SECTION, serverSettings } from "./settings.ts";

export async function createClient(executable: string, environments: Environments, log: LogOutputChannel): Promise<LanguageClient> {
  const server: Executable = { command: executable, args: ["server"] };
  const options: LanguageClientOptions = {
    documentSelector: [
      { scheme: "file", language: "python" },
      { scheme: "untitled", language: "python" },
      { scheme: "vscode-notebook-cell", language: "python" },
    ],
    outputChannel: log,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    initializationOptions: await serverSettings(workspace.workspaceFolders?.[0]?.uri, environments),
    middleware: {
      workspace: {
        // The server asks for its own section only, one item a folder. VS Code's answer would lack the interpreter.
        configuration: (params) =>
          Promise.all(
            params.items.map((item) =>
              serverSettings(item.scopeUri === undefined ? undefined : client.protocol2CodeConverter.asUri(item.scopeUri), environments),
            ),
          ),
      },
    },
    // What the server writes to its standard error is its log, not an error of the client.
    stdioOptions: {
      stdout: () => undefined,
      stderr: (stream) => void stream.on("data", (text: Buffer | string) => log.info(`[server] ${String(text).trimEnd()}`)),
    },
  };
  const client: LanguageClient = new LanguageClient(SECTION, "bn-lint", server, options);
  registerAskInput(client);
  return client;
}
