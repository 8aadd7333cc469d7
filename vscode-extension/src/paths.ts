/** Paths as people write them in settings. */

import * as os from "node:os";
import * as path from "node:path";

/**
 * Expands `~`, `${workspaceFolder}`, `${userHome}` and `${env:NAME}`; a relative path is relative to the folder.
 * A bare name such as `bn-lint` is left as it is: it is looked up on PATH.
 */
export function expandPath(written: string, folder: string | undefined, env: NodeJS.ProcessEnv): string {
  const expanded = written
    .trim()
    .replace(/^~(?=$|[\\/])/, os.homedir())
    .replaceAll("${userHome}", os.homedir())
    .replaceAll("${workspaceFolder}", folder ?? "")
    .replace(/\$\{env:([^}]+)\}/g, (_, name: string) => env[name] ?? "");
  const hasFolder = /[\\/]/.test(expanded);
  return hasFolder && folder !== undefined && !path.isAbsolute(expanded) ? path.join(folder, expanded) : expanded;
}
