#!/bin/sh
# Makes /opt/kitcheck/apt, a repository of the named packages and all that they need, the image's only package source.
set -eu

repository=/opt/kitcheck/apt
mkdir -p "$repository" /tmp/packages/partial
apt-get install -y --no-install-recommends --download-only -o Dir::Cache::archives=/tmp/packages "$@"

# Ansible brings half a gigabyte of collections for other makers' clouds and switches; unpacking and compiling them takes
# longer than all the rest of the lab. The collections that a student's playbook may name stay; ansible-core is whole.
only_useful_collections() {
    collections=usr/lib/python3/dist-packages/ansible_collections
    find "$1/$collections" -mindepth 2 -maxdepth 2 -type d \
        ! -path "*/ansible/posix" ! -path "*/ansible/utils" ! -path "*/community/general" ! -path "*/community/postgresql" \
        -exec rm -rf {} +
    find "$1/$collections" -type d -empty -delete
    while read -r sum path; do
        [ ! -e "$1/$path" ] || echo "$sum  $path"
    done < "$1/DEBIAN/md5sums" > "$1.md5sums"
    mv "$1.md5sums" "$1/DEBIAN/md5sums"
}

# The packages come xz-compressed, made for slow networks. Here they are read from the disk, many times: zstd costs some
# disk and unpacks several times faster. But for Ansible's, their content stays as it is.
repack() {
    dpkg-deb --raw-extract "$1" "$1.d"
    case "$(basename "$1")" in ansible_*) only_useful_collections "$1.d" ;; esac
    dpkg-deb --uniform-compression -Zzstd -z3 --build "$1.d" "$repository/$(basename "$1")" > /dev/null
    rm -rf "$1.d"
}
for package in /tmp/packages/*.deb; do
    repack "$package"
done
rm -rf /tmp/packages

(cd "$repository" && apt-ftparchive packages . > Packages && apt-ftparchive release . > Release)
rm -rf /etc/apt/sources.list.d/* /var/lib/apt/lists/* /var/cache/apt/*
# Trusted without a signature: it was filled from Debian's signed one just now, and the kit's root could change both.
echo "deb [trusted=yes] file:$repository ./" > /etc/apt/sources.list
apt-get update
