import assert from "node:assert/strict";
import * as os from "node:os";
import { test } from "node:test";
import { locate, type Search } from "../src/locate.ts";
import { expandPath } from "../src/paths.ts";

function search(files: string[], changes: Partial<Search> = {}): ReturnType<typeof locate> {
  const isExecutable = (file: string): boolean => files.includes(file);
  return locate({ setting: "", interpreters: [], path: "/usr/bin", platform: "linux", isExecutable, ...changes });
}

test("the setting wins over the environment and PATH", () => {
  const files = ["/opt/bn-lint", "/venv/bin/bn-lint", "/usr/bin/bn-lint"];
  const found = search(files, { setting: "/opt/bn-lint", interpreters: ["/venv/bin/python"] });
  assert.deepEqual(found, { executable: "/opt/bn-lint", origin: "bn-lint.path" });
});

test("a setting that names nothing is a problem, not a reason to take another bn-lint", () => {
  const found = search(["/usr/bin/bn-lint"], { setting: "/opt/bn-lint" });
  assert.match("problem" in found ? found.problem : "", /bn-lint\.path names \/opt\/bn-lint/);
});

test("a setting without a folder is looked up on PATH", () => {
  const found = search(["/usr/bin/my-lint"], { setting: "my-lint" });
  assert.deepEqual(found, { executable: "/usr/bin/my-lint", origin: "bn-lint.path" });
});

test("the first environment that has bn-lint wins over PATH", () => {
  const found = search(["/b/bin/bn-lint", "/usr/bin/bn-lint"], { interpreters: ["/a/bin/python", "/b/bin/python"] });
  assert.deepEqual(found, { executable: "/b/bin/bn-lint", origin: "/b/bin/python" });
});

test("PATH is the last resort, and its relative folders do not count", () => {
  const found = search(["bin/bn-lint", "./bn-lint", "/usr/bin/bn-lint"], { path: ".:bin:/usr/bin" });
  assert.deepEqual(found, { executable: "/usr/bin/bn-lint", origin: "PATH" });
});

test("nothing found: the message says where it looked and what to do", () => {
  const found = search([], { interpreters: ["/venv/bin/python"] });
  assert.deepEqual(found, {
    problem:
      "bn-lint was not found in the environment of /venv/bin/python or PATH. " +
      'Install it with "pip install bn-lint", or set bn-lint.path.',
  });
});

test("paths are expanded as people write them", () => {
  const expand = (written: string): string => expandPath(written, "/work space", { TOOLS: "/tools" });
  assert.equal(expand("~/bin/bn-lint"), `${os.homedir()}/bin/bn-lint`);
  assert.equal(expand("${workspaceFolder}/.venv/bin/bn-lint"), "/work space/.venv/bin/bn-lint");
  assert.equal(expand(".venv/bin/python"), "/work space/.venv/bin/python");
  assert.equal(expand("${env:TOOLS}/bn-lint"), "/tools/bn-lint");
  assert.equal(expand("bn-lint"), "bn-lint");
});
