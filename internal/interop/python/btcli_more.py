"""The second part of btcli.py, in whole runs only: the commands that it has not run yet, on the same network and with the same wallets; then one line for
each command that the client has, which tells whether a check that passed has run it. Those in LEFT_OUT are not run, for the reason that stands there.
"""

import asyncio
import os
import re

from bittensor_cli.cli import CLIManager, __version_as_int__
from bittensor_cli.src.bittensor.subtensor_interface import best_connection
from bittensor_wallet import Keypair, Wallet
from typer.main import get_command

from btcli_run import act, address, btcli, check, home, stake, sub, sudo, text, url, wallets
from harness import same

SENATE = "the chain has no senate; upstream neither"
LEFT_OUT = {
    "wallet history": "the client says that the command is disabled",
    "sudo senate": SENATE,
    "sudo proposals": SENATE,
    "sudo senate-vote": SENATE,
    "weights commit": "fails in the client: it reads the storage item get_commit_reveal_weights_enabled, which no chain has",
    "utils latency": "measures endpoints on the internet before the given one; what it asks of an endpoint is checked",
}
netuid = max(sub.get_all_subnets_netuid())  # that of btcli.py


def own(name, hotkey=None):
    return ("--wallet-name", name, "--wallet-path", wallets) + (("--hotkey", hotkey) if hotkey else ())


def make(name, tao=0):
    """A wallet of two new keys, with some TAO of Alice."""
    btcli("wallet", "create", *own(name, "default"), "--n-words", 12, "--no-use-password", "--overwrite", chain=False)
    w = Wallet(name=name, hotkey="default", path=wallets)
    address[name], address[name + "/hot"] = w.coldkeypub.ss58_address, w.hotkey.ss58_address
    if tao:
        act("alice", "wallet", "transfer", "--dest", address[name], "--amount", tao)


@check("wallets", "makes keys one by one, and regenerates them from words, a seed and addresses")
def _():
    words, seed = Keypair.generate_mnemonic(12), "0x" + os.urandom(32).hex()
    made = btcli("wallet", "new-coldkey", *own("erin"), "--n-words", 12, "--no-use-password", "--overwrite", chain=False)
    w = Wallet(name="erin", hotkey="second", path=wallets)
    same(made["data"]["coldkey_ss58"], w.coldkeypub.ss58_address, "the new coldkey")
    btcli("wallet", "regen-coldkey", *own("erin"), "--mnemonic", words, "--no-use-password", "--overwrite", chain=False)
    btcli("wallet", "regen-hotkey", *own("erin", "second"), "--seed", seed, "--no-use-password", "--overwrite", chain=False)
    w = Wallet(name="erin", hotkey="second", path=wallets)
    same(w.coldkeypub.ss58_address, Keypair.create_from_mnemonic(words).ss58_address, "the coldkey of the words")
    same(w.hotkey.ss58_address, Keypair.create_from_seed(seed).ss58_address, "the hotkey of the seed")
    btcli("wallet", "regen-coldkeypub", *own("watched"), "--ss58", address["bob"], "--overwrite", chain=False)
    btcli("wallet", "regen-hotkeypub", *own("watched", "default"), "--ss58", address["bob/hot"], "--overwrite", chain=False)
    w = Wallet(name="watched", hotkey="default", path=wallets)
    same((w.coldkeypub.ss58_address, w.hotkeypub.ss58_address), (address["bob"], address["bob/hot"]), "what is watched")


@check("wallets", "encrypts a message and decrypts it")
def _():
    made = btcli("wallet", "new-coldkey", *own("edward"), "--n-words", 12, "--no-use-password", "--overwrite", "--crypto-type", "ed25519", chain=False)
    secret = btcli("wallet", "encrypt", "--to", made["data"]["coldkey_ss58"], "--message", "interop", chain=False)["data"]["ciphertext_hex"]
    told = btcli("wallet", "decrypt", *own("edward"), "--ciphertext", secret, "--no-use-hotkey", chain=False)
    same(told["data"]["plaintext"], "interop", "the message")


@check("wallets", "inspects a wallet, shows all balances and an identity")
def _():
    make("gina", tao=50)  # of one that has stake the client reads a tuple's value, and fails
    act("gina", "subnets", "register", "--netuid", netuid)
    told = text("wallet", "inspect", wallet="gina")
    assert address["gina/hot"] in told, told.split()
    shown = btcli("wallet", "balance", "--all", "--wallet-path", wallets)
    assert {"alice", "bob", "carol"} <= set(shown["balances"]), shown
    shown = btcli("wallet", "get-identity", "--ss58", address["bob"])
    assert "Bob" in str(shown), shown


