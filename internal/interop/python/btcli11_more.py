"""The second part of btcli11.py, in whole runs only: the commands that it has not run yet, on the same network and with the same wallets; a preview by each
command of "tx"; then one line for each command that the client has, which tells whether a check that passed has run it. Those in LEFT_OUT are not run, for the
reason that stands there, which a name's first word may give for a group.
"""

import json
from concurrent.futures import ThreadPoolExecutor

import bittensor as bt
from bittensor.cli.main import app
from bittensor.sp_core import Keypair
from typer.main import get_command

from btcli11_run import S, act, address, btcli, check, free, settle, sub, text, wallets
from harness import same

BASKETS = "the chain has no baskets of validators"
COLLATERAL = "the chain has no collateral of miners"
EVM = "the chain has no EVM"
INTERNET = "asks the internet"
BROWSER = "talks to a browser"
SYSTEM = "keeps passwords with the system's keychain"
LEFT_OUT = {
    "evm": EVM, "tx evm-withdraw": EVM, "tx associate-evm-key": EVM,
    "extension": BROWSER, "upgrade": INTERNET, "utils latency": INTERNET, "wallet history": INTERNET,
    "wallet keychain save": SYSTEM, "wallet keychain show": SYSTEM, "wallet keychain delete": SYSTEM,
    "stake wizard": "asks at a terminal only",
    "root allocate": BASKETS, "root move": BASKETS, "root swap": BASKETS,
    "tx stake-into-basket": BASKETS, "tx swap-basket": BASKETS, "tx swap-basket-many": BASKETS,
    "collateral add": COLLATERAL, "collateral set-min": COLLATERAL, "tx add-collateral": COLLATERAL, "tx set-min-collateral": COLLATERAL,
    "timelock decrypt": "waits for a signature of the public beacon",
}
netuid = max(n.netuid for n in sub.subnets.all())  # that of btcli11.py
here = ("--netuid", netuid)
hot = address["bob/hot"]


def staked(who, hotkey, at=netuid):
    return sub.read("stake", coldkey_ss58=address[who], hotkey_ss58=hotkey, netuid=at).rao


def make(name, tao=0):
    """A wallet of two new keys, with some TAO of Bob."""
    btcli("wallet", "create", "-w", name, "-H", "default", "--no-password")
    w = bt.Wallet(name, "default", wallets)
    address[name], address[name + "/hot"] = w.coldkeypub.ss58_address, w.hotkey.ss58_address
    if tao:
        act("bob", "wallet", "transfer", "--dest", address[name], "--amount", tao)


@check("wallets", "makes keys one by one, regenerates them, encrypts and decrypts")
def _():
    btcli("wallet", "new-coldkey", "-w", "edward", "--no-password", "--crypto-type", "ed25519")
    btcli("wallet", "regen-hotkey", "-w", "edward", "-H", "default", "--seed", "0x" + "07" * 32)
    w = bt.Wallet("edward", "default", wallets)
    same(w.hotkey.ss58_address, Keypair.create_from_seed(bytes([7] * 32)).ss58_address, "the hotkey of the seed")
    secret = btcli("wallet", "encrypt", "--message", "interop", "--recipient", w.coldkeypub.ss58_address)
    told = btcli("wallet", "decrypt", "--ciphertext", next(v for k, v in secret.items() if k.startswith("ciphertext")), "-w", "edward")
    assert "interop" in told.values(), told
    bob = bt.Wallet("bob", "default", wallets)
    btcli("wallet", "regen-coldkeypub", "-w", "watched", "--ss58", address["bob"], "--public-key", "0x" + bob.coldkeypub.public_key.hex())
    btcli("wallet", "regen-hotkeypub", "-w", "watched", "-H", "default", "--ss58", hot, "--public-key", "0x" + bob.hotkey.public_key.hex())
    btcli("wallet", "unlock", "-w", "bob")


