"""Measures what bittensor 10.5.0 waits for the node between Subtensor() and its first balance: python connect.py ws://HOST:PORT HOST:PORT-OF-METRICS [TIMES]

The node's share is the time that it worked on this client's calls, by its own metrics (myelin_rpc_call_seconds_sum, every method, answers written down),
against the client's whole time. Importing bittensor is not counted. Nobody else may use the node meanwhile.
"""

import os
import statistics
import sys
import time
import urllib.request

os.environ.setdefault("BT_NO_PARSE_CLI_ARGS", "1")

import bittensor as bt

url, metrics = sys.argv[1], sys.argv[2]
times = int(sys.argv[3]) if len(sys.argv) > 3 else 5
ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"


def worked():
    """Seconds that the node has worked on calls, and how many they were."""
    total, calls = 0.0, 0
    with urllib.request.urlopen(f"http://{metrics}/metrics") as answer:
        for line in answer.read().decode().splitlines():
            name, _, value = line.rpartition(" ")
            if name.startswith("myelin_rpc_call_seconds_sum"):
                total += float(value)
            elif name.startswith("myelin_rpc_call_seconds_count"):
                calls += int(float(value))
    return total, calls


def connect():
    before, calls = worked()
    began = time.perf_counter()
    sub = bt.Subtensor(network=url)
    balance = sub.get_balance(ALICE)
    took = time.perf_counter() - began
    after, more = worked()
    assert balance.rao > 0, balance
    sub.close()
    return took, after - before, more - calls


connect()
all = [connect() for _ in range(times)]
took, node = (statistics.median(c[i] for c in all) for i in (0, 1))
print(
    f"bittensor {bt.__version__}: Subtensor() to the first balance, median of {times}: {took * 1000:.0f} ms, "
    f"of it the node {node * 1000:.2f} ms ({100 * node / took:.2f} %) for {all[-1][2]} calls"
)
os._exit(0)
