#!/usr/bin/env bash
# Runs the tests marked `gpu` on a machine that has a GPU and torch: without network, without installing anything.
#
# usage: scripts/gpu_check.sh [DIR...] [ARGUMENTS OF pytest]
# Each DIR holds wheels (scripts/gpu_pack.sh makes such a folder), or an unpack.sh that makes torch_tensorrt importable.
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")/.."
site=${TMPDIR:-/tmp}/bn-lint-site
while [ -d "${1:-}" ]; do
  if [ -f "$1/unpack.sh" ]; then
    . "$1/unpack.sh"
  else
    # A wheel is an archive of what belongs on the path.
    for wheel in "$1"/*.whl; do
      done=$site/.unpacked/${wheel##*/}
      [ -e "$done" ] || { python3 -m zipfile -e "$wheel" "$site" && mkdir -p "${done%/*}" && touch "$done"; }
    done
  fi
  shift
done
# The rules are found by the entry point of an installed bn-lint: the one from pyproject.toml.
mkdir -p "$site/bn_lint-0.dist-info"
printf 'Name: bn-lint\nVersion: 0\n' >"$site/bn_lint-0.dist-info/METADATA"
printf '[bn_lint.rules]\nshipped = bn_lint_rules\n' >"$site/bn_lint-0.dist-info/entry_points.txt"
export PYTHONPATH="$PWD/server:$PWD/rules:$site${PYTHONPATH:+:$PYTHONPATH}"
python3 -m pytest -m gpu -p no:cacheprovider --disable-warnings tests/verify "$@"
