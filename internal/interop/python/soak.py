"""Stays connected with bittensor 10.5.0 or 11.3.0 while the node restarts, upgrades and is slow: python soak.py sync|async ws://HOST:PORT SECONDS

One client object reads twice a second; what it raises meanwhile is counted. The last line tells how long it heard nothing.
"""

import asyncio
import os
import sys
import time

os.environ.setdefault("BT_NO_PARSE_CLI_ARGS", "1")

import bittensor as bt

from harness import version

kind, url, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"


NEW = hasattr(bt, "Client")  # since version 11


class Tally:
    def __init__(self):
        self.end = time.monotonic() + seconds
        self.last = time.monotonic()
        self.done = self.failed = 0
        self.silence = 0.0
        self.why = self.said = ""

    def over(self):
        return time.monotonic() >= self.end

    def read(self, block, balance):
        now = time.monotonic()
        self.silence = max(self.silence, now - self.last)
        self.last = now
        self.done += 1
        self.said = f"block {block}, {'an account' if balance.rao > 0 else 'nothing'}"
        return self.done % 20 == 0

    def error(self, err):
        self.failed += 1
        self.why = f" ({type(err).__name__}: {err})".replace("\n", " ")[:200]

    def tell(self):
        quiet = time.monotonic() - self.last
        good = self.done > seconds / 4 and quiet < 10 and self.silence < 60
        print(
            f"{'ok  ' if good else 'FAIL'} soak bittensor {version('bittensor')} {kind}: {self.done} reads, {self.failed} failed{self.why}, "
            f"longest silence {self.silence:.1f} s, last {self.said}",
            flush=True,
        )
        return 0 if good else 1


def stay():
    sub, tally = bt.Subtensor(url, fallback_endpoints=[], archive_endpoints=[]) if NEW else bt.Subtensor(network=url), Tally()
    while not tally.over():
        try:
            if NEW:
                if tally.read(sub.block, sub.balances.balance(coldkey_ss58=ALICE)):
                    sub.read("subnets")
            elif tally.read(sub.get_current_block(), sub.get_balance(ALICE)):
                sub.all_subnets()
        except Exception as err:  # whatever the client raises is counted
            tally.error(err)
        time.sleep(0.5)
    return tally.tell()


async def stay_async():
    tally = Tally()
    async with bt.Client(url, fallback_endpoints=[], archive_endpoints=[]) if NEW else bt.AsyncSubtensor(network=url) as sub:

        async def read():
            if NEW:
                block, balance = await sub.block(), await sub.balances.balance(coldkey_ss58=ALICE)
            else:
                block, balance = await sub.get_current_block(), await sub.get_balance(ALICE)
            if tally.read(block, balance):
                await (sub.read("subnets") if NEW else sub.all_subnets())

        while not tally.over():
            try:
                await asyncio.wait_for(read(), 20)
            except Exception as err:  # whatever the client raises is counted
                tally.error(err)
            await asyncio.sleep(0.5)
        return tally.tell()


code = stay() if kind == "sync" else asyncio.run(stay_async())
sys.stdout.flush()
os._exit(code)  # threads of the client may hang on its connection
