#!/bin/bash
# A Docker engine and the image debian:bookworm, where they are missing: Debian or Ubuntu, as root. What is there stays
# as it is, so that running this again costs a second. Ends with 0 only when a container of that image has run.
set -euo pipefail

BASE=debian:bookworm
LOG=/var/log/kitcheck-dockerd.log
START_SECONDS=60
PULL_SECONDS=15
PACKAGED_CLIENT=/usr/bin/docker
INOTIFY_INSTANCES=1024
INOTIFY=/proc/sys/fs/inotify/max_user_instances

say() { echo "engine: $*"; }
fail() {
    echo "engine: $*" >&2
    exit 1
}

# The first client on the path may come from elsewhere and be too new for the packaged engine; the packaged one is not.
answers() {
    if timeout 10 docker info > /dev/null 2>&1; then
        return
    fi
    timeout 10 "$PACKAGED_CLIENT" info > /dev/null 2>&1 || return
    PATH="$(dirname "$PACKAGED_CLIENT"):$PATH"
    hash -r
}

require_system() {
    local id="" like=""
    if [ -r /etc/os-release ]; then
        # shellcheck disable=SC1091  # not a file of ours
        id=$(. /etc/os-release && echo "${ID:-}")
        # shellcheck disable=SC1091
        like=$(. /etc/os-release && echo "${ID_LIKE:-}")
    fi
    case " $id $like " in
        *" debian "* | *" ubuntu "*) ;;
        *) fail "only Debian and Ubuntu are provided for, this is '${id:-unknown}': install Docker as its makers say" ;;
    esac
    [ "$(id -u)" = 0 ] || fail "an engine is installed and started as root: sudo make engine"
    if [ -n "${DOCKER_HOST:-}" ]; then
        fail "DOCKER_HOST is '$DOCKER_HOST' and nothing answers there: start that engine, or unset DOCKER_HOST for one here"
    fi
}

install_packages() {
    say "installing $*"
    apt-get update -qq
    # dockerd is started below: packages need not, and in a container often cannot, start services.
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" > /dev/null \
        || fail "apt-get could not install: $*"
}

forget_pid() {
    local file=$1 program=$2
    if [ -s "$file" ] && [ "$(cat "/proc/$(cat "$file")/comm" 2> /dev/null)" != "$program" ]; then
        rm -f "$file"
    fi
}

start_engine() {
    if [ -d /run/systemd/system ]; then
        say "starting dockerd with systemd"
        systemctl start docker.service || fail "systemd could not start it: journalctl -u docker.service"
    else
        say "starting dockerd, its log is $LOG"
        # Without an init system nobody else removes what a killed one has left; its number may be another program's now.
        forget_pid /run/docker.pid dockerd
        forget_pid /run/docker/containerd/containerd.pid containerd
        setsid dockerd > "$LOG" 2>&1 < /dev/null &
    fi
    local waited=0
    until answers; do
        if [ "$waited" -ge "$START_SECONDS" ]; then
            tail -n 20 "$LOG" >&2 2> /dev/null || true
            fail "dockerd does not answer after $START_SECONDS s; the end of its log is above"
        fi
        sleep 1
        waited=$((waited + 1))
    done
}

provide_engine() {
    if answers; then
        say "an engine answers: $(docker version --format '{{.Server.Version}}')"
        return
    fi
    require_system
    if ! command -v dockerd > /dev/null || ! command -v docker > /dev/null; then
        install_packages docker.io iptables ca-certificates
        hash -r
    fi
    start_engine
    say "an engine answers: $(docker version --format '{{.Server.Version}}')"
}

# Laboratories and test machines often reach Debian's packages and no image registry: then the image is made from them.
make_base_image() {
    require_maker
    command -v mmdebstrap > /dev/null || install_packages mmdebstrap debian-archive-keyring
    say "making $BASE from Debian's packages"
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    # A file in between: a pipe would import half an image when the first part fails.
    mmdebstrap --quiet --variant=minbase bookworm "$folder/base.tar" || fail "mmdebstrap could not make $BASE"
    docker import --change 'CMD ["bash"]' "$folder/base.tar" "$BASE" > /dev/null
}

require_maker() {
    if [ "$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; then
        fail "$BASE could not be pulled, and only root on Debian or Ubuntu can make it: docker pull $BASE"
    fi
}

provide_base_image() {
    if docker image inspect "$BASE" > /dev/null 2>&1; then
        say "$BASE is there"
        return
    fi
    say "pulling $BASE"
    if timeout "$PULL_SECONDS" docker pull --quiet "$BASE" > /dev/null 2>&1; then
        return
    fi
    say "no image registry gave it within $PULL_SECONDS s"
    make_base_image
}

# Every machine runs a systemd, and each takes several of these: the usual 128 end with the third kit.
make_room() {
    if [ -w "$INOTIFY" ] && [ "$(cat "$INOTIFY")" -lt "$INOTIFY_INSTANCES" ]; then
        say "allowing $INOTIFY_INSTANCES inotify instances, for several kits at once"
        echo "$INOTIFY_INSTANCES" > "$INOTIFY" || say "that was refused: about two kits at once will do"
    fi
}

prove() {
    timeout 60 docker run --rm "$BASE" true || fail "the engine answers, but cannot run a container of $BASE"
    say "ready"
}

main() {
    command -v timeout > /dev/null || fail "'timeout' is missing: this is no Debian or Ubuntu"
    provide_engine
    provide_base_image
    make_room
    prove
}

# Sourced, it only defines: that is how its parts are tested.
if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    # A root that was reached with plain `su` does not see where dockerd is.
    PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
    main
fi
