# Shared by the scripts of this folder, which source it: where things are, and how to give up.
#
# Sets  root    the working tree
#       target  cargo's target folder, absolute; exported as CARGO_TARGET_DIR, so that a relative one given by
#               the caller means the same folder after a `cd`
#       cache   what is costly to fetch or make and outlives a `cargo clean` (GETAD_TOOLS_CACHE overrides it)
# shellcheck shell=bash disable=SC2034

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
target=${CARGO_TARGET_DIR:-$root/target}
[[ $target == /* ]] || target=$PWD/$target
export CARGO_TARGET_DIR=$target
cache=${GETAD_TOOLS_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/getad-tools}

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# Prints the comment at the head of the running script, which is its manual.
usage() {
    awk 'NR > 1 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$0"
}

# Version of an installed Debian package; nothing if it is not installed.
version_of() {
    { dpkg-query -W -f '${db:Status-Abbrev} ${Version}\n' "$1" 2>/dev/null || true; } | sed -n 's/^ii *//p'
}

# Folder for the 32-bit Windows half of the installed Wine; `tools/setup` fills it. A colon (an epoch) would
# split WINEDLLPATH.
wine32_dir() {
    local version
    version=$(version_of libwine)
    printf '%s/wine32-%s' "$cache" "${version//:/_}"
}
