/** Keeps the right server running: finds it, starts it, and replaces it only if another one is to run. */

import { accessSync, constants, statSync } from "node:fs";
import { type Disposable, type LogOutputChannel, Uri, window, workspace } from "vscode";
import { type LanguageClient, State } from "vscode-languageclient/node";
import { createClient } from "./client.ts";
import type { Environments } from "./environments.ts";
import { type Located, locate } from "./locate.ts";
import { interpreterFor, pathSetting } from "./settings.ts";
import type { Status } from "./status.ts";

export class Session implements Disposable {
  private client: LanguageClient | undefined;
  private executable: string | undefined;
  /** The last problem that a message was shown for: the same one is not shown twice in a row. */
  private shown: string | undefined;
  /** Changes wait for each other here: there is never more than one server. */
  private last: Promise<void> = Promise.resolve();

  constructor(
    private readonly environments: Environments,
    private readonly status: Status,
    private readonly log: LogOutputChannel,
  ) {}

  /** Start the server that should run, if it does not run already. The running one is told of changed settings. */
  refresh(): Promise<void> {
    return this.queue(async () => {
      const located = await this.locate();
      if (this.client?.isRunning() && "executable" in located && located.executable === this.executable) {
        await this.client.sendNotification("workspace/didChangeConfiguration", { settings: null });
        this.showRunning(located.origin);
      } else {
        await this.replace(located);
      }
    });
  }

  /** Start it anew in any case. */
  restart(): Promise<void> {
    return this.queue(async () => {
      this.shown = undefined;
      await this.replace(await this.locate());
    });
  }

  stop(): Promise<void> {
    return this.queue(() => this.stopClient());
  }

  dispose(): void {
    void this.stop();
  }

  private queue(change: () => Promise<void>): Promise<void> {
    this.last = this.last.then(change).catch((error: unknown) => this.fail(`bn-lint failed to start: ${String(error)}`));
    return this.last;
  }

  /** One server serves all folders; the first folder whose environment has a bn-lint decides which. */
  private async locate(): Promise<Located> {
    const scopes: (Uri | undefined)[] = workspace.workspaceFolders?.map((folder) => folder.uri) ?? [undefined];
    const interpreters = await Promise.all(scopes.map((scope) => interpreterFor(scope, this.environments)));
    const located = locate({
      setting: pathSetting("path", scopes[0]),
      interpreters: [...new Set(interpreters.filter((interpreter) => interpreter !== undefined))],
      path: process.env["PATH"] ?? "",
      platform: process.platform,
      isExecutable,
    });
    this.log.info("problem" in located ? located.problem : `Using ${located.executable} (from ${located.origin})`);
    return located;
  }

  private async replace(located: Located): Promise<void> {
    await this.stopClient();
    if ("problem" in located) {
      this.fail(located.problem);
      return;
    }
    const client = await createClient(located.executable, this.environments, this.log);
    this.client = client;
    this.executable = located.executable;
    // The client itself starts a server again that has crashed, a few times.
    client.onDidChangeState(({ newState }) => {
      if (client !== this.client) {
        return;
      }
      if (newState === State.Running) {
        this.showRunning(located.origin);
      } else if (newState === State.Starting) {
        this.status.busy();
      } else {
        this.status.failed("The server has stopped. The log says why; \"bn-lint: Restart Server\" starts it again.");
      }
    });
    await client.start();
    this.shown = undefined;
  }

  private async stopClient(): Promise<void> {
    const client = this.client;
    this.client = this.executable = undefined;
    await client?.dispose().catch((error: unknown) => this.log.warn(`The server did not stop in an orderly way: ${String(error)}`));
  }

  private showRunning(origin: string): void {
    const version = this.client?.initializeResult?.serverInfo?.version ?? "";
    this.status.running(version, origin, workspace.isTrusted);
  }

  private fail(problem: string): void {
    this.log.error(problem);
    this.status.failed(problem);
    if (this.shown !== problem) {
      this.shown = problem;
      void showProblem(problem, this.log);
    }
  }
}

async function showProblem(problem: string, log: LogOutputChannel): Promise<void> {
  const chosen = await window.showErrorMessage(problem, "Open Log");
  if (chosen === "Open Log") {
    log.show();
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
