"""Checks a fresh local network without neurons with the command line of bittensor 11.3.0: python btcli11.py ws://HOST:PORT

Each command runs as a process of its own, with --json; what it did is read back from the chain. HOME must be a folder of this run's own.
The commands that are not run here are in btcli11_more.py.
"""

import json
from concurrent.futures import ThreadPoolExecutor

import bittensor as bt
from bittensor.sp_core import Keypair

from btcli11_run import S, act, address, btcli, check, free, settle, sub, wallets
from harness import SEEDS, SHORT, same


@check("wallets", "makes wallets from seeds and from nothing, and lists them", needed=True)
def _():
    for name, seed in SEEDS.items():
        btcli("wallet", "regen-coldkey", "-w", name, "--seed", seed, "--no-password")
        btcli("wallet", "new-hotkey", "-w", name, "-H", "default")
        w = bt.Wallet(name, "default", wallets)
        address[name], address[name + "/hot"] = w.coldkeypub.ss58_address, w.hotkey.ss58_address
    same(address["alice"], Keypair.create_from_uri("//Alice").ss58_address, "Alice's address")
    btcli("wallet", "create", "-w", "miner", "-H", "default", "--no-password")
    w = bt.Wallet("miner", "default", wallets)
    address["miner"], address["miner/hot"] = w.coldkeypub.ss58_address, w.hotkey.ss58_address
    listed = str(btcli("wallet", "list"))
    assert address["miner"] in listed and address["bob"] in listed, listed


@check("wallets", "signs a message and verifies it", full=True)
def _():
    signed = btcli("wallet", "sign", "-w", "bob", "--message", "interop")
    signature = signed.get("signature") or signed.get("signed_message")
    verified = btcli("wallet", "verify", "--message", "interop", "--signature", signature, "--ss58", address["bob"])
    assert any(v is True for v in verified.values()), verified


@check("wallets", "shows balance, overview, registrations and inspection", full=True)
def _():
    for c in ("balance", "overview", "registrations", "inspect", "show"):
        btcli("wallet", c, "-w", "bob")


@check("transfer", "transfers, after a preview that changes nothing")
def _():
    to = Keypair.create_from_uri("//interop//btcli11").ss58_address
    btcli("wallet", "transfer", "--dest", to, "--amount", 1.5, "-w", "bob", "--dry-run", "--yes")
    same(free(to), 0, "the receiver's balance after the preview")
    act("bob", "wallet", "transfer", "--dest", to, "--amount", 1.5)
    same(free(to), 1_500_000_000, "the receiver's balance")
    act("bob", "tx", "transfer", "--dest", to, "--amount-tao", 1)
    same(free(to), 2_500_000_000, "the receiver's balance")


@check("transfer", "exits with 1 and tells why when the chain refuses")
def _():
    answer = btcli("tx", "transfer", "--dest", address["bob"], "--amount-tao", 10**8, "-w", "miner", "--yes", code=1)
    assert answer.get("success") is False or "error" in answer, answer


netuid = None


@check("subnets", "creates a subnet and starts it", needed=True)
def _():
    global netuid
    settle("sudo_set_network_rate_limit", rate_limit=0)
    settle("sudo_set_tx_rate_limit", tx_rate_limit=0)
    settle("sudo_set_start_call_delay", delay=0)
    settle("sudo_set_admin_freeze_window", window=0)
    settle("sudo_set_owner_hparam_rate_limit", epochs=0)
    had = {n.netuid for n in sub.subnets.all()}
    act("alice", "subnets", "create")
    new = {n.netuid for n in sub.subnets.all()} - had
    same(len(new), 1, "the number of new subnets")
    netuid = new.pop()
    same(sub.query(S.SubnetOwner, [netuid]), address["alice"], "its owner")
    act("alice", "hparams", "start", "--netuid", netuid)
    settle("sudo_set_tempo", netuid=netuid, tempo=60)
    settle("sudo_set_weights_set_rate_limit", netuid=netuid, weights_set_rate_limit=0)


