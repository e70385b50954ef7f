"""Every benchmark, one after another: each prints ratios measured side by side in its own run.

python benchmarks/run.py [NAME ...]
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
BENCHMARKS = {
    "candidate": "CPU of one L5PT candidate, ours and the tutorial's way",
    "mechanisms": "CPU of each channel, ours and the customary way of writing them",
    "search": "evaluations per CPU-second, overhead and use of workers of an L5PT fit",
    "optimizers": "hypervolume at equal evaluations, and selection time",
    "motor": "CPU to measure a motor pool, ours and the tutorial taken literally",
}


def main() -> int:
    """Run the benchmarks named, or all; return how many failed."""
    failed = 0
    for name in sys.argv[1:] or BENCHMARKS:
        print(f"\n== {name}: {BENCHMARKS[name]}", flush=True)
        failed += subprocess.run([sys.executable, str(HERE / f"{name}.py")]).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