@check("keys", "associates a hotkey, and swaps one on a subnet")
def _():
    btcli("wallet", "new-hotkey", *own("carol", "second"), "--n-words", 12, "--no-use-password", "--overwrite", chain=False)
    second = Wallet(name="carol", hotkey="second", path=wallets).hotkey.ss58_address
    act("carol", "subnets", "register", "--netuid", netuid)
    uid = sub.get_uid_for_hotkey_on_subnet(address["carol/hot"], netuid)
    act("carol", "wallet", "swap-hotkey", "second", "--netuid", netuid)
    same(sub.get_uid_for_hotkey_on_subnet(second, netuid), uid, "the UID of the new hotkey")
    make("frank", tao=10)
    text("wallet", "associate-hotkey", wallet="frank", hotkey="default", ask=True)
    same(sub.get_hotkey_owner(address["frank/hot"]), address["frank"], "the hotkey's owner")


@check("keys", "announces, checks, clears, executes and disputes the swap of a coldkey")
def _():
    sudo("AdminUtils", "sudo_set_coldkey_swap_announcement_delay", duration=2)
    sudo("AdminUtils", "sudo_set_coldkey_swap_reannouncement_delay", duration=1)
    make("old", tao=10)
    make("new")

    def swap(who, *args):
        told = text("wallet", "swap-coldkey", *args, "--no-mev-protection", wallet=who, ask=True)
        sub.wait_for_block(sub.block + 4)
        return told

    def announced():
        return btcli("wallet", "swap-check", "--wallet-name", address["old"])

    swap("old", "announce", "--new-coldkey", address["new"])
    assert sub.get_coldkey_swap_announcement(address["old"]), "no announcement"
    assert "announcements" in announced(), announced()
    same(len(announced()["announcements"]), 1, "the number of announcements")
    text("wallet", "swap-coldkey", "check", wallet="old", ask=True)
    swap("old", "clear")
    assert not sub.get_coldkey_swap_announcement(address["old"]), "the announcement is still there"
    swap("old", "announce", "--new-coldkey", address["new"])
    swap("old", "execute", "--new-coldkey", address["new"])
    assert sub.get_balance(address["new"]).tao > 9, "nothing arrived"
    swap("new", "announce", "--new-coldkey", address["old"])
    swap("new", "dispute")
    assert sub.get_coldkey_swap_dispute(address["new"]) is not None, "no dispute"


@check("stake", "swaps stake between subnets, by a command and by the wizard")
def _():
    before = stake("bob", "bob", 0)
    sudo("AdminUtils", "sudo_set_subtoken_enabled", netuid=0, subtoken_enabled=True)
    act("bob", "stake", "swap", "--origin-netuid", netuid, "--dest-netuid", 0, "--amount", 2, "--unsafe", "--no-mev-protection")
    now = stake("bob", "bob", 0)
    assert now > before, (before, now)
    told = text("stake", "wizard", "--unsafe", "--no-mev-protection", wallet="bob", ask=True, stdin=f"swap\n{netuid}\n1\n0\n")
    assert stake("bob", "bob", 0) > now, told[-600:]


@check("stake", "chooses a hotkey for rewards, and shows it")
def _():
    act("bob", "stake", "set-auto", "--netuid", netuid, hotkey=None, stdin=address["bob/hot"] + "\n")
    same(sub.get_auto_stakes(address["bob"])[netuid], address["bob/hot"], "the hotkey for rewards")
    same(btcli("stake", "auto", "--ss58", address["bob"])[str(netuid)]["status"], "custom", "what is shown")  # of the address the client shows one letter


@check("stake", "locks stake for another hotkey and for some time, and shows the lock")
def _():
    act("bob", "lock", "mode", "--netuid", netuid, "--mode", "decaying", hotkey=None)
    same(sub.is_perpetual_lock(address["bob"], netuid), False, "whether the lock is perpetual")
    btcli("lock", "move", "--netuid", netuid, "--destination-hotkey", address["alice/hot"], wallet="bob", hotkey=None, ask=True)
    shown = btcli("lock", "show", "--ss58", address["bob"], "--netuid", netuid, "--no-graph")
    assert address["alice/hot"] in str(shown), shown


