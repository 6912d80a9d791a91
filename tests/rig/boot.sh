#!/usr/bin/env bash
# boot.sh IMAGE JOB [ARGUMENTS]: runs JOB (a path in the checkout) inside an emulated machine, with its exit status.
#
# A q35 PC or, where the image has a pi.dtb, a Raspberry Pi 3B; in software emulation, no /dev/kvm. Inside, a line leads
# to the emulator's own monitor (PC: /dev/virtio-ports/rig.qmp, Pi: the serial line of its pins, by way of
# pi/other_end.py), so that tests plug and unplug its cameras themselves. The console is shown as it comes; a machine that ends without having said RIG-EXIT
# fails. LIMIT seconds at most, MEM megabytes for a PC, RIG_SEED repeats a run. The disk is never written to; RIG_DISK,
# a socket that an NBD server listens on, is another one, /dev/vdb, which is.
set -euo pipefail
rig=$(cd "$(dirname "$0")" && pwd)
checkout=$(cd "$rig/../.." && pwd)
image=$1 job=$2
shift 2
fail() { echo "make rig: $*" >&2; exit 2; }
machine=pc program=qemu-system-x86_64
[ ! -e "$image/pi.dtb" ] || machine=pi program=qemu-system-aarch64
for needed in "$program" socat; do
  command -v "$needed" >/dev/null || fail "$needed is missing; run it through \`make rig\`, which installs it"
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

said="quiet loglevel=3 panic=-1 rig.job=$job rig.scratch=$scratch/shared"
if [ "$machine" = pc ]; then
  # On a busy host its kernel may find no timer in time, and would panic: it is told not to look.
  hardware=(
    -M q35 -cpu max -smp 2 -m "${MEM:-3072}" -no-user-config -serial "file:$scratch/console"
    -initrd "$image/initrd.img" -append "console=ttyS0 mitigations=off no_timer_check $said"
    -drive "file=$image/root.img,format=raw,if=none,id=root,snapshot=on" -device virtio-blk-pci,drive=root
    -fsdev "local,id=checkout,path=$checkout,security_model=none,readonly=on"
    -device virtio-9p-pci,fsdev=checkout,mount_tag=checkout
    -fsdev "local,id=scratch,path=$scratch/shared,security_model=none"
    -device virtio-9p-pci,fsdev=scratch,mount_tag=scratch
    -chardev "socket,id=inside,path=$scratch/inside,server=on,wait=off"
    -device virtio-serial-pci -device virtserialport,chardev=inside,name=rig.qmp
    -device qemu-xhci,id=xhci,p2=15,p3=1
  )
  if [ -n "${RIG_DISK:-}" ]; then
    hardware+=(
      -drive "file=nbd+unix:///?socket=$RIG_DISK,format=raw,if=none,id=kept"
      -device virtio-blk-pci,drive=kept
    )
  fi
else
  # The emulator has no graphics processor; the drivers that talk to one wait for it, and one now and then oopses.
  said="$said modprobe.blacklist=vchiq,vc4"
  "$rig/pi/pack.sh" "$checkout" "$scratch/shared" "$image/initrd.img" "$scratch/initrd.img"
  hardware=(
    -M raspi3b -dtb "$image/pi.dtb" -serial "unix:$scratch/inside,server=on,wait=off" -serial "file:$scratch/console"
    -initrd "$scratch/initrd.img" -append "console=ttyS1,115200 $said"
    -drive "file=$image/root.img,format=raw,if=sd,snapshot=on"
  )
fi
timeout --kill-after=10 "${LIMIT:-2400}" "$program" -accel tcg,thread=multi "${hardware[@]}" \
  -nodefaults -no-reboot -display none -kernel "$image/vmlinuz" \
  -qmp "unix:$scratch/monitor,server=on,wait=off" > "$scratch/emulator" 2>&1 &
emulator=$!
until [ -S "$scratch/monitor" ] && [ -S "$scratch/inside" ]; do
  kill -0 "$emulator" 2>/dev/null || { cat "$scratch/emulator" >&2; fail "the emulator did not start"; }
  sleep 0.1
done
# The monitor speaks first, and a Pi's serial line chokes on what comes before anybody holds it: the first line from
# inside, empty, lets it speak. A Pi's line leads to bay boards as well.
if [ "$machine" = pc ]; then
  socat "UNIX-CONNECT:$scratch/inside" SYSTEM:"read -r line; exec socat - 'UNIX-CONNECT:$scratch/monitor'" &
else
  python=$checkout/.venv/bin/python
  [ -x "$python" ] || python=python3
  (cd "$checkout" && exec "$python" -m tests.rig.pi.other_end "$scratch/inside" "$scratch/monitor") &
fi
bridge=$!
tail -n +1 --pid="$emulator" -f "$scratch/console" || true
wait "$emulator" && ended=0 || ended=$?
emulator=''
cat "$scratch/emulator" >&2
status=$(tr -d '\r' < "$scratch/console" | sed -n 's/^RIG-EXIT \([0-9]*\)$/\1/p' | tail -1)
[ -n "$status" ] || fail "the machine ended without a word (emulator: $ended; 124 is out of time: LIMIT=${LIMIT:-2400} s)"
exit "$status"
