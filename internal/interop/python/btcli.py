"""Checks a fresh local network without neurons with bittensor-cli 9.23.2: python btcli.py ws://HOST:PORT

Each command runs as a process of its own, with --json-output. It exits with 0 after most errors, so what counts is what it printed and what is on the
chain afterwards, read by the SDK. HOME must be a folder of this run's own. The commands that are not run here are in btcli_more.py.
"""

from bittensor_wallet import Keypair, Wallet

from btcli_run import act, address, btcli, check, run, stake, sub, sudo, wallets
from harness import SEEDS, SHORT, same

@check("wallets", "makes wallets from seeds and from nothing, and lists them", needed=True)
def _():
    for name, seed in SEEDS.items():
        own = ("--wallet-name", name, "--wallet-path", wallets)
        btcli("wallet", "regen-coldkey", *own, "--seed", seed, "--no-use-password", "--overwrite", chain=False)
        btcli("wallet", "new-hotkey", *own, "--hotkey", "default", "--n-words", 12, "--no-use-password", "--overwrite", chain=False)
        w = Wallet(name=name, hotkey="default", path=wallets)
        address[name], address[name + "/hot"] = w.coldkeypub.ss58_address, w.hotkey.ss58_address
    same(address["alice"], Keypair.create_from_uri("//Alice").ss58_address, "Alice's address")
    btcli("wallet", "create", "--wallet-name", "carol", "--wallet-path", wallets, "--hotkey", "default", "--n-words", 12, "--no-use-password", "--overwrite", chain=False)
    w = Wallet(name="carol", hotkey="default", path=wallets)
    address["carol"], address["carol/hot"] = w.coldkeypub.ss58_address, w.hotkey.ss58_address
    listed = str(btcli("wallet", "list", "--wallet-path", wallets, chain=False))
    assert address["carol"] in listed and address["bob"] in listed, listed


@check("wallets", "signs a message and verifies it", full=True)
def _():
    signed = btcli("wallet", "sign", "--wallet-name", "bob", "--wallet-path", wallets, "--message", "interop", "--no-use-hotkey", chain=False)
    verified = btcli("wallet", "verify", "--message", "interop", "--signature", signed["signed_message"], "--address", address["bob"], chain=False)
    assert verified["verified"] is True, verified


@check("transfer", "transfers, and shows the balance")
def _():
    act("bob", "wallet", "transfer", "--dest", address["carol"], "--amount", 100)
    same(sub.get_balance(address["carol"]).tao, 100.0, "the receiver's balance")
    shown = btcli("wallet", "balance", "--wallet-name", "carol", "--wallet-path", wallets)
    assert "100.0" in str(shown), shown


@check("errors", "tells that a transfer failed")
def _():
    answer = btcli("wallet", "transfer", "--dest", address["bob"], "--amount", 10**7, wallet="carol", ask=True)
    assert answer.get("success") is False, answer


netuid = None


@check("subnets", "creates a subnet, starts it, and shows it", needed=True)
def _():
    global netuid
    sudo("AdminUtils", "sudo_set_network_rate_limit", rate_limit=0)
    sudo("AdminUtils", "sudo_set_tx_rate_limit", tx_rate_limit=0)
    sudo("AdminUtils", "sudo_set_start_call_delay", delay=0)
    sudo("AdminUtils", "sudo_set_admin_freeze_window", window=0)
    sudo("AdminUtils", "sudo_set_owner_hparam_rate_limit", epochs=0)
    had = set(sub.get_all_subnets_netuid())
    act("alice", "subnets", "create", "--subnet-name", "interop", "--github-repo", "https://github.com/example/interop", "--subnet-contact", "a@example.org",
        "--subnet-url", "https://example.org", "--discord", "example", "--description", "checks", "--logo-url", "https://example.org/logo.png",
        "--additional-info", "none", "--no-mev-protection")
    new = set(sub.get_all_subnets_netuid()) - had
    same(len(new), 1, "the number of new subnets")
    netuid = new.pop()
    sudo("AdminUtils", "sudo_set_tempo", netuid=netuid, tempo=60)
    told = run(("subnets", "start", "--netuid", netuid), wallet="alice", ask=True, json=False)
    assert sub.is_subnet_active(netuid), told
    assert "interop" in str(btcli("subnets", "list"))


