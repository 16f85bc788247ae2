#!/bin/sh
# Installs those of the named Debian packages that are missing. Quick when there is nothing to do.
set -eu

if ! command -v dpkg-query >/dev/null; then
    echo "This is not a Debian system. The build needs what these packages of Debian hold:" >&2
    echo "  $*" >&2
    for tool in cc pkg-config protoc-c; do
        command -v "$tool" >/dev/null || { echo "$tool is missing" >&2 && exit 1; }
    done
    exit 0 # the tools are here: the build will say if a library is not
fi

missing=""
for package; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=""
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "These packages are missing, and there is neither root nor sudo to install them:" >&2
        echo " $missing" >&2
        exit 1
    fi
    as_root=sudo
fi
echo "Installing from Debian:$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# shellcheck disable=SC2086 # a list of words
if ! { $as_root apt-get update && $as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends $missing; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    exit 1
fi