@check("client", "keeps settings, addresses, proxies and groups of signers, tells of codes and tools, converts units, seals by time")
def _():
    btcli("config", "set", "wallet", "bob")
    assert "bob" in str(btcli("config", "get")) and btcli("config", "path")
    btcli("config", "unset", "wallet")
    btcli("config", "clear")
    btcli("addr", "add", "bobby", address["bob"])
    btcli("addr", "save", "alicia", address["alice"])
    assert address["bob"] in str(btcli("addr", "list")) and address["bob"] in str(btcli("addr", "show", "bobby"))
    btcli("addr", "remove", "bobby")
    btcli("proxy", "book", "add", "--name", "bobs", "--address", address["bob"])
    btcli("proxy", "book", "update", "bobs", "--note", "interop")
    assert "interop" in str(btcli("proxy", "book", "list"))
    btcli("proxy", "book", "remove", "bobs")
    btcli("proxy", "book", "clear")
    btcli("multisig", "add", "pair", "--threshold", 2, "--signatories", address["alice"] + "," + address["bob"])
    assert "pair" in str(btcli("multisig", "list")) and btcli("multisig", "show", "pair")
    btcli("multisig", "pending", "--multisig", "pair")
    btcli("multisig", "remove", "pair")
    assert len(json.loads(text("tools"))) > 50
    assert "insufficient_balance" in text("explain", "NotEnoughBalanceToStake")
    assert "1.5" in str(btcli("utils", "convert", "1500000000", "--rao"))
    sealed = btcli("timelock", "encrypt", "interop", "--in", "1h")
    btcli("timelock", "show", next(v for v in sealed.values() if isinstance(v, str) and len(v) > 100))


@check("reads", "shows stake, children, prices, conviction, takes, crowdloans and collateral")
def _():
    for words in (("stake", "show", *here, "--hotkey", hot, "-w", "bob"), ("stake", "auto", "-w", "bob"), ("stake", "child", "get", *here, "--hotkey", hot),
                  ("root", "list"), ("subnets", "create-cost"), ("subnets", "price", *here), ("subnets", "conviction", *here), ("conviction", "list", "-w", "bob"),
                  ("conviction", "targeting", *here, "--hotkey", hot), ("conviction", "show", *here, "-w", "bob"), ("hparams", "get-take", "--hotkey", hot),
                  ("hparams", "check-start", *here), ("hparams", "get-identity", netuid), ("hparams", "mechanisms", "count", *here),
                  ("hparams", "mechanisms", "emissions", *here), ("crowd", "list"), ("crowd", "info", 0), ("crowd", "contributors", 0),
                  ("collateral", "show", *here, "-w", "bob", "-H", "default"), ("collateral", "list", *here), ("wallet", "swap-check", "-w", "bob")):
        btcli(*words)


@check("administration", "sets identity, symbol, take, mechanisms and size as owner, stakes and burns")
def _():
    act("alice", "hparams", "set-identity", *here, "--name", "interop", "--url", "https://example.org", "--description", "checks")
    same(sub.read("subnet_names")[netuid], "interop", "the subnet's name")
    act("alice", "hparams", "set-symbol", *here, "--symbol", "ב")
    same(sub.read("token_symbols")[netuid], "ב", "the symbol")
    act("alice", "hparams", "trim", *here, "--max-n", 64)
    same(sub.query(S.MaxAllowedUids, [netuid]), 64, "the number of UIDs allowed")
    act("alice", "hparams", "mechanisms", "count", *here, "--value", 2)
    same(sub.read("mechanism_count", netuid=netuid), 2, "the number of mechanisms")
    act("alice", "hparams", "mechanisms", "count", *here, "--value", 1)
    act("alice", "hparams", "stake-burn", *here, "--amount-tao", 1, "--limit-price", 10**12)
    settle("sudo_set_tx_delegate_take_rate_limit", tx_rate_limit=0)
    act("bob", "hparams", "set-take", "--take", 0.1)
    same(round(float(sub.query(S.Delegates, [hot])) / 65535, 2), 0.1, "the take")


@check("root", "stakes on root, registers there, and claims its dividends, which its basket has not")
def _():
    settle("sudo_set_subtoken_enabled", netuid=0, subtoken_enabled=True)
    act("bob", "stake", "add", "--netuid", 0, "--hotkey", hot, "--amount", 100, "--no-mev-shield")
    act("bob", "root", "register")
    assert sub.query(S.Uids, [0, hot]) is not None
    answer = act("bob", "root", "claim", "--hotkey", hot, code=1)  # it asks a basket first
    assert "no accrued yield" in str(answer), answer
    act("bob", "tx", "claim-root", "--subnets", netuid)
    act("bob", "tx", "claim-root-with-hotkey", "--hotkey", hot)


