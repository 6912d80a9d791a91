#!/usr/bin/env bash
# pack.sh CHECKOUT SCRATCH INITRD OUT: the first disk of a Pi, which brings along all that a PC shares with its host.
#
# The emulated Raspberry Pi 3B has one USB port, which is the camera's, and no folder of the host's: so the code, the
# job's arguments and a copy of the camera's card come in a second part of the first disk. Makes that card, too.
set -euo pipefail
checkout=$1 scratch=$2 initrd=$3 out=$4
code=(dockward firmware_py hardware provisioning registry station tests pyproject.toml)
[ -n "$(cat "$scratch/seed")" ] || od -An -N4 -tu4 /dev/urandom | tr -d ' ' > "$scratch/seed"
(cd "$checkout" && python3 -m tests.rig.pi.card "$scratch" "$(cat "$scratch/seed")")
staged=$(mktemp -d "$scratch/../first.XXXXXX")
trap 'rm -rf "$staged"' EXIT
mkdir -p "$staged/brought/checkout"
(cd "$checkout" && find "${code[@]}" -name __pycache__ -prune -o -type f -print0 |
  xargs -0 cp --parents -t "$staged/brought/checkout")
cp -r "$scratch" "$staged/brought/scratch"
cp "$initrd" "$out"
truncate -s %4 "$out"  # the kernel finds another part at every fourth byte only
(cd "$staged" && find brought | cpio -o -H newc --quiet) >> "$out"
