#!/bin/sh
# What a machine has before its init starts, and a container has not. Then systemd, as the same process.

# Whoever reboots a machine waits until this changes (Ansible does); a container would show its host's for ever.
cat /proc/sys/kernel/random/uuid > /run/boot_id
mount --bind /run/boot_id /proc/sys/kernel/random/boot_id

# With cgroup v2 the engine mounts the container's own tree read-only, and systemd must write to it.
if [ -e /sys/fs/cgroup/cgroup.controllers ] && ! [ -w /sys/fs/cgroup/cgroup.procs ]; then
    mount -o remount,rw /sys/fs/cgroup || mount -t cgroup2 none /sys/fs/cgroup
fi

# The kit's router, where it is not the engine's own gateway.
if [ -s /etc/kitcheck/gateway ]; then
    ip route replace default via "$(cat /etc/kitcheck/gateway)"
fi

# The owner's public keys, written once: afterwards the file is the machine's own. By the environment, because writing
# files into a container from outside takes the engine longer than a tenth of a boot.
if [ -n "${KITCHECK_AUTHORIZED_KEYS:-}" ] && ! [ -e /home/ubuntu/.ssh/authorized_keys ]; then
    printf '%s\n' "$KITCHECK_AUTHORIZED_KEYS" > /home/ubuntu/.ssh/authorized_keys
    chown ubuntu:ubuntu /home/ubuntu/.ssh/authorized_keys
    chmod 0600 /home/ubuntu/.ssh/authorized_keys
fi
unset KITCHECK_AUTHORIZED_KEYS

# Neighbours may remember another machine under this address for half a minute: it announces itself, as any system does.
arping -q -U -c 3 -I eth0 "$(hostname -i)" > /dev/null 2>&1 &

exec /lib/systemd/systemd