@check("registration", "registers a neuron by burning")
def _():
    act("bob", "subnets", "register", "--netuid", netuid)
    assert sub.is_hotkey_registered(address["bob/hot"], netuid=netuid)


@check("stake", "adds and removes, in the clear and encrypted through the MEV shield")
def _():
    before = stake("bob", "bob", netuid)
    for flag in ("--no-mev-protection", "--mev-protection"):
        btcli("stake", "add", "--netuid", netuid, "--amount", 20, "--unsafe", flag, "--include-hotkeys", address["bob/hot"], wallet="bob", ask=True)
        now = stake("bob", "bob", netuid)
        assert now > before, f"{flag}: the stake went from {before} to {now}"
        before = now
    before = sub.get_balance(address["bob"])  # and not the stake, which an epoch raises
    told = btcli("stake", "remove", "--netuid", netuid, "--amount", 5, "--unsafe", "--no-mev-protection", "--include-hotkeys", address["bob/hot"], wallet="bob", ask=True)
    now = sub.get_balance(address["bob"])
    assert now > before, f"the balance went from {before} to {now}: {told}"
    assert address["bob/hot"] in str(btcli("stake", "list", wallet="bob", ask=True))


@check("stake", "moves, transfers and swaps", full=True)
def _():
    act("alice", "subnets", "register", "--netuid", netuid) if not sub.is_hotkey_registered(address["alice/hot"], netuid=netuid) else None
    before = stake("bob", "alice", netuid)
    told = btcli("stake", "move", "--from", address["bob/hot"], "--to", address["alice/hot"], "--origin-netuid", netuid, "--dest-netuid", netuid, "--amount", 2,
                 "--no-mev-protection", wallet="bob", hotkey=None, ask=True)
    assert stake("bob", "alice", netuid) > before, told
    before = stake("carol", "bob", netuid)
    btcli("stake", "transfer", "--origin-netuid", netuid, "--dest-netuid", netuid, "--dest", address["carol"], "--amount", 2, "--no-mev-protection",
          wallet="bob", ask=True)
    assert stake("carol", "bob", netuid) > before


@check("children", "sets, shows and revokes children, and the take", full=True)
def _():
    btcli("stake", "child", "set", "--netuid", netuid, "--children", address["alice/hot"], "--proportions", 0.5, wallet="bob", ask=True)
    pending = str(sub.get_children_pending(address["bob/hot"], netuid)) + str(sub.get_children(address["bob/hot"], netuid))
    assert address["alice/hot"] in pending, pending
    btcli("stake", "child", "take", "--netuid", netuid, "--take", 0.1, "--child-hotkey-ss58", address["bob/hot"], wallet="bob", ask=True)
    btcli("stake", "child", "revoke", "--netuid", netuid, wallet="bob", ask=True)


@check("administration", "sets and gets hyperparameters")
def _():
    act("alice", "sudo", "set", "--netuid", netuid, "--param", "immunity_period", "--value", 77)
    same(sub.immunity_period(netuid), 77, "the immunity period")
    assert "immunity_period" in str(btcli("sudo", "get", "--netuid", netuid))


@check("administration", "trims a subnet, sets and gets a take", full=True)
def _():
    act("alice", "sudo", "trim", "--netuid", netuid, "--max", 64)
    same(sub.query_subtensor("MaxAllowedUids", params=[netuid]), 64, "the number of UIDs allowed")
    sudo("AdminUtils", "sudo_set_tx_delegate_take_rate_limit", tx_rate_limit=0)
    act("bob", "sudo", "set-take", "--take", 0.1, ask=False)
    assert abs(sub.get_delegate_take(address["bob/hot"]) - 0.1) < 0.001
    assert "take" in str(btcli("sudo", "get-take", wallet="bob"))


@check("weights", "switches commit-reveal off, and shows the metagraph", full=True)
def _():
    act("alice", "sudo", "set", "--netuid", netuid, "--param", "commit_reveal_weights_enabled", "--value", "false")
    assert not sub.commit_reveal_enabled(netuid)
    shown = str(btcli("subnets", "show", "--netuid", netuid, ask=True))
    assert address["bob/hot"] in shown, shown[:300]


