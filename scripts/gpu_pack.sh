#!/usr/bin/env bash
# Downloads what bn-lint and its GPU tests need, for a machine without network: Linux on x86-64, Python 3.12. About 5 MiB.
#
# usage: scripts/gpu_pack.sh DIR
set -eu
dir=${1:?usage: scripts/gpu_pack.sh DIR}
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# `dependencies` of pyproject.toml: a list of plain strings, one a line.
wanted=$(sed -n '/^dependencies = \[/,/^\]/s/^ *"\([^";]*\)".*/\1/p' pyproject.toml)
readarray -t wanted <<<"$wanted"
platforms=(--platform manylinux_2_28_x86_64 --platform manylinux_2_17_x86_64 --platform manylinux2014_x86_64)
python3 -m pip download -q --only-binary :all: --implementation cp --python-version 3.12 "${platforms[@]}" -d "$dir" \
  "${wanted[@]}" "pytest>=8.4"
du -sh "$dir"
