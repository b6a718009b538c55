"""What benches/watch.sh looks at: a world of many domains, a daemon that watches it, and its pages.

    watch.py world DOMAINS FOLDER                    writes world.toml and domains.csv
    watch.py config FOLDER PORT                      writes vigie.toml from the lab's network
    watch.py observe PID FOLDER PORT MINUTES EVERY HASTE
                                                     figures of a running daemon, at the end and on the way;
                                                     its pages are asked every so many seconds
                                                     (in the world's time)
    watch.py overdue FOLDER                          makes all that ran before due at once
"""
import os
import re
import sqlite3
import sys
import time
import urllib.request

DOMAINS_OF_A_PROVIDER = 100
PAGES = ["/", "/?page=2", "/incidents", "/checks", "/outbox", "/preflight", "/api/v1/domains", "/api/v1/incidents"]


def world(count, folder):
    count = int(count)
    providers = max(1, count // DOMAINS_OF_A_PROVIDER)
    hosts, zones = [], []
    for at in range(providers):
        high, low = divmod(at, 100)
        names = [f"203.0.{113 + high}.{2 * low + n}" for n in (1, 2)]
        mails = [f"198.51.{100 + high}.{2 * low + n}" for n in (1, 2)]
        zones.append(
            f'"p{at}.example" = \'\'\'\n@ IN NS ns1.p{at}.example.\n@ IN NS ns2.p{at}.example.\n'
            f"ns1 IN A {names[0]}\nns2 IN A {names[1]}\nmx1 IN A {mails[0]}\nmx2 IN A {mails[1]}\n"
            f'_spf IN TXT "v=spf1 ip4:192.0.2.0/25 ~all"\n\'\'\'\n'
        )
        hosts += [f'[hosts."{name}"]\ndns = {{}}\n' for name in names]
        hosts += [f'[hosts."{mail}"]\nsmtp = {{ name = "mx{n}.p{at}.example" }}\n' for n, mail in enumerate(mails, 1)]
    for number in range(count):
        at, name = number % providers, f"d{number:05}.example"
        zones.append(
            f'"{name}" = \'\'\'\n@ IN NS ns1.p{at}.example.\n@ IN NS ns2.p{at}.example.\n'
            f"@ IN MX 10 mx1.p{at}.example.\n@ IN MX 20 mx2.p{at}.example.\n"
            f'@ IN TXT "v=spf1 mx include:_spf.p{at}.example -all"\n'
            f'_dmarc IN TXT "v=DMARC1; p=reject; rua=mailto:dmarc@{name}"\n'
            f'_smtp._tls IN TXT "v=TLSRPTv1; rua=mailto:tls@{name}"\n\'\'\'\n'
        )
    with open(f"{folder}/world.toml", "w") as out:
        out.write('name = "many domains"\n[target]\ndomain = "d00000.example"\n[zones]\n')
        out.writelines(zones + hosts + ["[expect]\nfindings = []\n"])
    with open(f"{folder}/domains.csv", "w") as out:
        out.write("name,profile,selectors,sending_ips,tags\n")
        out.writelines(f"d{number:05}.example,both,,192.0.2.{number % 120 + 1},t{number % 7}\n" for number in range(count))


def config(folder, port):
    with open(f"{folder}/vigie.toml", "w") as out:
        out.write(open(f"{folder}/network.toml").read())
        out.write(f'[store]\nurl = "sqlite://{folder}/vigie.db"\n[web]\nlisten = "127.0.0.1:{port}"\n')
        out.write('[[domains]]\nfile = "domains.csv"\n')


def usage(pid):
    """Seconds of CPU, and MiB now and at most."""
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    status = open(f"/proc/{pid}/status").read()
    resident, most = (int(re.search(rf"{key}:\s+(\d+)", status)[1]) / 1024 for key in ("VmRSS", "VmHWM"))
    return cpu, resident, most


def size(folder):
    return sum(os.path.getsize(f"{folder}/{name}") for name in os.listdir(folder) if name.startswith("vigie.db"))


def get(port, path):
    begun = time.monotonic()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
        body = answer.read()
    return time.monotonic() - begun, body


def quantile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def histogram(metrics, name):
    """The counts of a histogram by upper bound, all labels together."""
    counts = {}
    for bound, count in re.findall(rf'^{name}_bucket{{.*?le="([^"]+)".*?}} (\S+)$', metrics, re.M):
        counts[float(bound)] = counts.get(float(bound), 0) + float(count)
    return counts


def within(before, after, share):
    """The upper bound under which this share of what came between lies."""
    between = {bound: after[bound] - before.get(bound, 0) for bound in sorted(after)}
    total = between.get(float("inf"), 0)
    return next((bound for bound, count in between.items() if total and count >= share * total), None), total


def sum_of(metrics, name):
    return sum(float(value) for value in re.findall(rf"^{name}(?:{{.*}})? (\S+)$", metrics, re.M))


def is_running(pid):
    """A process that ended and that nobody waited for yet does not run."""
    try:
        return open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


class Pages:
    """How long each page took, and how often it did not come."""

    def __init__(self, port):
        self.port, self.took, self.failed = port, {}, {}

    def ask(self, page):
        where = "/domains/…" if page.startswith("/domains/") else page
        try:
            took, body = get(self.port, page)
        except OSError as error:
            self.failed.setdefault(where, []).append(str(error))
            return None
        self.took.setdefault(where, []).append(took)
        return body.decode()

    def tell(self):
        for page, took in sorted(self.took.items()):
            print(f"  {page:<20} p50 {quantile(took, 0.5) * 1000:6.1f} ms  p95 {quantile(took, 0.95) * 1000:6.1f} ms  of {len(took)}")
        for page, errors in sorted(self.failed.items()):
            print(f"  {page:<20} did not come {len(errors)} times, at last: {errors[-1]}")


def observe(pid, folder, port, minutes, every, haste):
    begun, first = time.monotonic(), usage(pid)[0]
    until, said, pages = begun + float(minutes) * 60, begun, Pages(port)
    drained, lag_before, steady, metrics = None, {}, None, ""
    paused = 0
    while time.monotonic() - paused < until and is_running(pid):
        before = time.monotonic()
        time.sleep(float(every))
        # All of it was stopped meanwhile, to make room for something else.
        paused += max(0, time.monotonic() - before - float(every) - 5)
        now = time.monotonic() - paused
        metrics = pages.ask("/metrics") or metrics
        due, running, ended = (sum_of(metrics, f"vigie_runs_{of}") for of in ("due", "running", "total"))
        domains = sum_of(metrics, "vigie_domains")
        # Where time runs as fast as it can, some are always due.
        all_done = ended >= domains if int(haste) > 1 else due + running < domains / 100
        if drained is None and domains and all_done:
            drained = now - begun
            lag_before = histogram(metrics, "vigie_scheduler_lag_seconds")
            steady = (now, usage(pid)[0], size(folder))
            print(f"all that was due at the start was done after {drained:.0f} s; {memory(pid)}", flush=True)
        if drained:
            for page in [*PAGES, f"/domains/d{int(now) % 100:05}.example"]:
                pages.ask(page)
        if now - said >= 300:
            said = now
            print(f"after {(now - begun) / 60:3.0f} min: {memory(pid)}, store {size(folder) / 2**20:.1f} MiB, "
                  f"{ended:.0f} looks ended, {due:.0f} due, {running:.0f} under way", flush=True)
    if not is_running(pid):
        sys.exit("the daemon ended before its time")
    metrics = pages.ask("/metrics") or metrics
    cpu = usage(pid)[0]
    print(f"CPU {cpu - first:.0f} s in {(time.monotonic() - paused - begun) / 60:.0f} min; {memory(pid)}")
    if steady:
        passed = time.monotonic() - paused - steady[0]
        print(f"since all was done once: CPU {100 * (cpu - steady[1]) / passed:.1f} % of one core, "
              f"store +{(size(folder) - steady[2]) / 2**20:.2f} MiB in {passed / 60:.0f} min (now {size(folder) / 2**20:.1f})")
    # A time that waits for whom it overtakes knows no lag.
    if steady and int(haste) == 1:
        lag = histogram(metrics, "vigie_scheduler_lag_seconds")
        (half, runs), (most, _) = within(lag_before, lag, 0.5), within(lag_before, lag, 0.99)
        print(f"scheduler lag of {runs:.0f} looks: p50 within {half} s, p99 within {most} s")
    print(f"incidents {sum_of(metrics, 'vigie_incidents'):.0f}, blind checks {sum_of(metrics, 'vigie_blind_checks'):.0f}, "
          f"failed writes {sum_of(metrics, 'vigie_store_write_failures_total'):.0f}")
    pages.tell()


def memory(pid):
    _, resident, most = usage(pid)
    return f"memory {resident:.0f} MiB, at most {most:.0f}"


def overdue(folder):
    store = sqlite3.connect(f"{folder}/vigie.db")
    two_days_ago = int((time.time() - 2 * 86400) * 1e6)
    done = store.execute("UPDATE schedule_state SET last_run_at = ?", (two_days_ago,))
    store.commit()
    print(f"{done.rowcount} looks are due at once")


if __name__ == "__main__":
    {"world": world, "config": config, "observe": observe, "overdue": overdue}[sys.argv[1]](*sys.argv[2:])
