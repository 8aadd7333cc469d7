#!/usr/bin/env bash
# Runs verify's GPU checks on a machine that has a GPU and torch: without network, without installing anything.
#
# usage: scripts/gpu_check.sh [DIR] [ARGUMENTS OF verify_table.py]
# DIR, if given, holds an unpack.sh that makes torch-tensorrt-rtx importable.
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if [ -f "${1:-}/unpack.sh" ]; then
  . "$1/unpack.sh"
  shift
fi
python3 scripts/verify_table.py "${@:-gpu}"