@check("administration", "makes raw calls as root and as owner, sets and shows hyperparameters", full=True)
def _():
    act("alice", "call", "AdminUtils.sudo_set_immunity_period", "--args", json.dumps({"netuid": netuid, "immunity_period": 55}), "--sudo")
    same(sub.read("immunity_period", netuid=netuid), 55, "the immunity period")
    act("alice", "call", "AdminUtils.sudo_set_serving_rate_limit", "--args", json.dumps({"netuid": netuid, "serving_rate_limit": 1}))
    act("alice", "hparams", "set", "--netuid", netuid, "--name", "immunity_period", "--value", 66)
    same(sub.read("immunity_period", netuid=netuid), 66, "the immunity period")
    assert "66" in str(btcli("hparams", "get", "--netuid", netuid))


@check("registration", "registers a neuron by burning, through the MEV shield")
def _():
    answer = act("bob", "subnets", "register", "--netuid", netuid)
    assert sub.query(S.Uids, [netuid, address["bob/hot"]]) is not None
    assert "shielded" in str(answer), answer


@check("registration", "registers a neuron by proof of work of its own native miner, without a balance")
def _():
    settle("sudo_set_min_difficulty", netuid=netuid, min_difficulty=1)
    settle("sudo_set_difficulty", netuid=netuid, difficulty=1000)
    settle("sudo_set_network_pow_registration_allowed", root=False, netuid=netuid, registration_allowed=True)
    act("miner", "subnets", "register", "--netuid", netuid, "--pow", "--pow-backend", "cpu", "--pow-workers", 1, "--pow-timeout", 30)
    assert sub.query(S.Uids, [netuid, address["miner/hot"]]) is not None
    same(free(address["miner"]), 0, "the miner's balance")


@check("stake", "adds and removes, encrypted and in the clear")
def _():
    def stake():
        return sub.read("stake", coldkey_ss58=address["bob"], hotkey_ss58=address["bob/hot"], netuid=netuid).rao

    at = ("--netuid", netuid, "--hotkey", address["bob/hot"])
    before = stake()
    act("bob", "stake", "add", *at, "--amount", 20)
    shielded = stake()
    assert shielded > before, (before, shielded)
    act("bob", "stake", "add", *at, "--amount", 20, "--no-mev-shield")
    clear = stake()
    assert clear > shielded
    before = free(address["bob"])  # and not the stake, which an epoch raises
    act("bob", "stake", "remove", *at, "--amount-alpha", 5, "--no-mev-shield")
    assert free(address["bob"]) > before
    assert address["bob/hot"] in str(btcli("stake", "list", "-w", "bob"))


@check("weights", "sets weights", full=True)
def _():
    settle("sudo_set_stake_threshold", min_stake=0)
    act("alice", "hparams", "set", "--netuid", netuid, "--name", "commit_reveal_weights_enabled", "--value", 0)
    act("bob", "weights", "set", "--netuid", netuid, "--uids", "0,1", "--weights", "0.25,0.75")
    assert sub.read("weights", netuid=netuid)


@check("children", "sets, shows and revokes children", full=True)
def _():
    act("bob", "stake", "child", "set", "--netuid", netuid, "--children", json.dumps([[0.5, address["alice/hot"]]]))
    seen = str(btcli("query", "pending-children", "--netuid", netuid, "--hotkey", address["bob/hot"])) + str(
        btcli("query", "children", "--netuid", netuid, "--hotkey", address["bob/hot"]))
    assert address["alice/hot"] in seen, seen
    act("bob", "stake", "child", "revoke", "--netuid", netuid)


