#!/bin/sh
# Every machine has host keys of its own, made when it boots for the first time.
set -eu
for kind in ed25519 ecdsa; do
    [ -s "/etc/ssh/ssh_host_${kind}_key" ] || ssh-keygen -q -t "$kind" -N '' -f "/etc/ssh/ssh_host_${kind}_key" < /dev/null
done
