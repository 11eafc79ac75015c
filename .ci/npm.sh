#!/usr/bin/env bash
# Runs npm in static/ with the Node that .ci/node.sh found: `.ci/npm.sh ci`, `.ci/npm.sh run build`.
# Quiet when all goes well; with VERBOSE=1, or when it fails, everything is shown.
set -euo pipefail
log=$PWD/.build/npm-${*//[^a-z]/-}.log
PATH=$(cat .build/node-path):$PATH
export PATH npm_config_update_notifier=false
cd static
if [ -n "${VERBOSE:-}" ]; then
    exec npm "$@"
fi
npm "$@" >"$log" 2>&1 || { cat "$log" >&2; echo "npm $* failed (its words are above)." >&2; exit 1; }
