#!/usr/bin/env bash
# vigie, checkdmarc (PyPI) and dnsperf over the same 1, 40 and 400 domains of the lab, at 0 and 20 ms of
# DNS latency: wall time, CPU time, peak memory and DNS questions (medians of nine runs of vigie and of
# dnsperf). Prints its figures; judges nothing.
# Runs in a network of its own, so that its counters count nothing else and no packet can leave.
# Needs python3 with venv, dnsperf and unshare (apt-get install python3-venv dnsperf util-linux);
# PYTHON=… names a python that has checkdmarc already.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -z "${VIGIE_BENCH_INSIDE:-}" ]; then
  if [ -z "${PYTHON:-}" ]; then
    python3 -m venv target/peers
    target/peers/bin/pip install --quiet checkdmarc==6.0.4
    PYTHON=target/peers/bin/python
  fi
  export PYTHON VIGIE_BENCH_INSIDE=1
  exec unshare --map-root-user --net bash "$0" "$@"
fi
ip link set lo up
vigie=${VIGIE:-target/release/vigie}
checks=dns,dnssec,mx,spf,dmarc,tls-rpt
work=$(mktemp -d)
trap 'kill "$lab" 2>/dev/null || true; rm -rf "$work"' EXIT

start_lab() {
  "$PYTHON" benches/peers.py world "$work" "$1"
  "$vigie" lab "$work/world.toml" > "$work/lab" &
  lab=$!
  until grep -q '^vigie audit' "$work/lab" 2>/dev/null; do sleep 0.1; done
  options=$(grep '^vigie audit' "$work/lab" | head -1 | sed 's/^vigie audit [^ ]* //')
  port=$(sed -n 's/.*--resolver 127.0.0.1:\([0-9]*\).*/\1/p' "$work/lab" | head -1)
}

datagrams() { awk '/^Udp:/ && $2 ~ /^[0-9]/ { print $5 }' /proc/net/snmp; }

# timed TIMES NAME DOMAINS COMMAND…: one line of figures, the median of so many runs; half of the datagrams
# are answers.
timed() {
  local times=$1 name=$2 count=$3 before after
  shift 3
  : > "$work/time"
  for _ in $(seq "$times"); do
    rm -f "$work/once"
    before=$(datagrams)
    "$PYTHON" benches/peers.py timed "$work/once" "$@" > /dev/null 2> "$work/errors" || cat "$work/errors"
    after=$(datagrams)
    echo "$(cat "$work/once") $(((after - before) / 2))" >> "$work/time"
  done
  python3 - "$work/time" "$name" "$count" <<'PY'
import statistics, sys
runs = [[float(field) for field in line.split()] for line in open(sys.argv[1])]
wall, cpu, peak, questions = map(statistics.median, zip(*runs))
print(f"  {sys.argv[2]:<11} {sys.argv[3]:>3} domains  wall {wall:8.3f} s  cpu {cpu:7.3f} s  "
      f"peak {peak / 1024:4.0f} MiB  {questions:6.0f} questions")
PY
}

# The command that asks the questions of one file, with these options.
dnsperf_of() { echo "dnsperf -s 127.0.0.1 -p $port -d $work/questions-$1 ${*:2} -n 1 -c 4 -q 512"; }

# shellcheck disable=SC2086
audit() { "$vigie" audit --from-file "$work/$1" $options --checks "$checks" --format json --fail-on never -q -o "$work/report" "${@:2}"; }

start_lab 400
audit 1
python3 - "$work/report" <<'PY'
import json, sys
took = json.load(open(sys.argv[1]))["duration_ms"]
print(f"the longest chain of questions that wait for each other, one domain: {took / 400:.1f} (at 400 ms each: {took} ms)")
PY
kill "$lab"

for latency in 0 20; do
  start_lab "$latency"
  echo "$latency ms of latency"
  for count in 1 40 400; do
    # shellcheck disable=SC2086
    timed 9 vigie "$count" "$vigie" audit --from-file "$work/$count" $options --checks "$checks" --format json --fail-on never -q -o "$work/report"
    audit "$count" --save-evidence "$work/evidence"
    distinct=$("$PYTHON" benches/peers.py questions "$work/evidence" "$work/questions")
    timed 9 dnsperf "$count" bash -c "$(dnsperf_of plain -e); $(dnsperf_of signed -e -D)"
    timed 9 plain "$count" bash -c "cat $work/questions-* > $work/questions-all; $(dnsperf_of all)"
    echo "              (dnsperf asks the $distinct distinct questions that vigie asks, in two runs one after the other:"
    echo "              with EDNS, and with EDNS for signatures, as vigie does; plain: in one run without either)"
    timed 1 checkdmarc "$count" "$PYTHON" benches/peers.py checkdmarc "$port" "$work/$count"
  done
  kill "$lab"
done
