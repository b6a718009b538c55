"""The other tool of benches/peers.sh: checkdmarc over the same domains, and vigie's own questions for dnsperf.

    peers.py checkdmarc PORT LIST        audits the domains of the list, one after another, as it does
    peers.py questions EVIDENCE OUT      writes what vigie asked, each once, for dnsperf (all of it for the resolver):
                                         to OUT-plain, and to OUT-signed what it asked with DNSSEC OK set
    peers.py world FOLDER LATENCY_MS     writes the world and the lists of domains
    peers.py timed OUT COMMAND…          runs a command and writes its seconds, those of CPU, and its peak in KiB
                                         (one below this program's own, some 10 MiB, is not seen)
"""
import json
import os
import sys
import time

PROVIDERS = 8  # companies that run the name servers of fifty domains each


def checkdmarc(port, listed):
    import checkdmarc as peer
    import dns.resolver

    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = ["127.0.0.1"]
    resolver.port = int(port)
    domains = [line.strip() for line in open(listed)]
    peer.check_domains(domains, resolver=resolver, nameservers=["127.0.0.1"])


def questions(evidence, out):
    asked = set()
    for domain in json.load(open(evidence))["domains"]:
        for exchange in domain["exchanges"]:
            if question := exchange["ask"].get("dns"):
                asked.add(json.dumps(question, sort_keys=True))
    with open(f"{out}-plain", "w") as plain, open(f"{out}-signed", "w") as signed:
        for question in map(json.loads, sorted(asked)):
            lines = signed if question.get("dnssec") else plain
            lines.write("{name} {type}\n".format(**question))
    print(len(asked))


def world(folder, latency):
    zones, faults = [], []
    names = [f"d{n:03}.example" for n in range(400)]
    servers = [f"203.0.113.{n}" for n in range(1, 2 * PROVIDERS + 1)]
    for at in range(PROVIDERS):
        first, second = servers[2 * at], servers[2 * at + 1]
        zones.append(
            f'"p{at}.example" = \'\'\'\n@ IN NS ns1.p{at}.example.\n@ IN NS ns2.p{at}.example.\n'
            f"ns1 IN A {first}\nns2 IN A {second}\nmx1 IN A 198.51.100.{at + 1}\nmx2 IN A 198.51.100.{at + 101}\n"
            f'_spf IN TXT "v=spf1 include:_more.p{at}.example ip4:192.0.2.0/25 ~all"\n'
            f'_more IN TXT "v=spf1 ip4:192.0.2.128/25 ~all"\n\'\'\'\n'
        )
    for number, name in enumerate(names):
        at = number % PROVIDERS
        zones.append(
            f'"{name}" = \'\'\'\n@ IN NS ns1.p{at}.example.\n@ IN NS ns2.p{at}.example.\n'
            f"@ IN MX 10 mx1.p{at}.example.\n@ IN MX 20 mx2.p{at}.example.\n"
            f'@ IN TXT "v=spf1 mx include:_spf.p{at}.example -all"\n'
            f'_dmarc IN TXT "v=DMARC1; p=reject; rua=mailto:dmarc@{name}"\n'
            f'_smtp._tls IN TXT "v=TLSRPTv1; rua=mailto:tls@{name}"\n\'\'\'\n'
        )
    if int(latency):
        for server in [None, *servers]:
            where = f'only_at = "{server}"\n' if server else ""
            faults.append(f'[[faults]]\nanswer = "delay"\ndelay_ms = {latency}\n{where}')
    exchangers = {
        f"198.51.100.{at + 1 + 100 * (number - 1)}": f"mx{number}.p{at}.example"
        for at in range(PROVIDERS)
        for number in (1, 2)
    }
    hosts = "".join(
        f'[hosts."{address}"]\nsmtp = {{ name = "{name}" }}\n' for address, name in exchangers.items()
    )
    hosts += "".join(f'[hosts."{server}"]\ndns = {{}}\n' for server in servers)
    with open(f"{folder}/world.toml", "w") as out:
        out.write('name = "four hundred domains"\n[target]\ndomain = "d000.example"\n[zones]\n')
        out.writelines(zones)
        out.write("\n".join(faults) + "\n" + hosts + "[expect]\nfindings = []\n")
    for count in (1, 40, 400):
        with open(f"{folder}/{count}", "w") as listed:
            listed.writelines(f"{name}\n" for name in names[:count])


def timed(out, *command):
    begun = time.monotonic()
    _, status, used = os.wait4(os.posix_spawnp(command[0], command, os.environ), 0)
    took = time.monotonic() - begun
    with open(out, "w") as figures:
        figures.write(f"{took:.4f} {used.ru_utime + used.ru_stime:.4f} {used.ru_maxrss}")
    sys.exit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    {"checkdmarc": checkdmarc, "questions": questions, "world": world, "timed": timed}[sys.argv[1]](*sys.argv[2:])
