#!/usr/bin/env bash
# Questions a second of the `dns` verb alone beside hickory's clients, and beside dnsperf before and
# after them, all asking one NSD on loopback. Prints its figures; judges nothing.
# Needs nsd, dnsperf and python3 (apt-get install nsd dnsperf).
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
nsd=
trap '[ -z "$nsd" ] || { kill "$nsd" && wait "$nsd"; } 2>/dev/null || true; rm -rf "$work"' EXIT
PATH=$PATH:/usr/sbin

python3 - "$work" <<'PY'
import socket, sys
work = sys.argv[1]
names = [f"d{n:05}" for n in range(10_000)]
with open(f"{work}/zone", "w") as zone:
    zone.write("@ 300 IN SOA ns hostmaster 1 3600 600 86400 300\n@ 300 IN NS ns\nns 300 IN A 127.0.0.1\n")
    zone.writelines(f'{name} 300 IN TXT "v=spf1 include:_spf.bench.example mx -all"\n' for name in names)
with open(f"{work}/names", "w") as listed:
    listed.writelines(f"{name}.bench.example\n" for name in names)
with open(f"{work}/questions", "w") as questions:
    questions.writelines(f"{name}.bench.example TXT\n" for name in names)
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
with open(f"{work}/port", "w") as told:
    told.write(str(port))
with open(f"{work}/nsd.conf", "w") as conf:
    conf.write(f"""server:
  ip-address: 127.0.0.1
  port: {port}
  username: ""
  server-count: 1
  zonesdir: "{work}"
  database: ""
  pidfile: "{work}/pid"
  xfrdfile: "{work}/xfrd"
  zonelistfile: "{work}/zonelist"
  xfrdir: "{work}"
  rrl-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: bench.example
  zonefile: zone
""")
PY
port=$(cat "$work/port")
nsd -d -c "$work/nsd.conf" > "$work/log" 2>&1 &
nsd=$!
perf() { dnsperf -s 127.0.0.1 -p "$port" -d "$work/questions" -l 3 -c 4 -q 512 2>/dev/null | awk '/Queries per second/ { printf "dnsperf %.0f a second\n", $4 }'; }
until dnsperf -s 127.0.0.1 -p "$port" -d "$work/questions" -l 1 -t 1 2>/dev/null | grep -q 'Queries completed: *[1-9]'; do
  kill -0 "$nsd" || { cat "$work/log"; exit 1; }
done
perf
SERVER=127.0.0.1:$port NAMES=$work/names cargo bench --quiet --bench net
perf
