#!/usr/bin/env bash
# Sets up what is missing (scripts/setup.sh) and runs every check there is. Exits 0 only if all of them pass.
#
# usage: scripts/test.sh [PYTEST ARGUMENTS]     for example: scripts/test.sh tests/rules -x
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
cache=${BN_LINT_CACHE:-$root/.cache}
bash scripts/setup.sh </dev/null || { echo "scripts/test.sh: set-up failed, nothing was tested" >&2; exit 1; }
. "$cache/env"
export BN_LINT_TEST_ALL=1  # a test whose editor or package is missing fails instead of being skipped
export LC_ALL=C.UTF-8 PYTHONUNBUFFERED=1

summary=() failed=0
# check NAME COMMAND...: run it, remember how it ended.
check() {
  local name=$1 began=$SECONDS verdict=passed
  shift
  printf '\n=== %s: %s\n' "$name" "$*"
  "$@" </dev/null || { verdict=FAILED; failed=1; }
  summary+=("$(printf '%-6s %4ds  %s' "$verdict" $((SECONDS - began)) "$name")")
}

check "ruff" ruff check .
check "ruff format" ruff format --check .
check "import directions" lint-imports --no-cache
check "types" pyright
check "extension types" npm --silent --prefix vscode-extension run check
check "extension tests" npm --silent --prefix vscode-extension test
check "extension package" npm --silent --prefix vscode-extension run package
check "pytest" python -m pytest --timeout=400 --durations=10 "$@"

printf '\n=== summary (%ds)\n' "$SECONDS"
printf '%s\n' "${summary[@]}"
exit "$failed"
