#!/bin/sh
# ./run long bare [SUITE ...]: the demo, the tests and the checks on a bare Debian, as root and as an ordinary user.
#
# Each trial starts from a system that holds python3 and ca-certificates and nothing else that we use, and from the last
# commit. Root may use apt, so nothing may be left out; the ordinary user may not, so one line must say what was.
# Needs root, debootstrap and git; about 4 GB in FOLDER. By environment:
#   MIRROR   where Debian comes from
#   FOLDER   where the systems are made; a bare system that is already there is used again
#   PREPARE  a program that is called with the root folder of each new system, for certificates or proxies
set -eu

MIRROR=${MIRROR:-http://deb.debian.org/debian}
FOLDER=${FOLDER:-/var/tmp/micro-station-bare}
PREPARE=${PREPARE:-true}
here=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd -P)
project="home/ordinary/the project" # a space, because people have them

stop() {
    printf '!! %s\n' "$*" >&2
    exit 1
}
[ "$(id -u)" -eq 0 ] || stop "This makes whole systems: run it as root."
for program in debootstrap git unshare; do
    command -v "$program" >/dev/null || stop "Not installed: $program"
done

make_bare() {
    [ ! -e "$FOLDER/$1/etc/debian_version" ] || return 0
    echo "== making a bare $1"
    debootstrap --variant=minbase --include=python3,ca-certificates "$1" "$FOLDER/$1" "$MIRROR" >"$FOLDER/$1.log" ||
        stop "debootstrap failed: $FOLDER/$1.log"
}

# inside ROOT WHO: runs in a mount and process space of its own, so that nothing is left mounted or running.
inside() {
    mount --make-rprivate /
    mount -t proc proc "$1/proc"
    mount --rbind /dev "$1/dev"
    mount -t tmpfs tmpfs "$1/tmp"
    [ "$2" = root ] && home=/root ci=true || home=/home/ordinary ci=false
    chroot --userspec="$2" "$1" env -i HOME="$home" PATH=/usr/local/bin:/usr/bin:/bin LANG=C.UTF-8 CI="$ci" sh -euc "
        cd '/$project'
        ./run demo --once --json
        ./run test
        ./run check"
}

# trial SUITE WHO
trial() {
    root=$FOLDER/trial
    log=$FOLDER/$1-$2.log
    rm -rf "$root"
    cp -a --reflink=auto "$FOLDER/$1" "$root"
    chroot "$root" useradd --create-home ordinary
    mkdir "$root/$project"
    git -C "$here" archive HEAD | tar -x -C "$root/$project"
    chroot "$root" chown -R "$2:" "/$project"
    "$PREPARE" "$root"
    echo "== $1 as $2: $log"
    start=$(date +%s)
    if unshare --mount --pid --fork --kill-child sh "$0" inside "$root" "$2" >"$log" 2>&1 &&
        { [ "$2" = root ] || grep -q "LEFT OUT" "$log"; }; then
        echo "   passed in $(($(date +%s) - start)) s"
    else
        tail -n 40 "$log"
        stop "$1 as $2 failed: $log"
    fi
    rm -rf "$root"
}

if [ "${1:-}" = inside ]; then
    inside "$2" "$3"
    exit
fi
mkdir -p "$FOLDER"
[ $# -gt 0 ] || set -- bookworm trixie
for suite; do
    make_bare "$suite"
    trial "$suite" root
    trial "$suite" ordinary
done
echo "== all passed"
