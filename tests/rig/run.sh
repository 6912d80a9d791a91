#!/usr/bin/env bash
# run.sh [ARGUMENTS]: builds the emulated PC where it is not built, runs its tests, then cuts its power in dockings.
#
# Arguments are pytest's, for the tests inside. Five cuts follow where there are none.
set -euo pipefail
rig=$(cd "$(dirname "$0")" && pwd)
checkout=$(cd "$rig/../.." && pwd)
image=$("$rig/build.sh")
"$rig/boot.sh" "$image" tests/rig/in-guest "$@"
[ $# -eq 0 ] || exit 0
cd "$checkout"
exec .venv/bin/python -m tests.rig.power_cuts "$image" --count 5
