#!/usr/bin/env bash
# Wall time, peak memory and DNS questions of auditing 1, 100 and 10,000 lab domains (the DNS checks),
# and questions a second beside dnsperf asking the same resolver. Prints its figures; judges nothing.
# Needs GNU time, python3 and dnsperf (apt-get install time dnsperf).
set -euo pipefail
cd "$(dirname "$0")/.."
vigie=${VIGIE:-target/release/vigie}
work=$(mktemp -d)
trap 'kill "$lab" 2>/dev/null || true; rm -rf "$work"' EXIT

python3 - "$work" <<'PY'
import sys
work = sys.argv[1]
names = [f"d{n:05}" for n in range(10_000)]
with open(f"{work}/world.toml", "w") as world:
    world.write('name = "ten thousand domains"\n[target]\ndomain = "bench.example"\n[zones]\n"bench.example" = \'\'\'\n')
    for name in names:
        world.write(f'{name} IN TXT "v=spf1 include:_spf mx -all"\n'.replace("_spf mx", "_spf.bench.example mx"))
        world.write(f'{name} IN MX 10 mx.bench.example.\n_dmarc.{name} IN TXT "v=DMARC1; p=reject; rua=mailto:d@bench.example"\n')
    world.write("_spf IN TXT \"v=spf1 ip4:192.0.2.0/24 -all\"\nmx IN A 192.0.2.25\n'''\n[expect]\nfindings = []\n")
for count in (1, 100, 10_000):
    with open(f"{work}/{count}", "w") as listed:
        listed.writelines(f"{name}.bench.example\n" for name in names[:count])
with open(f"{work}/questions", "w") as questions:
    for name in names:
        questions.write(f"{name}.bench.example TXT\n{name}.bench.example MX\n_dmarc.{name}.bench.example TXT\n")
PY

"$vigie" lab "$work/world.toml" > "$work/lab" &
lab=$!
until grep -q '^vigie audit' "$work/lab" 2>/dev/null; do sleep 0.1; done
options=$(grep '^vigie audit' "$work/lab" | sed 's/^vigie audit [^ ]* //')
resolver=$(sed -n 's/.*--resolver 127.0.0.1:\([0-9]*\).*/\1/p' "$work/lab" | head -1)

for count in 1 100 10000; do
  # shellcheck disable=SC2086
  /usr/bin/time -f '%e %M %U %S' -o "$work/time" "$vigie" audit --from-file "$work/$count" $options \
    --checks dns,spf,dkim,dmarc --format json --fail-on never -q -o "$work/report" || true
  python3 - "$work" "$count" <<'PY'
import json, sys
work, count = sys.argv[1], int(sys.argv[2])
wall, memory, user, system = open(f"{work}/time").read().split()[-4:]
report = json.load(open(f"{work}/report"))
asked = sum(check["dns_queries"] for domain in report["domains"] for check in domain["checks"])
grades = {}
for domain in report["domains"]:
    grades[domain["grade"]] = grades.get(domain["grade"], 0) + 1
print(f"{count:>6} domains  wall {wall} s  cpu {float(user) + float(system):.2f} s  peak {int(memory) / 1024:.0f} MiB  "
      f"{asked / count:.1f} questions of checks a domain  {asked / max(float(wall), 0.01):.0f} a second  grades {grades}")
PY
done
dnsperf -s 127.0.0.1 -p "$resolver" -d "$work/questions" -l 5 -c 4 -q 512 2>/dev/null | grep 'Queries per second'
