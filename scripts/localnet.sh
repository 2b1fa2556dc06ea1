#!/bin/sh
# A local network for test suites that start one by a script: LOCALNET_SH_PATH=/path/to/myelin/scripts/localnet.sh
# It takes the arguments of upstream's script of this name (True or False, --no-purge, --build-only); docs/ci.md tells more.
# MYELIN names the program (default: bin/myelin beside this folder, which `make build` makes, else myelin in the PATH).
set -e
if [ -z "$MYELIN" ]; then
	MYELIN=$(dirname "$0")/../bin/myelin
	[ -x "$MYELIN" ] || MYELIN=myelin
fi
exec "$MYELIN" localnet --no-neurons --ci "$@"
