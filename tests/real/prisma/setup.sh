#!/usr/bin/env bash
# The real Prisma Migrate for tests, on machines that cannot download Prisma's native engine binaries.
#
#   setup.sh [DEST]      default: $CRASHCART_REAL_PRISMA, else where the tests look: real-prisma in crashcart's cache folder
#
# Needs node >= 20.19 and npm. Makes DEST/bin/prisma{5,6,7}: unmodified CLIs, run with the engine of engine.mjs.
# Safe to repeat: what is there already stays.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}
[ "$(id -u)" != 0 ] || cache=/var/cache
dest=${1:-${CRASHCART_REAL_PRISMA:-$cache/crashcart/real-prisma}}

clis=(5:5.22.0 6:6.19.3 7:7.10.1)
# The first WASM engine is exactly that of CLI 6.19.3, the second the nearest published to that of 7.10.1;
# sqlparser-ts 0.61 wraps the parser by which engines from 7.4 on split a script into statements.
engine_packages=(
  @prisma/schema-engine-wasm@7.1.1-3.c2990dca591cba766e3b7ef5d9e8a84796e47ab7
  schema-engine-wasm-8@npm:@prisma/schema-engine-wasm@8.1.0-2.59be4fda12412a79eeb9c2ae727b6aa723593323
  @prisma/adapter-pg@7.10.1
  @prisma/driver-adapter-utils@7.10.1
  @guanmingchiu/sqlparser-ts@0.61.1
  pg@8.23.1
)

fail() { echo "real Prisma: $*" >&2; exit 1; }

need_node() {
  command -v node >/dev/null && command -v npm >/dev/null || fail "needs node and npm"
  node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
    fail "needs node >= 20.19, this is $(node --version)"
}

# install FOLDER PACKAGE... -- only where the very same list is not installed yet
install() {
  local folder=$1; shift
  local stamp="$folder/.installed" attempt
  [ "$(cat "$stamp" 2>/dev/null)" = "$*" ] && return
  mkdir -p "$folder"
  echo '{"private": true, "type": "module"}' >"$folder/package.json"
  for attempt in 1 2 3; do
    # their install scripts would download native engines
    (cd "$folder" && npm install --ignore-scripts --no-audit --no-fund --no-package-lock --save-exact --loglevel=error "$@" </dev/null) &&
      { echo "$*" >"$stamp"; return; }
    echo "real Prisma: npm install failed (attempt $attempt)" >&2
    sleep $((attempt * 5))
  done
  fail "npm cannot install $*; is the package registry reachable?"
}

# wrapper MAJOR WASM_PACKAGE SPLIT -- SPLIT=1: engines from 7.4 on send a script statement by statement
wrapper() {
  cat >"$dest/bin/prisma$1" <<END
#!/bin/sh
export PRISMA_SCHEMA_ENGINE_BINARY="$dest/engine/schema-engine"
export PRISMA_QUERY_ENGINE_LIBRARY="$dest/engine/not-needed" PRISMA_QUERY_ENGINE_BINARY="$dest/engine/not-needed" PRISMA_FMT_BINARY="$dest/engine/not-needed"
export CHECKPOINT_DISABLE=1 PRISMA_HIDE_UPDATE_MESSAGE=1
export ENGINE_WASM_PACKAGE="$2" ENGINE_SPLIT="\${ENGINE_SPLIT:-$3}"
exec node "$dest/cli-$1/node_modules/prisma/build/index.js" "\$@"
END
  chmod 755 "$dest/bin/prisma$1"
}

need_node
mkdir -p "$dest/bin" "$dest/engine"
dest=$(cd "$dest" && pwd)
for cli in "${clis[@]}"; do install "$dest/cli-${cli%%:*}" "prisma@${cli#*:}"; done
install "$dest/engine" "${engine_packages[@]}"
cp "$here"/*.mjs "$dest/engine/"
printf '#!/bin/sh\nexec node "%s/engine/engine.mjs" "$@"\n' "$dest" >"$dest/engine/schema-engine"
printf '#!/bin/sh\nexit 0\n' >"$dest/engine/not-needed"
chmod 755 "$dest/engine/schema-engine" "$dest/engine/not-needed"
wrapper 5 @prisma/schema-engine-wasm 0
wrapper 6 @prisma/schema-engine-wasm 0
wrapper 7 schema-engine-wasm-8 1
for cli in "${clis[@]}"; do
  # it ends with 1 all the same, over the query engine that migrating does not need
  found=$({ "$dest/bin/prisma${cli%%:*}" --version 2>/dev/null </dev/null || true; } | sed -n 's/^prisma *: *//p')
  [ "$found" = "${cli#*:}" ] || fail "prisma${cli%%:*} answers '$found' where ${cli#*:} was installed"
done
echo "real Prisma: $dest/bin/prisma{5,6,7}"