@check("children", "shows children")
def _():
    act("alice", "stake", "child", "set", "--netuid", netuid, "--children", address["bob/hot"], "--proportions", 0.5)
    btcli("stake", "child", "get", "--netuid", netuid, wallet="alice")


@check("root", "says how the dividends of root are paid, and claims them")
def _():
    act("bob", "stake", "set-claim", "Keep")
    same(sub.get_root_claim_type(address["bob"]), "Keep", "the way of paying")
    act("bob", "stake", "process-claim", "--netuids", netuid)


@check("administration", "triggers an epoch, stakes and burns")
def _():
    uid = sub.get_uid_for_hotkey_on_subnet(address["bob/hot"], netuid)
    epoch = sub.get_subnet_epoch_index(netuid)
    act("alice", "sudo", "trigger-epoch", "--netuid", netuid)
    for _ in range(60):
        if sub.get_subnet_epoch_index(netuid) > epoch and sub.neuron_for_uid(uid, netuid).validator_permit:
            break
        sub.wait_for_block(sub.block + 1)
    assert sub.get_subnet_epoch_index(netuid) > epoch, "no epoch"
    act("alice", "sudo", "stake-burn", "--netuid", netuid, "--amount", 1, "--no-mev-protection", "--unsafe")


@check("mechanisms", "sets how many, and how they share the emission")
def _():
    act("alice", "subnets", "mechanisms", "set", "--netuid", netuid, "--count", 2, stdin="y\n")
    same(sub.get_mechanism_count(netuid), 2, "the number of mechanisms")
    act("alice", "subnets", "mechanisms", "split-emissions", "--netuid", netuid, "--split", "70,30")
    split = sub.get_mechanism_emission_split(netuid)
    same(split, [70, 30], "the split")
    assert "70" in str(btcli("subnets", "mechanisms", "emissions", "--netuid", netuid))
    act("alice", "subnets", "mechanisms", "set", "--netuid", netuid, "--count", 1, stdin="y\n")
    same(sub.get_mechanism_count(netuid), 1, "the number of mechanisms")


@check("subnets", "shows when it may be started, its metagraph, and renames it")
def _():
    assert str(netuid) in text("subnets", "check-start", "--netuid", netuid)
    assert address["bob/hot"] in str(btcli("subnets", "metagraph", "--netuid", netuid, ask=True))
    act("alice", "subnets", "set-identity", "--netuid", netuid, "--subnet-name", "renamed", "--github-repo", "https://github.com/example/interop",
        "--subnet-contact", "a@example.org", "--subnet-url", "https://example.org", "--discord", "example", "--description", "checks",
        "--logo-url", "https://example.org/logo.png", "--additional-info", "none")
    same(sub.subnet(netuid).subnet_name, "renamed", "the subnet's name")


@check("weights", "reveals weights that the SDK committed")
def _():
    sudo("AdminUtils", "sudo_set_weights_set_rate_limit", netuid=netuid, weights_set_rate_limit=0)
    sudo("AdminUtils", "sudo_set_stake_threshold", min_stake=0)
    sudo("AdminUtils", "sudo_set_commit_reveal_weights_enabled", netuid=netuid, enabled=True)
    uid = sub.get_uid_for_hotkey_on_subnet(address["bob/hot"], netuid)
    bob = Wallet(name="bob", hotkey="default", path=wallets)
    r = sub.commit_weights(bob, netuid, [1, 2, 3, 4], [0, 1], [32768, 65535], version_key=__version_as_int__, wait_for_inclusion=True)
    assert r.success, r
    epoch = sub.get_subnet_epoch_index(netuid)
    while sub.get_subnet_epoch_index(netuid) <= epoch:
        sub.wait_for_block(sub.block + 1)
    act("bob", "weights", "reveal", "--netuid", netuid, "--uids", "0,1", "--weights", "0.5,1", "--salt", "1,2,3,4")
    for _ in range(20):  # the client does not wait until it is in a block
        if dict(sub.weights(netuid)).get(uid) == [(0, 32768), (1, 65535)]:
            return
        sub.wait_for_block(sub.block + 1)
    raise AssertionError(f"Bob's weights are {dict(sub.weights(netuid)).get(uid)}")


