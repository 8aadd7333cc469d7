/** The Python environment that is selected for a folder, from whichever Python extension is there. */

import { type Disposable, type Event, extensions, type LogOutputChannel, type Uri } from "vscode";

export interface Environments {
  /** The selected interpreter, or undefined where none is selected or no Python extension is installed. */
  interpreter(scope: Uri | undefined): Promise<string | undefined>;
  onDidChange(listener: () => void): Disposable;
}

/** The parts that are used here of what `ms-python.vscode-python-envs` exports. */
interface PythonEnvsApi {
  getEnvironment(scope: Uri | undefined): Promise<{ execInfo: { run: { executable: string } } } | undefined>;
  onDidChangeEnvironment: Event<unknown>;
}

/** The parts that are used here of what `ms-python.python` exports. */
interface PythonApi {
  ready: Promise<void>;
  environments: {
    getActiveEnvironmentPath(scope: Uri | undefined): { id: string; path: string };
    resolveEnvironment(path: { id: string; path: string }): Promise<{ executable: { uri?: Uri } } | undefined>;
    onDidChangeActiveEnvironmentPath: Event<unknown>;
  };
}

export async function findEnvironments(log: LogOutputChannel): Promise<Environments> {
  try {
    const envs = await activated<PythonEnvsApi>("ms-python.vscode-python-envs");
    if (envs?.getEnvironment !== undefined) {
      log.info("Python environments come from the Python Environments extension");
      return {
        interpreter: async (scope) => (await envs.getEnvironment(scope))?.execInfo.run.executable,
        onDidChange: (listener) => envs.onDidChangeEnvironment(listener),
      };
    }
    const python = await activated<PythonApi>("ms-python.python");
    if (python?.environments !== undefined) {
      await python.ready;
      const { environments } = python;
      log.info("Python environments come from the Python extension");
      return {
        interpreter: async (scope) =>
          (await environments.resolveEnvironment(environments.getActiveEnvironmentPath(scope)))?.executable.uri?.fsPath,
        onDidChange: (listener) => environments.onDidChangeActiveEnvironmentPath(listener),
      };
    }
  } catch (error) {
    log.warn(`A Python extension could not be asked for its environment: ${String(error)}`);
  }
  log.info("No Python extension tells of an environment: only bn-lint.interpreter and PATH count");
  return { interpreter: () => Promise.resolve(undefined), onDidChange: () => ({ dispose: () => undefined }) };
}

async function activated<Api>(id: string): Promise<Api | undefined> {
  return extensions.getExtension<Api>(id)?.activate();
}