@check("stake", "moves, swaps, transfers, burns, locks; takes for children; chooses where rewards go; takes everything back")
def _():
    before = staked("bob", address["alice/hot"])
    act("bob", "stake", "move", "--origin-hotkey", hot, "--origin-netuid", netuid, "--dest-hotkey", address["alice/hot"], "--dest-netuid", netuid, "--amount-alpha", 2)
    assert staked("bob", address["alice/hot"]) > before
    before = staked("bob", hot, 0)
    act("bob", "stake", "swap", "--hotkey", hot, "--origin-netuid", netuid, "--dest-netuid", 0, "--amount-alpha", 2)
    assert staked("bob", hot, 0) > before
    before = staked("bob", address["alice/hot"], 0)
    act("bob", "stake", "move-swap", "--origin-hotkey", hot, "--origin-netuid", netuid, "--dest-hotkey", address["alice/hot"], "--dest-netuid", 0, "--amount-alpha", 2)
    assert staked("bob", address["alice/hot"], 0) > before
    make("carol", tao=50)
    act("bob", "stake", "transfer", "--dest-coldkey", address["carol"], "--hotkey", hot, "--origin-netuid", netuid, "--dest-netuid", netuid, "--amount-alpha", 2)
    assert staked("carol", hot) > 0
    act("bob", "stake", "burn", *here, "--amount-tao", 1, "--hotkey", hot)
    act("bob", "stake", "set-auto", *here, "--hotkey", hot)
    same(sub.read("auto_stake", coldkey_ss58=address["bob"], netuid=netuid), hot, "the hotkey for rewards")
    act("bob", "stake", "child", "take", *here, "--take", 0.05)
    act("carol", "stake", "unstake-all-alpha", "--hotkey", hot)
    assert staked("carol", hot) <= 1, staked("carol", hot)  # shares round: a unit may be left
    act("carol", "stake", "unstake-all", "--hotkey", hot)
    same(staked("carol", hot, 0), 0, "the stake after unstaking all")
    act("bob", "conviction", "add", *here, "--amount-alpha", 1, "--hotkey", hot)
    act("bob", "conviction", "mode", *here, "--perpetual")
    act("bob", "conviction", "move", *here, "--destination-hotkey", address["alice/hot"])
    act("bob", "conviction", "accept", "--reject")
    same(sub.read("accepts_locked_alpha", coldkey_ss58=address["bob"]), False, "whether Bob takes locked alpha")


@check("proxy", "executes an announced call, and kills a pure proxy")
def _():
    act("bob", "proxy", "add", "--delegate", address["carol"], "--proxy-type", "Any", "--delay", 1)
    to = Keypair.create_from_uri("//interop//btcli11//announced").ss58_address
    inner = sub.compose(bt.calls.Balances.transfer_keep_alive(dest=to, value=10**9))
    act("carol", "call", "Proxy.announce", "--args", json.dumps({"real": address["bob"], "call_hash": "0x" + bytes(inner.call_hash).hex()}))
    sub.wait_for_block(sub.block + 3)
    act("carol", "proxy", "execute", "--delegate", address["carol"], "--real", address["bob"], "--inner-op", "transfer", "--inner-args",
        json.dumps({"dest_ss58": to, "amount_tao": 1}))
    same(free(to), 10**9, "the receiver's balance")
    act("bob", "proxy", "remove", "--all")
    act("carol", "proxy", "create", "--proxy-type", "Any", "--index", 7, "--name", "pure")
    pure = btcli("proxy", "book", "list")
    account = next(p["address"] for p in (pure if isinstance(pure, list) else next(v for v in pure.values() if isinstance(v, list))))
    act("bob", "wallet", "transfer", "--dest", account, "--amount", 1)
    act("carol", "proxy", "kill", "pure")
    same(sub.read("proxies", coldkey_ss58=account)["proxies"], [], "the proxies of the pure one")


@check("keys", "associates and swaps a hotkey; announces and executes the swap of a coldkey")
def _():
    btcli("wallet", "new-hotkey", "-w", "carol", "-H", "second")
    second = bt.Wallet("carol", "second", wallets).hotkey.ss58_address
    act("carol", "wallet", "associate-hotkey", "--hotkey", address["carol/hot"])
    act("carol", "wallet", "swap-hotkey", "--new-hotkey", second)
    same(sub.query(S.Owner, [second]), address["carol"], "the new hotkey's owner")
    settle("sudo_set_coldkey_swap_announcement_delay", duration=2)
    settle("sudo_set_coldkey_swap_reannouncement_delay", duration=1)
    make("old", tao=10)
    make("new")
    act("old", "wallet", "announce-coldkey-swap", "--new-coldkey", address["new"])
    sub.wait_for_block(sub.block + 4)
    act("old", "wallet", "swap-coldkey", "--new-coldkey", address["new"])
    assert free(address["new"]) > 9 * 10**9


@check("weights", "commits weights under a timelock, and reveals those of a hash; announces an axon and takes it back")
def _():
    act("bob", "axon", "set", *here, "--ip", "203.0.113.9", "--port", 8091)
    act("bob", "axon", "reset", *here)
    act("alice", "hparams", "set", *here, "--name", "commit_reveal_weights_enabled", "--value", 1)
    act("bob", "weights", "commit", *here, "--uids", "0,1", "--weights", "0.5,0.5")
    assert sub.read("timelocked_weight_commits", netuid=netuid)
    answer = act("bob", "weights", "reveal", *here, "--uids", "0", "--weights", "1", "--salt", "1,2,3", code=1)
    assert "No commit found" in str(answer) or "no commit" in str(answer).lower(), answer


