#!/usr/bin/env bash
# A daemon that watches DOMAINS domains of the lab at the default schedule for MINUTES: CPU, memory,
# scheduler lag, growth of the store, page times. Then everything is due at once after a pause: how long
# that takes, and what the busiest host has to bear. HASTE=600 lets the daemon's time run up to so many
# times faster, as far as the machine keeps up (DNS answers and conversations are then kept as long as in
# real time, which is longer in its own), and leaves the pause out; EVERY=20 asks the pages every 20 s, not
# every two. WORK=FOLDER keeps the store and the daemon's moment there, and goes on from them the next
# time: a month can be watched in several sittings (each is another start of the daemon, and the mail hosts
# have other certificates). Prints its figures; judges nothing. Needs python3.
# Arguments go to cargo (`--profile dev`); VIGIE and BENCH name the programs if they are built already.
set -euo pipefail
cd "$(dirname "$0")/.."
domains=${DOMAINS:-10000}
minutes=${MINUTES:-60}
haste=${HASTE:-1}
every=${EVERY:-2}
port=${PORT:-18925}
built() {
  cargo bench --no-run --bench watch --message-format json "$@" | python3 -c '
import json, sys
for line in sys.stdin:
    built = json.loads(line)
    if built.get("target", {}).get("name") == "watch" and built.get("executable"):
        print(built["executable"])'
}
bench=${BENCH:-$(built "$@")}
# Cargo builds the program beside a bench.
vigie=${VIGIE:-$(dirname "$bench")/../vigie}
work=${WORK:-$(mktemp -d)}
mkdir -p "$work"
trap 'kill $(jobs -p) 2>/dev/null || true; [ -n "${WORK:-}" ] || rm -rf "$work"' EXIT
ulimit -n 65536 2>/dev/null || ulimit -n "$(ulimit -Hn)"

start_world() {
  rm -f "$work/network.toml"
  VIGIE_BENCH_ROLE=world WORLD="$work/world.toml" NETWORK="$work/network.toml" "$bench" > "$work/load" &
  world=$!
  until [ -s "$work/network.toml" ]; do sleep 0.2; done
  python3 benches/watch.py config "$work" "$port"
}

start_daemon() {
  if [ "$haste" = 1 ]; then
    "$vigie" run --config "$work/vigie.toml" > "$work/log" 2>&1 &
  else
    VIGIE_BENCH_ROLE=daemon CONFIG="$work/vigie.toml" HASTE="$haste" MOMENT="$work/moment" "$bench" > "$work/log" 2>&1 &
  fi
  daemon=$!
  until python3 -c "import socket; socket.create_connection(('127.0.0.1', $port))" 2>/dev/null; do
    kill -0 "$daemon" || { cat "$work/log"; exit 1; }
    sleep 0.2
  done
}

python3 benches/watch.py world "$domains" "$work"
start_world
start_daemon
echo "$domains domains, $minutes minutes, time runs at most $haste times as fast"
python3 benches/watch.py observe "$daemon" "$work" "$port" "$minutes" "$every" "$haste" || { cat "$work/log"; exit 1; }
kill "$daemon"
wait "$daemon" || true
[ "$haste" = 1 ] || { tail -1 "$work/log"; cat "$work/moment"; echo; }
kill "$world"
wait "$world" || true
cat "$work/load"
[ "$haste" = 1 ] || exit 0

echo "after a pause:"
start_world
python3 benches/watch.py overdue "$work"
start_daemon
python3 benches/watch.py observe "$daemon" "$work" "$port" "${DRAIN_MINUTES:-10}" "$every" 1
kill "$daemon" "$world"
wait "$world" || true
cat "$work/load"
