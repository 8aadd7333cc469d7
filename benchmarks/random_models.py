"""bn-lint's verdict on random model programs against PyTorch's own.

    python benchmarks/random_models.py --count 300 [--seed 0] [--python PYTHON_WITH_TORCH] [--show 10]

Writes and runs the programs of tests/agreement, and counts: the same verdict, bn-lint silent, different verdicts.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.agreement.compare import compare


def main() -> int:
    """Compare, print the counts; the exit status is 1 where a verdict differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--python", default=sys.executable, help="a Python that has torch")
    parser.add_argument("--show", type=int, default=10, help="how many programs to show of those not agreed upon")
    parser.add_argument("--keep", type=Path, help="write the programs here, and keep them")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.keep or Path(temporary)
        folder.mkdir(exist_ok=True, parents=True)
        results = compare(range(args.seed, args.seed + args.count), folder, args.python)
    verdicts = Counter(result.verdict for result in results)
    outcomes = Counter((result.outcome, result.verdict) for result in results)
    layers, proven = sum(r.layers for r in results), sum(r.proven for r in results)
    for verdict in ("disagree", "silent"):
        for result in [r for r in results if r.verdict == verdict][: args.show]:
            print(f"{verdict}: seed {result.program.seed}, {result.outcome} {result.why}")
    counts = ", ".join(f"{verdicts[verdict]} {verdict}" for verdict in ("agree", "silent", "disagree"))
    print(f"{len(results)} programs: {counts}")
    for outcome in ("ok", "layer", "other"):
        counts = {verdict: outcomes[outcome, verdict] for verdict in ("agree", "silent", "disagree")}
        print(f"  PyTorch: {outcome:5}  {counts}")
    print(f"BatchNorm lines that ran: {layers}, with a verdict: {proven} ({proven / max(layers, 1):.1%})")
    return 1 if verdicts["disagree"] else 0


if __name__ == "__main__":
    sys.exit(main())
