/** The section `bn-lint` of the settings: what decides which server runs, and what the server is told. */

import { type Uri, workspace } from "vscode";
import type { Environments } from "./environments.ts";
import { expandPath } from "./paths.ts";

export const SECTION = "bn-lint";

/** A path setting for a folder, expanded; empty if unset. */
export function pathSetting(name: "path" | "interpreter", scope: Uri | undefined): string {
  const folder = scope && workspace.getWorkspaceFolder(scope)?.uri.fsPath;
  return expandPath(workspace.getConfiguration(SECTION, scope).get<string>(name, ""), folder, process.env);
}

/**
 * The interpreter for a folder: the setting, else the selected environment. In a workspace that is not trusted only
 * the setting counts (VS Code then ignores the workspace's own value of it): an environment may lie in the workspace.
 */
export async function interpreterFor(scope: Uri | undefined, environments: Environments): Promise<string | undefined> {
  const setting = pathSetting("interpreter", scope);
  if (setting !== "") {
    return setting;
  }
  return workspace.isTrusted ? environments.interpreter(scope) : undefined;
}

/** What the server is told for a folder: the whole section, with the interpreter resolved and the trust stated. */
export async function serverSettings(scope: Uri | undefined, environments: Environments): Promise<object> {
  const section = workspace.getConfiguration(undefined, scope).get<object>(SECTION, {});
  return { ...section, interpreter: await interpreterFor(scope, environments), trusted: workspace.isTrusted };
}
