#!/usr/bin/env bash
# boot.sh IMAGE JOB [ARGUMENTS]: runs JOB (a path in the checkout) inside the emulated machine, with its exit status.
#
# A q35 PC in software emulation, no /dev/kvm. Inside, /dev/virtio-ports/rig.qmp is the emulator's own monitor, so that
# tests plug and unplug its cameras themselves. The console is shown as it comes; a machine that ends without having
# said RIG-EXIT fails. LIMIT seconds at most, MEM megabytes, RIG_SEED repeats a run. The disk is never written to.
set -euo pipefail
rig=$(cd "$(dirname "$0")" && pwd)
checkout=$(cd "$rig/../.." && pwd)
image=$1 job=$2
shift 2
fail() { echo "make rig: $*" >&2; exit 2; }
for program in qemu-system-x86_64 socat; do
  command -v "$program" >/dev/null || fail "$program is missing; run it through \`make rig\`, which installs it"
done
for part in vmlinuz initrd.img root.img; do [ -r "$image/$part" ] || fail "no $part in $image; run: make rig"; done
[ -x "$checkout/$job" ] || fail "no program $job in the checkout"

# Cameras of the emulator keep their files here: a sparse file of 5 GiB costs nothing, but not on every tmpfs.
scratch=$(mktemp -d "$checkout/.rig/run.XXXXXX")
emulator='' bridge=''
cleanup() {
  for process in $bridge $emulator; do kill "$process" 2>/dev/null || true; done
  rm -rf "$scratch"
}
trap cleanup EXIT
mkdir "$scratch/shared"
printf '%s\n' "$@" > "$scratch/shared/arguments"
printf '%s\n' "${RIG_SEED:-}" > "$scratch/shared/seed"
touch "$scratch/console"

timeout --kill-after=10 "${LIMIT:-900}" qemu-system-x86_64 \
  -accel tcg,thread=multi -M q35 -cpu max -smp 2 -m "${MEM:-3072}" \
  -nodefaults -no-user-config -no-reboot -display none -serial "file:$scratch/console" \
  -kernel "$image/vmlinuz" -initrd "$image/initrd.img" \
  -append "console=ttyS0 quiet loglevel=3 mitigations=off panic=-1 rig.job=$job rig.scratch=$scratch/shared" \
  -drive "file=$image/root.img,format=raw,if=none,id=root,snapshot=on" -device virtio-blk-pci,drive=root \
  -fsdev "local,id=checkout,path=$checkout,security_model=none,readonly=on" \
  -device virtio-9p-pci,fsdev=checkout,mount_tag=checkout \
  -fsdev "local,id=scratch,path=$scratch/shared,security_model=none" \
  -device virtio-9p-pci,fsdev=scratch,mount_tag=scratch \
  -qmp "unix:$scratch/monitor,server=on,wait=off" \
  -chardev "socket,id=inside,path=$scratch/inside,server=on,wait=off" \
  -device virtio-serial-pci -device virtserialport,chardev=inside,name=rig.qmp \
  -device qemu-xhci,id=xhci,p2=15,p3=1 > "$scratch/emulator" 2>&1 &
emulator=$!
until [ -S "$scratch/monitor" ] && [ -S "$scratch/inside" ]; do
  kill -0 "$emulator" 2>/dev/null || { cat "$scratch/emulator" >&2; fail "the emulator did not start"; }
  sleep 0.1
done
socat "UNIX-CONNECT:$scratch/inside" "UNIX-CONNECT:$scratch/monitor" &
bridge=$!
tail -n +1 --pid="$emulator" -f "$scratch/console" || true
wait "$emulator" && ended=0 || ended=$?
emulator=''
cat "$scratch/emulator" >&2
status=$(tr -d '\r' < "$scratch/console" | sed -n 's/^RIG-EXIT \([0-9]*\)$/\1/p' | tail -1)
[ -n "$status" ] || fail "the machine ended without a word (emulator: $ended; 124 is out of time: LIMIT=${LIMIT:-900} s)"
exit "$status"