# What commands of "tx" are asked about, by their options.
CALL = json.dumps({"op": "transfer", "dest_ss58": address["alice"], "amount_tao": 1})
POINT = json.dumps({"height": 1, "index": 1})
ASKED = {
    "--netuid": netuid, "--netuids": netuid, "--subnets": netuid, "--hotkey": hot, "--origin-hotkey": hot, "--dest-hotkey": address["alice/hot"],
    "--destination-hotkey": address["alice/hot"], "--new-hotkey": address["miner"], "--origin-netuid": netuid, "--dest-netuid": 0, "--dest": address["alice"],
    "--dest-coldkey": address["alice"], "--new-coldkey": address["miner"], "--amount-tao": 1, "--amount-alpha": 0.5, "--limit-price-rao": 10**12, "--limit-price": 10**12,
    "--name": "immunity_period", "--value": 100, "--mechanism-count": 1, "--max-n": 64, "--evm-address": "0x" + "ab" * 20, "--crowdloan-id": 0, "--deposit-tao": 10,
    "--min-contribution-tao": 1, "--cap-tao": 30, "--end": sub.block + 5000, "--target": address["alice"], "--new-max-contribution-tao": 20, "--new-cap-tao": 40,
    "--new-end": sub.block + 6000, "--new-min-contribution-tao": 2, "--threshold": 2, "--other-signatories": address["alice"], "--call": CALL, "--timepoint": POINT,
    "--delegate": address["alice"], "--proxy-type": "Any", "--real": address["alice"], "--inner-op": "transfer",
    "--inner-args": json.dumps({"dest_ss58": address["alice"], "amount_tao": 1}), "--spawner": address["alice"], "--index": 1, "--height": 1,
    "--take": 0.1, "--uids": "0,1", "--weights": "0.5,0.5", "--salt": "1,2,3", "--work-block": 1, "--nonce": 1, "--work-hex": "0x" + "00" * 32, "--emissions-share": 20,
    "--end-block": sub.block + 10**5, "--ip": "203.0.113.9", "--port": 8091, "--certificate": "01" + "ab" * 32, "--children": json.dumps([[0.5, address["alice/hot"]]]),
    "--lease-id": 0, "--symbol": "ב", "--subnet-name": "interop", "--intents": json.dumps([json.loads(CALL)]),
}
OF_ONE = {"set-root-claim-threshold": {"--threshold": 0.001}, "set-identity": {"--name": "Bob"}, "create-crowdloan": {"--call": None}, "set-take": {"--take": 0.12},
          "trim-null-subnet-batch": {"--target": 64}}
root = get_command(app)
tx = {name: command for name, command in root.commands["tx"].commands.items() if "_" not in name and f"tx {name}" not in LEFT_OUT}


def preview(name):
    args = []
    for p in tx[name].params:
        option = p.opts[0]
        if option == "--enabled":
            args.append(option)
        value = OF_ONE.get(name, {}).get(option, ASKED.get(option))
        if value is not None and not p.is_flag:
            args += [option, value]
    try:
        return btcli("tx", name, *args, "-w", "bob", "-H", "default", "--dry-run", "--yes")
    except Exception as err:  # raised again where the preview is checked
        return err


with ThreadPoolExecutor(2) as pool:
    answers = dict(zip(tx, pool.map(preview, tx)))
for name, answer in answers.items():

    def told(name=name, answer=answer):
        check.runs(("tx", name))
        if isinstance(answer, Exception):
            raise answer

    check.run("previews", name, told)


@check("administration", "does without consensus, trims in a batch, and to the end and back to consensus")
def _():
    settle("sudo_set_min_allowed_uids", netuid=netuid, min_allowed_uids=1)
    settle("sudo_set_immunity_period", netuid=netuid, immunity_period=1)
    act("alice", "hparams", "set", *here, "--name", "epoch_consensus", "--value", "Null")
    had = sub.query(S.SubnetworkN, [netuid])
    act("alice", "hparams", "trim-null-batch", *here, "--target", had - 1)
    same(sub.query(S.SubnetworkN, [netuid]), had - 1, "the number of neurons")
    btcli("hparams", "trim-null", *here, "--target", had - 1, "--switch-to-yuma", "-w", "alice", "-H", "default", "--yes")
    same(sub.query(S.SubnetEpochConsensus, [netuid]), "Yuma", "the consensus")


root.commands.pop("query")  # each of them is a check of its own
check.walk(root, LEFT_OUT)
