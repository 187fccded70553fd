#!/usr/bin/env bash
# Runs the tiers that need a database against Debian's Postgres 15 instead of the embedded one: a server of its own in a
# temporary folder, on a free port, with the planner's settings that docs/operations.md asks for.
# Arguments go to Jest. Says so and succeeds where Debian's Postgres is not installed.
set -euo pipefail
cd "$(dirname "$0")/.."

bin=/usr/lib/postgresql/15/bin
if [ ! -x "$bin/initdb" ]; then
  echo "no PostgreSQL 15 in $bin: nothing to test against"
  exit 0
fi

dir=$(mktemp -d "${TMPDIR:-/tmp}/ritorno-pg15-XXXXXX")
chmod 755 "$dir"
as=()
if [ "$(id -u)" = 0 ]; then
  chown postgres "$dir"
  as=(setpriv --reuid=postgres --regid=postgres --clear-groups)
fi
port=$(node -e "const s = require('net').createServer().listen(0, '127.0.0.1', () => { console.log(s.address().port); s.close(); })")
stop() {
  (cd "$dir" && "${as[@]}" "$bin/pg_ctl" -D "$dir/data" -m immediate -w stop >/dev/null 2>&1) || true
  rm -rf "$dir"
}
trap stop EXIT

cd "$dir"
"${as[@]}" "$bin/initdb" -D "$dir/data" -U ritorno --encoding=UTF8 --locale=C.UTF-8 --auth=trust --no-sync >/dev/null
options="-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off -c max_connections=300 -c random_page_cost=1.1 -c jit=off"
"${as[@]}" "$bin/pg_ctl" -D "$dir/data" -w -o "$options" -l "$dir/log" start >/dev/null
cd - >/dev/null

TEST_PG_BIN="$bin" TEST_DATABASE_URL="postgres://ritorno@127.0.0.1:$port/postgres" npx jest "$@" --selectProjects integration e2e
