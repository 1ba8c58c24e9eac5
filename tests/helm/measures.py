"""What the pods held and used, as the kubelets tell: the ground of the requests in the chart's values."""

from __future__ import annotations

import json

from tests.helm.release import NAMESPACE, Release

MEBI = 2**20


def pods(release: Release) -> str:
    """Memory at work and processor since the start, of each process, printed; the sums."""
    held: dict[str, tuple[float, float]] = {}
    for node in release.cluster.nodes:
        told = json.loads(release.cluster.kubectl("get", "--raw", f"/api/v1/nodes/{node}/proxy/stats/summary"))
        for pod in told["pods"]:
            if pod["podRef"]["namespace"] != NAMESPACE:
                continue
            for one in pod.get("containers", ()):
                memory, seconds = one["memory"]["workingSetBytes"] / MEBI, one["cpu"]["usageCoreNanoSeconds"] / 1e9
                held[pod["podRef"]["name"]] = (memory, seconds)
    for name, (memory, seconds) in sorted(held.items()):
        print(f"      {name:<40} {memory:>6.0f} Mio {seconds:>7.1f} s de processeur")
    return f"{len(held)} pods, {sum(memory for memory, _ in held.values()):.0f} Mio"
