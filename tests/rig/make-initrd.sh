#!/usr/bin/env bash
# make-initrd.sh ROOT KERNEL OUT DISK MODULE...: the smallest first disk that finds the real one, DISK: busybox and the
# modules on the way. What lies in its /brought, from a part behind this one, it lays on the real disk.
set -euo pipefail
root=$1 kernel=$2 out=$3 disk=$4
shift 4
staged=$(mktemp -d)
trap 'rm -rf "$staged"' EXIT
mkdir -p "$staged"/{bin,modules,disk,dev,proc}
cp "$root/bin/busybox" "$staged/bin/busybox"
echo "$disk" > "$staged/modules/way-to"
# Each module behind what it needs, each once.
for module in "$@"; do
  modprobe -d "$root" -S "$kernel" --show-depends "$module"
done | awk '$1 == "insmod" && !seen[$2]++ {print $2}' | while read -r path; do
  cp "$path" "$staged/modules/"
  basename "$path" >> "$staged/modules/in-order"
done
cat > "$staged/init" <<'INIT'
#!/bin/busybox sh
b=/bin/busybox
$b mount -t devtmpfs dev /dev
$b mount -t proc proc /proc
while read -r module; do $b insmod "/modules/$module"; done < /modules/in-order
read -r disk < /modules/way-to
tries=0
until [ -b "$disk" ] || [ $tries -ge 600 ]; do tries=$((tries + 1)); $b usleep 50000; done
$b mount -t ext4 -o noatime "$disk" /disk || { $b echo "RIG-EXIT 3"; $b poweroff -f; }
[ ! -d /brought ] || $b cp -a /brought/. /disk/
$b umount /proc
$b mount -o move /dev /disk/dev
exec $b switch_root /disk /rig/init
INIT
chmod +x "$staged/init"
(cd "$staged" && find . | cpio -o -H newc --quiet | gzip -1) > "$out"