@check("proxy", "adds, lists, uses and removes a proxy", full=True)
def _():
    act("bob", "proxy", "add", "--delegate", address["alice"], "--proxy-type", "Any")
    assert address["alice"] in str(btcli("proxy", "list", "-w", "bob"))
    to = Keypair.create_from_uri("//interop//btcli11//proxy").ss58_address
    act("alice", "tx", "transfer", "--dest", to, "--amount-tao", 1, "--proxy-for", address["bob"])
    same(free(to), 10**9, "the receiver's balance")
    act("bob", "proxy", "remove", "--delegate", address["alice"], "--proxy-type", "Any")
    same(sub.read("proxies", coldkey_ss58=address["bob"])["proxies"], [], "the proxies")


@check("serving", "announces an axon and takes it back", full=True)
def _():
    act("bob", "tx", "serve-axon", "--netuid", netuid, "--ip", "203.0.113.7", "--port", 8091)
    uid = int(sub.query(S.Uids, [netuid, address["bob/hot"]]))

    def axon():
        return next(n.raw["axon_info"] for n in sub.read("neurons", netuid=netuid, lite=True) if n.uid == uid)

    same((axon()["ip"], axon()["port"]), (0xCB007107, 8091), "the axon's address")
    settle("sudo_set_serving_rate_limit", netuid=netuid, serving_rate_limit=0)
    act("bob", "tx", "reset-axon", "--netuid", netuid)
    same(axon()["ip"], 0, "the axon's address after the reset")


@check("crowdloan", "creates a crowdloan and contributes", full=True)
def _():
    act("bob", "tx", "create-crowdloan", "--deposit-tao", 10, "--min-contribution-tao", 1, "--cap-tao", 30, "--end", sub.block + 5000, "--target", address["alice"])
    loan = max(c["id"] for c in sub.read("crowdloans"))
    act("alice", "tx", "contribute-crowdloan", "--crowdloan-id", loan, "--amount-tao", 5)
    same(next(c["raised_tao"] for c in sub.read("crowdloans") if c["id"] == loan), 15.0, "what was raised")


@check("identity", "names a key", full=True)
def _():
    act("bob", "wallet", "set-identity", "--name", "Bob")
    assert "Bob" in str(btcli("wallet", "get-identity", "--coldkey", address["bob"]))


@check("subnets", "lists subnets, shows one, its hyperparameters, metagraph and cost", full=True)
def _():
    assert "interop" not in str(btcli("subnets", "list"))
    btcli("subnets", "show", netuid)
    btcli("subnets", "hyperparameters", netuid)
    assert address["bob/hot"] in str(btcli("subnets", "metagraph", netuid))
    btcli("subnets", "burn-cost", netuid)


# Every read of the catalogue as a command.
ASKED = {
    "coldkey_ss58": address["bob"], "coldkey_ss58s": address["alice"] + "," + address["bob"], "hotkey_ss58": address["bob/hot"],
    "hotkey_ss58s": address["bob/hot"] + "," + address["alice/hot"], "account_ss58": address["bob"], "call_hash": "0x" + "00" * 32, "block": 3, "uid": 1,
    "netuid": netuid, "netuids": f"0,{netuid}", "lease_id": 0, "crowdloan_id": 0, "amount_tao": 1.5, "amount_alpha": 1.5, "mechid": 0,
}


def query(name):
    args = []
    for p in bt.reads.REGISTRY[name].params:
        if p in ASKED:
            args += ["--" + p.replace("_ss58", "").replace("_", "-"), ASKED[p]]
    try:
        return btcli("query", name.replace("_", "-"), *args)
    except Exception as err:  # raised again where the query is checked
        return err


names = ["balance", "metagraph", "epoch_status"] if SHORT else list(bt.reads.REGISTRY)
with ThreadPoolExecutor(2) as pool:
    answers = dict(zip(names, pool.map(query, names)))
for name, answer in answers.items():

    def told(answer=answer):
        if isinstance(answer, Exception):
            raise answer

    check.run("reads", name, told)

if not SHORT:
    import btcli11_more  # noqa: F401  its checks run as it is imported

sub.close()
check.end()
