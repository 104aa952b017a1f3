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

exec /lib/systemd/systemd