@check("proxy", "announces a call by the address book, executes it, and kills a pure proxy")
def _():
    act("bob", "proxy", "add", "--delegate", address["frank"], "--proxy-type", "Any", "--delay", 1)
    text("config", "add-proxy", "--name", "bobs", "--address", address["bob"], "--proxy-type", "Any", "--delegator", address["frank"], "--delay", 1, chain=False)
    to = Keypair.create_from_uri("//interop//btcli//announced").ss58_address
    act("frank", "wallet", "transfer", "--dest", to, "--amount", 1, "--proxy", "bobs", "--announce-only")
    same(sub.get_balance(to).rao, 0, "the receiver's balance after the announcement")
    made = sub.get_proxy_announcement(address["frank"])
    same(len(made), 1, "the number of announcements")
    sub.wait_for_block(sub.block + 3)
    act("frank", "proxy", "execute", "--proxy", "bobs", "--call-hash", made[0].call_hash)
    same(sub.get_balance(to).tao, 1.0, "the receiver's balance")
    made = act("frank", "proxy", "create", "--proxy-type", "Any", "--delay", 0, "--index", 0)
    pure = made["data"]["pure"]
    act("alice", "wallet", "transfer", "--dest", pure, "--amount", 1)
    height, index = made["extrinsic_identifier"].split("-")
    act("frank", "proxy", "kill", "--height", height, "--ext-index", int(index), "--proxy-type", "Any", "--proxy", pure)
    same(sub.get_proxies_for_real_account(pure)[0], [], "the proxies of the pure one")


@check("crowdloan", "changes a crowdloan, lists who gave, and finalises it; leases a subnet")
def _():
    def create(*args):
        act("bob", "crowd", "create", "--deposit", 10, "--min-contribution", 1, "--duration", 15000, *args)
        return max(c.id for c in sub.get_crowdloans())

    loan = create("--cap", 30, "--target-address", address["carol"], "--fundraising")
    act("bob", "crowd", "update", "--id", loan, "--cap", 25)
    same(sub.get_crowdloan_by_id(loan).cap.tao, 25.0, "the cap")
    act("alice", "crowd", "contribute", "--id", loan, "--amount", 15)
    assert address["alice"] in str(btcli("crowd", "contributors", "--id", loan))
    act("bob", "crowd", "finalize", "--id", loan)
    same(sub.get_crowdloan_by_id(loan).finalized, True, "whether it is finalised")
    cap = int(sub.get_subnet_burn_cost().tao) + 100
    loan = create("--cap", cap, "--subnet-lease", "--emissions-share", 20, "--lease-end-block", sub.block + 100000)
    act("alice", "crowd", "contribute", "--id", loan, "--amount", cap - 10)
    had = set(sub.get_all_subnets_netuid())
    act("bob", "crowd", "finalize", "--id", loan)
    same(len(set(sub.get_all_subnets_netuid()) - had), 1, "the number of leased subnets")


@check("view", "writes the page of all subnets to a file")
def _():
    folder = os.path.join(home, "dashboard")
    text("view", "dashboard", "--save-file", "--dashboard-path", folder, wallet="bob", hotkey=None)
    page = open(os.path.join(folder, os.listdir(folder)[0]), encoding="utf-8").read()
    assert "renamed" in page and "bob" in page, page[-300:]


@check("client", "keeps its settings and its book of proxies")
def _():
    files = {"BTCLI_CONFIG_PATH": os.path.join(home, "own.yml"), "BTCLI_PROXIES_PATH": os.path.join(home, "own.db")}

    def config(*args, stdin=""):
        return text("config", *args, chain=False, stdin=stdin, **files)

    config("set", "--network", url, "--tolerance", 0.2, stdin="y\n")
    assert url in config("get") and "0.2" in config("get")
    config("clear", "--network", stdin="y\n")
    assert url not in config("get")
    config("add-proxy", "--name", "one", "--address", address["bob"], "--proxy-type", "Any", "--delegator", address["carol"])
    config("update-proxy", "--name", "one", "--delay", 7)
    assert re.search(rf"one.*{address['bob']}.*7", config("proxies"))
    config("remove-proxy", "--name", "one")
    assert address["bob"] not in config("proxies")
    config("add-proxy", "--name", "two", "--address", address["bob"], "--proxy-type", "Any", "--delegator", address["carol"])
    config("clear-proxies", stdin="y\n")
    assert address["bob"] not in config("proxies")


@check("client", "converts units, and measures an endpoint")
def _():
    assert "1000000000" in text("utils", "convert", "--tao", 1, chain=False)
    assert "1.5" in text("utils", "convert", "--rao", 1500000000, chain=False)
    assert len(asyncio.run(best_connection([url]))[url]) == 3


check.walk(get_command(CLIManager().app), LEFT_OUT)
