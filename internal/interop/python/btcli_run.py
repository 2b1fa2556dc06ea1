"""What btcli.py and btcli_more.py share: runs of bittensor-cli 9.23.2, each a process of its own, and which of its commands worked.

HOME must be a folder of this run's own; the wallets are below it.
"""

import os
import sys

os.environ.setdefault("BT_NO_PARSE_CLI_ARGS", "1")

import bittensor as bt
from bittensor_wallet import Wallet

from harness import Walk, command, last_json, version

url = sys.argv[1]
home = os.environ["HOME"]
if not home.startswith(os.environ.get("MYELIN_INTEROP_WORK", "?")):
    sys.exit("btcli.py wants a HOME below $MYELIN_INTEROP_WORK: it would find or leave wallets in your own")
wallets = os.path.join(home, "wallets")
program = os.path.join(os.path.dirname(sys.executable), "btcli")
# BROWSER is what opens pages: nothing.
env = {**os.environ, "NO_COLOR": "1", "COLUMNS": "100000", "TERM": "dumb", "BROWSER": "true"}
sub = bt.Subtensor(network=url)
address = {}


check = Walk(f"bittensor-cli {version('bittensor-cli')}")


def run(args, *, chain=True, wallet=None, hotkey="default", ask=False, json=True, stdin="", **more_env):
    """Runs btcli and returns its exit code, output and errors. What a command takes differs: with ask it is told not to ask."""
    check.runs(args)
    argv = [program, *map(str, args)]
    if json:
        argv += ["--json-output"]
    if chain:
        argv += ["--network", url]
    if wallet:
        argv += ["--wallet-name", wallet, "--wallet-path", wallets]
        if hotkey:
            argv += ["--wallet-hotkey", hotkey]
    if ask:
        argv += ["--no-prompt"]
    return command(argv, env={**env, **more_env}, timeout=120, stdin=stdin)


def btcli(*args, **how):
    """Runs btcli and returns what it printed, which must be JSON."""
    code, out, err = run(args, **how)
    try:
        return last_json(out)
    except AssertionError:
        raise AssertionError(f"btcli {' '.join(map(str, args))} ended with {code}: {out[-300:]} {' '.join(err.split())[:400]}") from None


def text(*args, **how):
    """Runs a command that prints no JSON, and returns what it printed."""
    code, out, err = run(args, **{"json": False, **how})
    assert code == 0 and "❌" not in out, f"btcli {' '.join(map(str, args))} ended with {code}: {out[-300:]} {' '.join(err.split())[:400]}"
    return out + err


def act(who, *args, **how):
    """Signs with the wallet of who; the answer must tell of success."""
    answer = btcli(*args, **{"wallet": who, "ask": True, **how})
    told = answer.get("success", answer) if isinstance(answer, dict) else answer
    assert told is True or (isinstance(told, dict) and "False" not in str(told)), answer
    return answer


def sudo(pallet, function, **params):
    inner = sub.substrate.compose_call(pallet, function, params)
    alice = Wallet(name="alice", hotkey="default", path=wallets)
    r = sub.sign_and_send_extrinsic(call=sub.substrate.compose_call("Sudo", "sudo", {"call": inner}), wallet=alice, wait_for_inclusion=True)
    assert r.success, r


def stake(who, hot, netuid):
    return sub.get_stake(address[who], address[hot + "/hot"], netuid).rao