@check("proxy", "adds, uses and removes a proxy, creates a pure one", full=True)
def _():
    act("bob", "proxy", "add", "--delegate", address["carol"], "--proxy-type", "Any", "--delay", 0)
    proxies, _ = sub.get_proxies_for_real_account(address["bob"])
    same([p.delegate for p in proxies], [address["carol"]], "Bob's proxies")
    to = Keypair.create_from_uri("//interop//btcli//proxy").ss58_address
    act("carol", "wallet", "transfer", "--dest", to, "--amount", 1, "--proxy", address["bob"])
    same(sub.get_balance(to).tao, 1.0, "the receiver's balance")
    act("bob", "proxy", "remove", "--delegate", address["carol"], "--proxy-type", "Any", "--delay", 0)
    same(sub.get_proxies_for_real_account(address["bob"])[0], [], "Bob's proxies")
    made = act("bob", "proxy", "create", "--proxy-type", "Any", "--delay", 0, "--index", 0)
    assert "pure" in str(made), made


@check("crowdloan", "creates, contributes, withdraws, refunds and dissolves", full=True)
def _():
    act("bob", "crowd", "create", "--deposit", 10, "--min-contribution", 1, "--cap", 30, "--duration", 15000, "--target-address", address["alice"], "--fundraising")
    loan = max(c.id for c in sub.get_crowdloans())
    act("alice", "crowd", "contribute", "--id", loan, "--amount", 5)
    same(sub.get_crowdloan_by_id(loan).raised.tao, 15.0, "what was raised")
    assert str(loan) in str(btcli("crowd", "list"))
    assert "15" in str(btcli("crowd", "info", "--id", loan))
    act("alice", "crowd", "withdraw", "--id", loan)
    act("bob", "crowd", "refund", "--id", loan)
    act("bob", "crowd", "dissolve", "--id", loan)
    same(sub.get_crowdloan_by_id(loan), None, "the loan after it was dissolved")


@check("serving", "announces an axon and takes it back", full=True)
def _():
    told = run(("axon", "set", "--netuid", netuid, "--ip", "203.0.113.7", "--port", 8091), wallet="bob", ask=True, json=False)  # takes no --json-output with --no-prompt
    uid = sub.get_uid_for_hotkey_on_subnet(address["bob/hot"], netuid)
    same(sub.neuron_for_uid(uid, netuid).axon_info.port, 8091, f"the port ({told})")
    sudo("AdminUtils", "sudo_set_serving_rate_limit", netuid=netuid, serving_rate_limit=0)
    told = run(("axon", "reset", "--netuid", netuid), wallet="bob", ask=True, json=False)
    same(sub.neuron_for_uid(uid, netuid).axon_info.is_serving, False, f"whether it serves ({told})")


@check("identity", "names a key and a subnet, and changes its symbol", full=True)
def _():
    act("bob", "wallet", "set-identity", "--id-name", "Bob", "--web-url", "https://example.org", "--image-url", "https://example.org/bob.png", "--discord", "bob",
        "--description", "checks", "--additional", "none", "--github", "https://github.com/example/bob")
    same(sub.query_identity(address["bob"]).name, "Bob", "the name")
    act("alice", "subnets", "set-symbol", "ב", "--netuid", netuid)
    same(sub.subnet(netuid).symbol, "ב", "the symbol")


@check("stake", "locks stake and shows it", full=True)
def _():
    told = btcli("lock", "add", "--netuid", netuid, "--hotkey-ss58", address["bob/hot"], "--amount", 3, "--mode", "perpetual", "--no-graph", wallet="bob", hotkey=None, ask=True)
    assert sub.get_coldkey_lock(address["bob"], netuid), told
    assert address["bob/hot"] in str(btcli("lock", "list", "--ss58", address["bob"]))


@check("subnets", "shows the burn cost, hyperparameters, price, mechanisms, conviction and identity", full=True)
def _():
    btcli("subnets", "burn-cost")
    btcli("subnets", "hyperparameters", "--netuid", netuid)
    btcli("subnets", "price", "--netuids", netuid, "--current")
    btcli("subnets", "mechanisms", "count", "--netuid", netuid)
    btcli("subnets", "conviction", "--netuid", netuid)
    assert "interop" in str(btcli("subnets", "get-identity", "--netuid", netuid))


@check("wallets", "shows the overview", full=True)
def _():
    btcli("wallet", "overview", wallet="bob")


if not SHORT:
    import btcli_more  # noqa: F401  its checks run as it is imported

sub.close()
check.end()
