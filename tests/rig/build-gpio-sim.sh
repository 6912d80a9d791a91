#!/usr/bin/env bash
# build-gpio-sim.sh KERNEL OUT: makes the kernel's own gpio-sim for KERNEL, as a module of its own, and lays it at OUT.
#
# Debian's kernels are built without it (CONFIG_GPIO_SIM and CONFIG_IRQ_SIM are off). Its source is taken from Debian's
# linux-source of the same version, and compiled against that kernel's headers; nothing is installed on this machine.
set -euo pipefail
kernel=$1 out=$(realpath -m "$2")
fail() { echo "make rig: $*" >&2; exit 2; }
for program in make gcc-12 xz apt-get dpkg-deb; do
  command -v "$program" >/dev/null || fail "$program is missing; run it through \`make rig\`, which installs it"
done
known_version() { { apt-cache show "linux-headers-$kernel" 2>/dev/null || true; } | sed -n 's/^Version: //p' | head -1; }
version=$(known_version)
[ -n "$version" ] || { apt-get -qq update && version=$(known_version); }
[ -n "$version" ] || fail "apt knows no linux-headers-$kernel, which is the kernel that was just installed"
series=$(echo "$kernel" | cut -d. -f1,2)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get -qq -o APT::Sandbox::User=root download "linux-headers-$kernel=$version" \
  "linux-headers-${kernel%-amd64}-common=$version" "linux-kbuild-$series=$version" "linux-source-$series=$version"
for package in linux-headers*.deb linux-kbuild*.deb; do dpkg-deb -x "$package" headers; done
dpkg-deb --fsys-tarfile linux-source*.deb | tar -xO "./usr/src/linux-source-$series.tar.xz" |
  tar -xJ --strip-components=1 --wildcards '*/drivers/gpio/gpio-sim.c' '*/drivers/gpio/gpiolib*.h' '*/kernel/irq/irq_sim.c'
mkdir module
cp drivers/gpio/* kernel/irq/irq_sim.c module/
# In the kernel it finds an interrupt by a function that modules are not given; this one they are.
sed -i 's/irq_to_desc(irqnum)/irq_data_to_desc(irq_get_irq_data(irqnum))/; /EXPORT_SYMBOL_GPL/d
        /#include <linux\/irq_work.h>/a #include <linux/irqdesc.h>' module/irq_sim.c
printf 'obj-m := gpio-sim-rig.o\ngpio-sim-rig-y := gpio-sim.o irq_sim.o\n' > module/Makefile
sed -i "s#include /usr#include $work/headers/usr#" "headers/usr/src/linux-headers-$kernel/Makefile"
make -s -C "headers/usr/src/linux-headers-$kernel" M="$work/module" modules >&2
strip --strip-debug module/gpio-sim-rig.ko
install -m 644 -D module/gpio-sim-rig.ko "$out"
