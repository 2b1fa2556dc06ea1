"""How long bittensor's Python client takes to decode the largest answers of runtime functions, beside which docs/benchmarks.md puts the time that the node takes.

The answers are those of the benchmarks' chain of 128 subnets of 256 neurons; any local network gives the metadata to decode them by:

    mkdir answers && go test -run WriteAnswers ./internal/surface -args -answers "$PWD/answers"
    bin/myelin localnet --no-neurons &
    .cache/interop/venv/bin/python internal/interop/python/decode.py ws://127.0.0.1:9944 answers

Each line: the function, bytes, milliseconds of the decoding alone and, where the SDK makes objects of them, with those: the fastest of three runs.
"""

import pathlib
import sys
import time

import bittensor
from bittensor.core.chain_data import DelegateInfo, DynamicInfo, MetagraphInfo, NeuronInfo, NeuronInfoLite

OBJECTS = {
    "get_all_metagraphs": MetagraphInfo.list_from_dicts,
    "get_all_dynamic_info": DynamicInfo.list_from_dicts,
    "get_metagraph": MetagraphInfo.from_dict,
    "get_neurons": NeuronInfo.list_from_dicts,
    "get_neurons_lite": NeuronInfoLite.list_from_dicts,
    "get_delegates": DelegateInfo.list_from_dicts,
}
NETUID = {"get_metagraph", "get_neurons", "get_neurons_lite"}


def milliseconds(work, runs=3):
    best, out = float("inf"), None
    for _ in range(runs):
        began = time.perf_counter()
        out = work()
        best = min(best, time.perf_counter() - began)
    return 1000 * best, out


def main(url, folder):
    substrate = bittensor.Subtensor(url).substrate
    ask = substrate.rpc_request
    for path in sorted(pathlib.Path(folder).glob("*.scale")):
        answer = {"result": "0x" + path.read_bytes().hex()}
        # All but the answer's way through the network is the client's own work.
        substrate.rpc_request = lambda method, *rest, **named: answer if method == "state_call" else ask(method, *rest, **named)
        api, method = path.stem.split("_", 1)
        params = [5] if method in NETUID else []
        decoding, value = milliseconds(lambda: substrate.runtime_call(api, method, params))
        objects, _ = milliseconds(lambda: OBJECTS[method](value), 1)
        print(f"{path.stem} {path.stat().st_size} bytes: decoded in {decoding:.1f} ms, with objects {decoding + objects:.1f} ms", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
