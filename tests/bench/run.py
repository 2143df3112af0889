"""`make bench`: our pages on data sets of several sizes against floors measured beside them, as a table.

Shows, never judges: it ends with 0 unless it cannot run at all. A cluster of its own under var/bench.
"""

import argparse
import multiprocessing
import os
import signal
import sys
import time
from statistics import median

# Before Django reads its settings: no developer's environment may bend what is measured.
os.environ.setdefault("VAR_DIR", "var/bench")
os.environ.pop("DATABASE_URL", None)
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "stp_portal.settings",
    "ENV_FILE": os.devnull,
    "SECRET_KEY": "only-for-benchmarks-" * 3,
    "ALLOWED_HOSTS": "localhost",
    "HTTPS": "off",
    "DEBUG": "off",
    "PROXIES": "0",
    "WEB_PROCESS": "off",
}

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from stp_portal import postgres
from tests.bench import imports, sign_in, worker

# Registers by their number of parks, and the sets of the tenancy desk; XL is there for who names it.
SETS = ("68", "500", "5000", "S", "L")
KNOWN = (*SETS, "XL")
WARM_UP = 5
MOST_ROUNDS, SECONDS = 200, 60


def arguments():
    """What the command line may change."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.splitlines()[0])
    parser.add_argument("--sets", nargs="+", default=SETS, choices=KNOWN, metavar="SET", help=", ".join(KNOWN))
    parser.add_argument("--seconds", type=int, default=SECONDS, help="how long to measure at most")
    parser.add_argument(
        *("--imports", "-i"), nargs="*", type=int, default=imports.SIZES, metavar="ROWS", help="sizes of imports"
    )
    parser.add_argument("--plain", action="store_true", help="ask for pages that are not compressed")
    return parser.parse_args()


def start(names, encoding):
    """One process for each data set, one after the other; returns [(name, pipe, facts by page)]."""
    workers = []
    for name in names:
        print(f"Preparing {spelled(name)} …", file=sys.stderr, flush=True)
        # In a process of its own, so that the memory that filling takes is not counted as the portal's.
        answer(child(worker.prepare, name))
        pipe = child(worker.serve, name, encoding)
        workers.append((name, pipe, answer(pipe)))
    return workers


def spelled(name):
    """A data set in words."""
    return f"{int(name):,} parks" if name.isdigit() else f"set {name}"


def child(task, *args):
    """Run `task(pipe, *args)` in a new process; returns this end of the pipe."""
    # Not forked: a child with its parent's hold on the database would be the one to stop it.
    spawn = multiprocessing.get_context("spawn")
    pipe, end = spawn.Pipe()
    spawn.Process(target=task, args=(end, *args), daemon=True).start()
    end.close()
    return pipe


def answer(pipe):
    """What a worker says; ends the run when it says that it cannot go on, or nothing any more."""
    try:
        kind, value = pipe.recv()
    except EOFError:
        kind, value = "error", "a process has ended by itself"
    if kind == "error":
        sys.exit(f"The benchmarks cannot run: {value}")
    return value


def measure(workers, seconds):
    """Rounds through all data sets, pages and floors in turn, so that noise meets them alike.

    Returns {(set, place of the page): [(ours, floor, fixed) in seconds, …]} without the first rounds.
    """
    times = {(name, place): [] for name, _, known in workers for place in range(len(known))}
    until = time.monotonic() + seconds
    for number in range(WARM_UP + MOST_ROUNDS):
        for name, pipe, _ in workers:
            pipe.send(True)
            for place, taken in enumerate(answer(pipe)):
                if number >= WARM_UP:
                    times[name, place].append(taken)
        if time.monotonic() > until and number >= WARM_UP:
            break
    return times


def table(workers, times):
    """The lines of the table: medians in milliseconds, ratios of medians, what a page costs besides."""
    heads = "page|set|ms|SQL floor ms|fixed ms|x SQL floor|x fixed|queries|bytes|gzipped|floor bytes|peak KB"
    found = {}
    for data_set, _, known in workers:
        for place, (name, facts) in enumerate(known):
            # Beside the same page on other sets.
            found.setdefault(name, []).append((data_set, facts, times[data_set, place]))
    lines = [heads.split("|")]
    for name, rows in found.items():
        for data_set, facts, taken in rows:
            ours, floor, fixed = (1_000 * median(column) for column in zip(*taken, strict=True))
            lines.append(
                [
                    *(name, data_set, f"{ours:.1f}", f"{floor:.1f}", f"{fixed:.2f}"),
                    *(f"{ours / floor:.1f}", f"{ours / fixed:.1f}", f"{facts.queries}", f"{facts.length:,}"),
                    *(f"{facts.zipped:,}", f"{facts.floor_length:,}", f"{facts.memory / 1024:,.0f}"),
                ]
            )
    return aligned(lines)


def aligned(lines):
    """Lists of cells as lines in columns, the first to the left and the others to the right."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return [
        "  ".join(cell.ljust(width) if place == 0 else cell.rjust(width) for place, (cell, width) in row)
        for row in (list(enumerate(zip(line, widths, strict=True))) for line in lines)
    ]


def main():
    """Measure and print."""
    asked = arguments()
    # Python's own answer to SIGTERM skips atexit, which would leave the database running.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        settings.DATABASES  # noqa: B018
        postgres.hold()
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    collect_static()
    workers = start(asked.sets, "" if asked.plain else "gzip")
    print("Measuring …", file=sys.stderr, flush=True)
    times = measure(workers, asked.seconds)
    print("\n".join(table(workers, times)))
    rounds = len(next(iter(times.values())))
    print(f"\nMedians of {rounds} interleaved rounds after {WARM_UP} to warm up, in-process, with all middleware")
    print("and the answers plain." if asked.plain else "and the answers compressed, as browsers ask for them.")
    for name, pipe, _ in workers:
        pipe.send(None)
        print(f"Largest memory of the process with {spelled(name)}: {answer(pipe) / 1024:.0f} MB.")
    if tenancies := [name for name, _pipe, _known in workers if not name.isdigit()]:
        known, unknown = answer(child(sign_in.measure, tenancies[0]))
        print(f"A wrong sign-in takes {1_000 * known:.0f} ms for a known name and {1_000 * unknown:.0f} ms for one of")
        print(f"nobody: {known / unknown:.3f} times as long.")
    if asked.imports:
        print("Importing …", file=sys.stderr, flush=True)
        # One after the other, so that none has to share the machine, each in a process of its own memory.
        found = [answer(child(imports.measure, rows)) for rows in asked.imports]
        print("\n" + "\n".join(aligned(imports.lines(found))))
        print(f"The loop is full_clean() and save(), over {imports.MOST_LOOPED:,} of the rows where there are more.")


def collect_static():
    """The stamped names of static files, as production has them."""
    django.setup()
    call_command("collectstatic", interactive=False, verbosity=0)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
