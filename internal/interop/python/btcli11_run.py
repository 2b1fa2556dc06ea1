"""What btcli11.py and btcli11_more.py share: runs of the command line of bittensor 11.3.0, each a process of its own.

HOME must be a folder of this run's own; the wallets are below it.
"""

import os
import sys

import bittensor as bt

from harness import Walk, command, last_json, version

url = sys.argv[1]
check = Walk(f"btcli {version('bittensor')}")
home = os.environ["HOME"]
if not home.startswith(os.environ.get("MYELIN_INTEROP_WORK", "?")):
    sys.exit("btcli11.py wants a HOME below $MYELIN_INTEROP_WORK: it would find or leave wallets and metadata in your own")
wallets = os.path.join(home, "wallets")
program = os.path.join(os.path.dirname(sys.executable), "btcli")
env = {**os.environ, "BT_NETWORK": url, "BT_WALLET_PATH": wallets, "BT_FALLBACK_ENDPOINTS": "none", "BT_ARCHIVE_ENDPOINTS": "none", "NO_COLOR": "1", "COLUMNS": "200"}

sub = bt.Subtensor(url, fallback_endpoints=[], archive_endpoints=[])
S = bt.storage.SubtensorModule
address = {}


def btcli(*args, code=0):
    """Runs btcli with --json and gives what it printed; another exit code than expected is an error."""
    check.runs(args)
    got, out, err = command([program, *map(str, args), "--json"], env=env)
    assert got == code, f"btcli {' '.join(map(str, args))} ended with {got}, want {code}: {out[-300:]} {err[-500:]}"
    return last_json(out if out.strip() else err)


def text(*args):
    """Runs btcli without --json, which some commands do not take, and gives what it printed."""
    check.runs(args)
    got, out, err = command([program, *map(str, args)], env=env)
    assert got == 0, f"btcli {' '.join(map(str, args))} ended with {got}: {out[-300:]} {err[-500:]}"
    return out


def act(who, *args, code=0):
    """Signs with the wallet of who, without a question; the answer must tell of success."""
    answer = btcli(*args, "-w", who, "-H", "default", "--yes", code=code)
    if code == 0:
        assert answer.get("success") is True, answer
    return answer


def settle(function, root=True, **params):
    """Lets root or the owner make a setting, by the SDK: a command takes a second or two. Each time by a new client, which counts no nonces of its own."""
    with bt.Subtensor(url, fallback_endpoints=[], archive_endpoints=[]) as own:
        call = getattr(bt.calls.AdminUtils, function)(**params)
        r = own.submit_call(bt.calls.Sudo.sudo(call=own.compose(call)) if root else call, bt.Wallet("alice", "default", wallets))
        assert r.success, r


def free(who):
    return int(sub.query(bt.storage.System.Account, [who])["data"]["free"])
