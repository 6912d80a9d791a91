#!/usr/bin/env bash
# make-initrd.sh ROOT KERNEL OUT: the smallest first disk that finds the real one: busybox and the modules on the way.
set -euo pipefail
root=$1 kernel=$2 out=$3
staged=$(mktemp -d)
trap 'rm -rf "$staged"' EXIT
mkdir -p "$staged"/{bin,modules,disk,dev,proc}
cp "$root/bin/busybox" "$staged/bin/busybox"
# Each module behind what it needs, each once.
for module in virtio_pci virtio_blk crc32c_generic ext4; do
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
tries=0
until [ -b /dev/vda ] || [ $tries -ge 600 ]; do tries=$((tries + 1)); $b usleep 50000; done
$b mount -t ext4 -o noatime /dev/vda /disk || { $b echo "RIG-EXIT 3"; $b poweroff -f; }
$b umount /proc
$b mount -o move /dev /disk/dev
exec $b switch_root /disk /rig/init
INIT
chmod +x "$staged/init"
(cd "$staged" && find . | cpio -o -H newc --quiet | gzip -1) > "$out"
