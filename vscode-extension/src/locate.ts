/** Which bn-lint to start. Knows nothing of VS Code, so that it can be tested without one. */

import * as path from "node:path";

export interface Search {
  /** The setting `bn-lint.path`, expanded; empty if unset. */
  readonly setting: string;
  /** Python interpreters whose environment may hold bn-lint, best first. */
  readonly interpreters: readonly string[];
  /** The PATH variable. */
  readonly path: string;
  readonly platform: NodeJS.Platform;
  isExecutable(file: string): boolean;
}

/** A bn-lint executable, or why there is none and what to do about it. */
export type Located = { readonly executable: string; readonly origin: string } | { readonly problem: string };

/** The setting wins, then the Python environments, then PATH. */
export function locate(search: Search): Located {
  if (search.setting !== "") {
    const executable = path.isAbsolute(search.setting) ? search.setting : onPath(search, search.setting);
    if (executable !== undefined && search.isExecutable(executable)) {
      return { executable, origin: "bn-lint.path" };
    }
    return { problem: `The setting bn-lint.path names ${search.setting}, which is not an executable. Correct or clear it.` };
  }
  for (const interpreter of search.interpreters) {
    const executable = beside(search, interpreter);
    if (executable !== undefined) {
      return { executable, origin: interpreter };
    }
  }
  const executable = onPath(search, "bn-lint");
  if (executable !== undefined) {
    return { executable, origin: "PATH" };
  }
  const looked = [...search.interpreters.map((interpreter) => `the environment of ${interpreter}`), "PATH"].join(" or ");
  return { problem: `bn-lint was not found in ${looked}. Install it with "pip install bn-lint", or set bn-lint.path.` };
}

/** The console script that pip puts beside an interpreter (on Windows also in its Scripts folder). */
function beside(search: Search, interpreter: string): string | undefined {
  const folder = path.dirname(interpreter);
  const candidates =
    search.platform === "win32"
      ? [path.join(folder, "bn-lint.exe"), path.join(folder, "Scripts", "bn-lint.exe")]
      : [path.join(folder, "bn-lint")];
  return candidates.find((candidate) => search.isExecutable(candidate));
}

/** Relative folders on PATH are left out: they would mean the workspace's. */
function onPath(search: Search, name: string): string | undefined {
  const windows = search.platform === "win32";
  const file = windows && !name.endsWith(".exe") ? `${name}.exe` : name;
  return search.path
    .split(windows ? ";" : ":")
    .filter((folder) => path.isAbsolute(folder))
    .map((folder) => path.join(folder, file))
    .find((candidate) => search.isExecutable(candidate));
}
