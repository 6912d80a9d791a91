#!/usr/bin/env bash
# build.sh: makes the emulated machine's disk, once, and prints the folder it lies in.
#
# A Debian bookworm root with the peers our cameras are judged by, Debian's stock kernel (unpacked, never installed) and
# the project's own locked requirements in /opt/site. Kept in .rig/ under a name made of everything that goes in, so that
# nothing is built twice and nothing stale is booted. Needs root; touches nothing outside .rig/.
set -euo pipefail
rig=$(cd "$(dirname "$0")" && pwd)
checkout=$(cd "$rig/../.." && pwd)
python=$checkout/.venv/bin/python
sources=${APT_SOURCES:-/etc/apt/sources.list.d/debian.sources}
say() { echo "make rig: $*" >&2; }
fail() { say "$*"; exit 2; }

[ "$(id -u)" -eq 0 ] || fail "only root can build the machine's disk; run it as root, or in a container"
for program in mmdebstrap mke2fs cpio modprobe depmod dpkg-deb apt-get; do
  command -v "$program" >/dev/null || fail "$program is missing; run it through \`make rig\`, which installs it"
done
[ -r "$sources" ] || fail "no list of apt's sources at $sources; say where it is: APT_SOURCES=/path make rig"
"$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' ||
  fail "the machine has Debian's Python 3.11, and $python is another; run: make clean && make rig"

packages=(
  mount kmod udev iproute2 procps busybox-static e2fsprogs  # what boots it
  python3 python3-pytest libusb-1.0-0 usbutils              # what the tests run on
  umtp-responder                                            # camera A
  mtp-tools android-file-transfer jmtpfs                    # strangers who judge camera C
)
inputs=$(cat "$0" "$rig/guest-init" "$rig/make-initrd.sh" "$checkout/requirements.lock" | sha256sum | cut -c1-16)
image=$checkout/.rig/image-$inputs
if [ -e "$image/complete" ]; then
  say "the machine is built already: .rig/image-$inputs"
  echo "$image"
  exit 0
fi

say "building the machine: Debian bookworm, ${#packages[@]} packages, its kernel (a minute or two)"
rm -rf "$checkout"/.rig/image-*
mkdir -p "$image/kernel"
root=$image/root
trap 'rm -rf "$image"' ERR
mmdebstrap --quiet --mode=root --variant=apt --architectures=amd64 \
  --aptopt='APT::Install-Recommends "false"' \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --include="$(IFS=,; echo "${packages[*]}")" bookworm "$root" "$sources" >&2

# Debian's kernel with dummy_hcd, functionfs and vhci_hcd is the plain one; the cloud kernel has none of them.
version=$(apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: linux-image-//p' | head -1)
[ -n "$version" ] || fail "apt knows no linux-image-amd64; run: apt-get update"
(cd "$image/kernel" && apt-get -qq -o APT::Sandbox::User=root download "linux-image-$version")
dpkg-deb --fsys-tarfile "$image"/kernel/*.deb | tar -x --keep-directory-symlink -C "$root"
mv "$root/boot/vmlinuz-$version" "$image/vmlinuz"
depmod -b "$root" "$version"

say "installing the project's locked requirements into it"
"$python" -m pip --disable-pip-version-check -qq install --require-hashes --only-binary :all: --root-user-action=ignore \
  --target "$root/opt/site" -r "$checkout/requirements.lock" >&2

install -D "$rig/guest-init" "$root/rig/init"
"$rig/make-initrd.sh" "$root" "$version" "$image/initrd.img"
truncate -s 2G "$image/root.img"
mke2fs -q -t ext4 -O ^has_journal -d "$root" "$image/root.img"
rm -rf "$root" "$image/kernel"
touch "$image/complete"
say "built: .rig/image-$inputs"
echo "$image"
