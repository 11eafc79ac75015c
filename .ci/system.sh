#!/usr/bin/env bash
# What the browser and database tests need from the system: installed with apt where that is allowed, else named.
set -euo pipefail
missing=()
command -v chromium >/dev/null || missing+=(chromium)
ls /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf >/dev/null 2>&1 || missing+=(fonts-dejavu-core)
ls /usr/lib/*/libatomic.so.1 >/dev/null 2>&1 || missing+=(libatomic1)
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || missing+=(postgresql)
if [ ${#missing[@]} -eq 0 ]; then
    echo "system packages: all there"
    exit
fi

if ! command -v apt-get >/dev/null; then
    echo "The tests need ${missing[*]} (Debian's names), and there is no apt-get here: install what your system calls them, then run make test again." >&2
    exit 1
elif [ "$(id -u)" -eq 0 ]; then
    as_root=()
elif sudo -n true 2>/dev/null; then
    as_root=(sudo -n)
else
    echo "The tests need ${missing[*]}, which only root can install: sudo apt install ${missing[*]}, then run make test again." >&2
    exit 1
fi
echo "system packages: installing ${missing[*]}"
install() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
}
{ "${as_root[@]}" apt-get update -qq && install; } >.build/apt.log 2>&1 ||
    { tail -n 30 .build/apt.log >&2; echo "apt-get could not install ${missing[*]} (its words are above)." >&2; exit 1; }
