#!/usr/bin/env bash
# Makes .venv and installs a hashed lock into it: `.ci/python.sh requirements.txt`.
# PYTHON names the interpreter; by default the first of python3.11, python3.12, python3.13, python3 that is 3.11 or newer.
set -euo pipefail
lock=$1

fail() {
    echo "$1" >&2
    exit 1
}

suits() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    local candidate
    for candidate in ${PYTHON:-python3.11 python3.12 python3.13 python3}; do
        if suits "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    fail "Synod needs Python 3.11 or newer and found none (tried: ${PYTHON:-python3.11 python3.12 python3.13 python3}); on Debian 12: apt install python3 python3-venv."
}

if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    python=$(find_python)
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "Python's venv module is missing: apt install python3-venv (Debian keeps it in a package of its own), then run make again."
    echo "python: making .venv with $("$python" --version)"
    rm -rf .venv
    "$python" -m venv .venv
fi

echo "python: installing $lock"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock" 2>.build/pip.log ||
    { cat .build/pip.log >&2; fail "pip could not install $lock (its words are above); check the connection to the package index and run make again."; }
