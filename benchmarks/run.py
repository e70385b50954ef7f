"""Every benchmark, one after another: each prints ratios measured side by side in its own run.

    python benchmarks/run.py [NAME ...] [--page docs/reference/performance.md]

With `--page`, what was printed becomes the page that tells users; benchmarks that are not named
keep what the page says of them.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import subprocess
import sys
from datetime import date
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parent
BENCHMARKS = {
    "candidate": "CPU of one L5PT candidate, ours and the tutorial's way",
    "mechanisms": "CPU of each channel, ours and the customary way of writing them",
    "search": "evaluations per CPU-second, overhead and use of workers of an L5PT fit",
    "optimizers": "hypervolume at equal evaluations, and selection time",
    "contacts": "CPU and memory of finding contacts between 30 to 1920 cells, by both rules",
    "report": "HTML report of 10,000 evaluations: CPU, size, and seconds in a browser",
    "importing": "CPU to import a cell of 100 sections, and to load it twice and no more",
    "stellate": "CPU of stellate cells, ours and the customary way of writing their channels",
    "motor": "CPU to measure a motor pool, ours and the tutorial taken literally",
    "networks": "CPU of building, running and tuning networks, CoreNEURON beside NEURON",
    "experiments": "accuracy and cost of integrators on the tutorial's experiment",
    "reconstruction": "CPU per pair of cells, file size and memory of compiling growing tissues",
}
HEAD = """# Performance

Written by `nox -s bench -- --page docs/reference/performance.md`; do not edit. Speeds are ratios of
CPU time, measured side by side in one run: other machines give other times, but much the same
ratios.
"""
SECTION = re.compile(r"^## (?P<name>\S+)\n(?P<body>.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


def run(name: str) -> tuple[bool, str]:
    """Run one benchmark, show what it prints, and return whether it went well, and the text."""
    script, *options = name.split()
    command = [sys.executable, "-u", str(HERE / f"{script}.py"), *options]
    lines = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            lines.append(line)
    return process.returncode == 0, "".join(lines)


def section(name: str, text: str) -> str:
    """Return the part of the page on one benchmark."""
    made = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, {date.today()}"
    made += f", Python {platform.python_version()}, NEURON {version('neuron')}"
    what = BENCHMARKS[name][:1].upper() + BENCHMARKS[name][1:]
    shown = text.strip("\n")  # the head of a table may begin with blanks
    return f"{what}. On {made}:\n\n```text\n{shown}\n```\n"


def write_page(path: Path, found: dict[str, str]) -> None:
    """Write the page, with what it said before of benchmarks that were not run."""
    old = path.read_text(encoding="utf-8") if path.exists() else ""
    known = {match["name"]: match["body"].strip() + "\n" for match in SECTION.finditer(old)}
    known |= {name: section(name, text) for name, text in found.items()}
    parts = [f"## {name}\n\n{known[name]}" for name in BENCHMARKS if name in known]
    path.write_text("\n".join([HEAD, *parts]), encoding="utf-8")


def main() -> int:
    """Run the benchmarks named, or all; return how many failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", choices=[[], *BENCHMARKS], metavar="NAME")
    parser.add_argument("--page", type=Path, help="page to write")
    options = parser.parse_args()
    failed = 0
    for name in options.names or BENCHMARKS:
        print(f"\n== {name}: {BENCHMARKS[name]}", flush=True)
        went_well, text = run(name)
        failed += not went_well
        if options.page and went_well:
            write_page(options.page, {name: text})
    return failed


if __name__ == "__main__":
    sys.exit(main())
