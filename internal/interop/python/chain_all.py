"""Checks a fresh local network without neurons with all of bittensor 10.5.0: python chain_all.py ws://HOST:PORT [asyncio]

Every method of Subtensor is called: those that take a wallet by a scenario below, the others by reflection, their arguments by name, on Subtensor and on
AsyncSubtensor. One that is in neither and not in LEFT_OUT fails. With asyncio the same scenario is done by AsyncSubtensor, and no reads. HOME must be a folder
of this run's own.
"""

import asyncio
import inspect
import os
import sys
import time

os.environ.setdefault("BT_NO_PARSE_CLI_ARGS", "1")

import bittensor as bt
from bittensor.core.async_subtensor import AsyncSubtensor
from bittensor.utils.balance import Balance
from bittensor_wallet import Wallet

from harness import Checks, same, version

url = sys.argv[1]
ASYNCIO = sys.argv[2:] == ["asyncio"]


class Scenario(Checks):
    """Checks of the scenario, whose features tell which client does it."""

    def __call__(self, feature, name, **how):
        return super().__call__(f"{feature}, asyncio" if ASYNCIO else feature, name, **how)


check = Scenario(f"bittensor {version('bittensor')}")
folder = os.path.join(os.environ["HOME"], "wallets")
if not folder.startswith(os.environ.get("MYELIN_INTEROP_WORK", "?")):
    sys.exit("chain_all.py wants a HOME below $MYELIN_INTEROP_WORK: it would leave wallets in your own")
LIQUIDITY = "the swap has no liquidity of users since its balancer; upstream refuses the call too"
LEFT_OUT = {
    "add_liquidity": LIQUIDITY, "modify_liquidity": LIQUIDITY, "remove_liquidity": LIQUIDITY, "toggle_user_liquidity": LIQUIDITY,
    "get_liquidity_list": LIQUIDITY,
    "get_max_epochs_per_block": "reads a constant that upstream has not either",
    "get_vote_data": "the chain has no senate; upstream neither",
    "get_coldkey_swap_announcements": "fails in the client as soon as there is one: it reads a tuple's value",
    "get_ema_tao_inflow": "fails in the client where a subnet has none yet: it unpacks nothing",
    "close": "ends every script", "setup_config": "asks no chain", "config": "asks no chain",
}
called = set()


class Keys:
    """A wallet in files, and its two addresses."""

    def __init__(self, uri):
        name = uri.strip("/").replace("/", "_")
        self._wallet = w = Wallet(name=name, hotkey="default", path=folder)
        w.create_coldkey_from_uri(uri, use_password=False, overwrite=True, suppress=True)
        w.create_hotkey_from_uri(uri + "//hot", use_password=False, overwrite=True, suppress=True)
        self.cold, self.hot = w.coldkeypub.ss58_address, w.hotkey.ss58_address

    def __getattr__(self, name):
        return getattr(self._wallet, name)


def fresh():
    return Keys(f"//interop//{time.time_ns()}")


def tao(n):
    return Balance.from_tao(n)


def do(method, /, *args, **kwargs):
    """Calls a method that sends a transaction, and wants it to succeed."""
    called.add(method)
    r = getattr(sub, method)(*args, wait_for_inclusion=True, **kwargs)
    assert r.success, f"{method}: {r.message} {r.error}"
    if ASYNCIO and (method == "mev_submit_encrypted" or kwargs.get("mev_protection")):
        sub.renew()
    return r


def sudo(pallet, function, **params):
    call = sub.compose_call("Sudo", "sudo", {"call": sub.compose_call(pallet, function, params)})
    do("sign_and_send_extrinsic", call, alice)


def hold(netuid, who, hot):
    return sub.get_stake(who.cold, hot.hot, netuid).rao


class Blocking:
    """AsyncSubtensor, each coroutine of which is run to its end."""

    def __init__(self):
        self._loop = asyncio.new_event_loop()
        self._client = None
        self.renew()

    def renew(self):
        """Connects anew: the client counts the nonce of an encrypted transaction, but not that of the one within, and would use it twice."""
        if self._client is not None:
            self._loop.run_until_complete(self._client.close())
        self._client = AsyncSubtensor(network=url)
        self._loop.run_until_complete(self._client.initialize())

    @property
    def block(self):
        return self._loop.run_until_complete(self._client.get_current_block())

    def __getattr__(self, name):
        own = getattr(self._client, name)

        def call(*args, **kwargs):
            got = own(*args, **kwargs)
            return self._loop.run_until_complete(got) if inspect.isawaitable(got) else got

        return call


sub = Blocking() if ASYNCIO else bt.Subtensor(network=url)
alice, bob, charlie, dave = (Keys(u) for u in ("//Alice", "//Bob", "//Charlie", "//Dave"))
netuid = other = None


@check("subnets", "registers subnets, with its owner's and root's settings", needed=True)
def _():
    global netuid, other
    for function, value in (("sudo_set_network_rate_limit", {"rate_limit": 0}), ("sudo_set_tx_rate_limit", {"tx_rate_limit": 0}),
                            ("sudo_set_start_call_delay", {"delay": 0}), ("sudo_set_admin_freeze_window", {"window": 0}),
                            ("sudo_set_owner_hparam_rate_limit", {"epochs": 0}), ("sudo_set_stake_threshold", {"min_stake": 0}),
                            ("sudo_set_subtoken_enabled", {"netuid": 0, "subtoken_enabled": True})):
        sudo("AdminUtils", function, **value)
    had = set(sub.get_all_subnets_netuid())
    do("register_subnet", alice)
    do("register_subnet", alice)
    netuid, other = sorted(set(sub.get_all_subnets_netuid()) - had)
    for n in (netuid, other):
        do("start_call", alice, n)
        sudo("AdminUtils", "sudo_set_tempo", netuid=n, tempo=60)
    sudo("AdminUtils", "sudo_set_weights_set_rate_limit", netuid=netuid, weights_set_rate_limit=0)
    sudo("AdminUtils", "sudo_set_commit_reveal_weights_enabled", netuid=netuid, enabled=False)
    sub.wait_for_block(sub.block + 1)
    do("set_tempo", alice, netuid, 400)
    same(sub.tempo(netuid), 400, "the tempo")
    do("set_activity_cutoff_factor", alice, netuid, 2000)
    do("root_set_activity_cutoff_factor", alice, netuid, 1500)
    same(sub.get_activity_cutoff_factor_milli(netuid), 1500, "the factor")
    do("root_set_pending_childkey_cooldown", alice, 0)
    do("trigger_epoch", alice, netuid)
    do("set_subnet_identity", alice, netuid, bt.SubnetIdentity(subnet_name="interop", github_repo="", subnet_contact="", subnet_url="", logo_url="", discord="",
                                                             description="checks", additional=""))
    same(sub.subnet(netuid).subnet_name, "interop", "the subnet's name")


@check("registration", "registers by burning, with a limit and on root")
def _():
    do("register", bob, netuid)
    do("burned_register", alice, other)
    do("register_limit", charlie, netuid, limit_price=tao(100))
    for who, n in ((bob, netuid), (charlie, netuid), (alice, other)):
        assert sub.is_hotkey_registered(who.hot, netuid=n)
    do("add_stake", bob, 0, bob.hot, tao(100))
    do("root_register", bob)
    assert sub.is_hotkey_registered(bob.hot, netuid=0)


@check("stake", "adds one and many, burns, with and without protection, also through the MEV shield")
def _():
    had = hold(netuid, bob, bob)
    do("add_stake", bob, netuid, bob.hot, tao(20))
    do("add_stake", bob, netuid, bob.hot, tao(20), safe_staking=True, rate_tolerance=0.5, allow_partial_stake=True)
    clear = hold(netuid, bob, bob)
    assert clear > had
    do("add_stake", bob, netuid, bob.hot, tao(20), mev_protection=True, wait_for_revealed_execution=True)
    assert hold(netuid, bob, bob) > clear, "nothing was staked through the shield"
    do("add_stake_multiple", bob, [netuid, other], [bob.hot, alice.hot], [tao(5), tao(5)])
    assert hold(other, bob, alice) > 0
    do("add_stake_burn", alice, netuid, alice.hot, tao(5))


@check("stake", "moves, swaps, transfers, and takes one, many and all back")
def _():
    alpha = Balance.from_tao(2, netuid)
    do("swap_stake", bob, bob.hot, netuid, other, alpha)
    assert hold(other, bob, bob) > 0
    do("move_stake", bob, netuid, bob.hot, netuid, charlie.hot, alpha)
    same(hold(netuid, bob, charlie) > 0, True, "stake after the move")
    do("transfer_stake", bob, dave.cold, bob.hot, netuid, netuid, alpha)
    assert hold(netuid, dave, bob) > 0
    before = hold(netuid, bob, bob)
    do("unstake", bob, netuid, bob.hot, alpha)
    do("unstake", bob, netuid, bob.hot, alpha, safe_unstaking=True, rate_tolerance=0.5, allow_partial_stake=True)
    assert hold(netuid, bob, bob) < before
    do("unstake_multiple", bob, [netuid, other], [bob.hot, alice.hot], [alpha, Balance.from_tao(1, other)])
    do("unstake_all", dave, netuid, bob.hot, rate_tolerance=0.5)
    same(hold(netuid, dave, bob), 0, "stake after taking all back")
    do("set_auto_stake", bob, netuid, bob.hot)
    same(sub.get_auto_stakes(bob.cold)[netuid], bob.hot, "the hotkey for rewards")


@check("stake", "locks stake, moves and keeps the lock")
def _():
    do("lock_stake", bob, bob.hot, netuid, Balance.from_tao(3, netuid))
    assert sub.get_coldkey_lock(bob.cold, netuid)
    do("set_perpetual_lock", bob, netuid, True)
    same(sub.is_perpetual_lock(bob.cold, netuid), True, "whether the lock is perpetual")
    do("move_lock", bob, charlie.hot, netuid)


@check("weights", "sets weights in the clear, commits and reveals them, and commits under a timelock")
def _():
    uid = sub.get_uid_for_hotkey_on_subnet(bob.hot, netuid)
    do("trigger_epoch", alice, netuid)  # which gives Bob's neuron its permit
    for _ in range(40):
        if sub.neuron_for_uid(uid, netuid).validator_permit:
            break
        sub.wait_for_block(sub.block + 1)
    do("set_weights", bob, netuid, [0, 1], [0.25, 0.75])
    assert dict(sub.weights(netuid))[uid], sub.weights(netuid)
    sudo("AdminUtils", "sudo_set_commit_reveal_weights_enabled", netuid=netuid, enabled=True)
    do("set_weights", bob, netuid, [0, 1], [0.5, 0.5])  # chooses the timelock by itself
    assert sub.get_timelocked_weight_commits(netuid)
    sudo("AdminUtils", "sudo_set_tempo", netuid=netuid, tempo=20)
    salt = [1, 2, 3, 4]
    do("commit_weights", bob, netuid, salt, [0, 1], [30000, 65535])
    epoch = sub.get_subnet_epoch_index(netuid)
    while sub.get_subnet_epoch_index(netuid) < epoch + 1:
        sub.wait_for_block(sub.block + 1)
    do("reveal_weights", bob, netuid, [0, 1], [30000, 65535], salt)
    same(dict(sub.weights(netuid))[uid], [(0, 30000), (1, 65535)], "Bob's weights")


@check("children", "sets children, and takes")
def _():
    do("set_children", bob, netuid=netuid, hotkey_ss58=bob.hot, children=[(0.5, charlie.hot)])
    pending = str(sub.get_children_pending(bob.hot, netuid)) + str(sub.get_children(bob.hot, netuid))
    assert charlie.hot in pending, pending
    sudo("AdminUtils", "sudo_set_tx_delegate_take_rate_limit", tx_rate_limit=0)
    called.add("set_delegate_take")
    r = sub.set_delegate_take(bob, bob.hot, 0.1)
    assert r.success, r
    assert abs(sub.get_delegate_take(bob.hot) - 0.1) < 0.001


@check("commitments", "commits in the clear and under a timelock")
def _():
    do("set_commitment", bob, netuid, "interop")
    uid = sub.get_uid_for_hotkey_on_subnet(bob.hot, netuid)
    same(sub.get_commitment(netuid, uid), "interop", "the commitment")
    do("set_reveal_commitment", charlie, netuid, "sealed", blocks_until_reveal=20, block_time=0.25)


@check("proxy", "adds, uses, announces, executes, rejects, takes back, removes; makes and kills a pure one")
def _():
    do("add_proxy", bob, charlie.cold, "Any", 0)
    while True:
        to = fresh().cold
        pay = sub.compose_call("Balances", "transfer_keep_alive", {"dest": to, "value": 10**9})
        if not pay.call_hash.hex().startswith("0"):  # the client strips leading zeros of a hash
            break
    do("proxy", charlie, bob.cold, None, pay)
    same(sub.get_balance(to).rao, 10**9, "the receiver's balance")
    do("remove_proxy", bob, charlie.cold, "Any", 0)
    do("add_proxy", bob, charlie.cold, "Any", 1)
    hash_ = "0x" + pay.call_hash.hex()
    do("announce_proxy", charlie, bob.cold, hash_)
    sub.wait_for_block(sub.block + 3)
    do("proxy_announced", charlie, charlie.cold, bob.cold, None, pay)
    same(sub.get_balance(to).rao, 2 * 10**9, "the receiver's balance")
    do("announce_proxy", charlie, bob.cold, hash_)
    do("reject_proxy_announcement", bob, charlie.cold, hash_)
    do("announce_proxy", charlie, bob.cold, hash_)
    do("remove_proxy_announcement", charlie, bob.cold, hash_)
    do("poke_deposit", bob)
    do("remove_proxies", bob)
    r = do("create_pure_proxy", dave, "Any", 0, 3)
    pure = r.data["pure_account"]
    do("transfer", dave, pure, tao(1))
    do("kill_pure_proxy", dave, pure, dave.cold, "Any", 3, r.data["height"], r.data["ext_index"])


@check("crowdloan", "creates, changes, contributes, withdraws, refunds, dissolves and finalises")
def _():
    def create():
        do("create_crowdloan", dave, tao(10), tao(1), tao(30), sub.block + 5000, target_address=charlie.cold)
        return max(c.id for c in sub.get_crowdloans())

    loan = create()
    do("contribute_crowdloan", bob, loan, tao(5))
    do("withdraw_crowdloan", bob, loan)
    do("update_cap_crowdloan", dave, loan, tao(25))
    do("update_end_crowdloan", dave, loan, sub.block + 6000)
    do("update_min_contribution_crowdloan", dave, loan, tao(2))
    do("contribute_crowdloan", bob, loan, tao(15))
    before = sub.get_balance(charlie.cold)
    do("finalize_crowdloan", dave, loan)
    same(sub.get_balance(charlie.cold), before + tao(25), "the target's balance")
    loan = create()
    do("contribute_crowdloan", bob, loan, tao(5))
    do("refund_crowdloan", dave, loan)
    do("dissolve_crowdloan", dave, loan)
    do("create_crowdloan", dave, tao(10), tao(1), tao(30), sub.block + 5000, target_address=charlie.cold)


@check("keys", "announces, clears, executes and disputes the swap of a coldkey")
def _():
    sudo("AdminUtils", "sudo_set_coldkey_swap_announcement_delay", duration=2)
    sudo("AdminUtils", "sudo_set_coldkey_swap_reannouncement_delay", duration=1)
    old, new, disputed = fresh(), fresh(), fresh()
    for who in (old, disputed):
        do("transfer", alice, who.cold, tao(10))
    do("announce_coldkey_swap", old, new.cold)
    sub.wait_for_block(sub.block + 5)
    do("clear_coldkey_swap_announcement", old)
    do("announce_coldkey_swap", old, new.cold)
    sub.wait_for_block(sub.block + 5)
    do("swap_coldkey_announced", old, new.cold)
    assert sub.get_balance(new.cold).tao > 9
    do("announce_coldkey_swap", disputed, new.cold)
    do("dispute_coldkey_swap", disputed)


@check("root", "claims the dividends of root, and says how they are paid")
def _():
    do("claim_root", bob, [netuid])
    do("set_root_claim_type", bob, "Keep")
    same(sub.get_root_claim_type(bob.cold), "Keep", "the way of paying")


@check("MEV shield", "sends an encrypted transaction, and finds it executed")
def _():
    to = fresh().cold
    do("mev_submit_encrypted", bob, sub.compose_call("Balances", "transfer_keep_alive", {"dest": to, "value": 10**9}), wait_for_revealed_execution=True)
    same(sub.get_balance(to).rao, 10**9, "the receiver's balance")


@check("transfer", "transfers everything")
def _():
    who = fresh()
    do("transfer", alice, who.cold, tao(2))
    do("transfer", who, bob.cold, None, transfer_all=True, keep_alive=False)
    same(sub.get_balance(who.cold).rao, 0, "what is left")


@check("serving", "announces an axon with a certificate")
def _():
    axon = bt.Axon(wallet=bob, ip="203.0.113.7", port=18091, external_ip="203.0.113.7", external_port=18091)
    do("serve_axon", netuid, axon, certificate=bt.Certificate({"public_key": "ab" * 16, "algorithm": 1}) if hasattr(bt, "Certificate") else None)
    uid = sub.get_uid_for_hotkey_on_subnet(bob.hot, netuid)
    same(sub.neuron_for_uid(uid, netuid).axon_info.port, 18091, "the port")


if ASYNCIO:
    for name, fn in inspect.getmembers(AsyncSubtensor, inspect.isfunction):
        if "wallet" in inspect.signature(fn).parameters and not name.startswith(("_", "get_")) and name not in called | set(LEFT_OUT):
            check.run("methods, asyncio", name, lambda: same("not called", "called by a check", "it"))
    sub.close()
    check.end()

pay = sub.compose_call("Balances", "transfer_keep_alive", {"dest": bob.cold, "value": 1})
ASKED = {
    "netuid": netuid, "netuids": [0, netuid], "uid": 1, "coldkey_ss58": bob.cold, "coldkey_ss58s": [alice.cold, bob.cold], "hotkey_ss58": bob.hot,
    "address": bob.cold, "real_account_ss58": bob.cold, "delegate_account_ss58": charlie.cold, "crowdloan_id": 0,
    "param_name": "Tempo", "amount": tao(1), "origin_netuid": 0, "destination_netuid": netuid, "destination_ss58": bob.cold, "wallet": bob, "call": pay,
    "keypair": bob.coldkeypub, "call_module": "System", "call_function": "remark", "call_params": {"remark": "0x00"}, "module_name": "Balances",
    "constant_name": "ExistentialDeposit", "runtime_api": "AccountNonceApi",
    "data": "", "all_netuids": [0, netuid], "filter_for_netuids": [netuid], "all_hotkeys": [bob], "block": None, "constants": None,
}
OF_ONE = {  # where a name means different things
    "query_module": {"module": "System", "name": "Number"}, "query_map": {"module": "SubtensorModule", "name": "Tempo"},
    "query_subtensor": {"name": "Tempo", "params": [netuid]}, "query_map_subtensor": {"name": "Tempo"},
    "query_runtime_api": {"runtime_api": "AccountNonceApi", "method": "account_nonce", "params": [bob.cold]},
    "state_call": {"method": "Core_version", "data": ""}, "get_block_info": {"block": 3}, "determine_block_hash": {"block": 3}, "wait_for_block": {},
    "get_unstake_fee": {"amount": Balance.from_tao(1, netuid)}, "validate_extrinsic_params": {},
    "sim_swap": {"amount": tao(1)}, "is_hotkey_registered": {"netuid": netuid},
}
READS_WITH_WALLET = {"get_transfer_fee"}


def arguments(name, fn):
    own = OF_ONE.get(name, {})
    return {p.name: own[p.name] if p.name in own else ASKED[p.name] for p in list(inspect.signature(fn).parameters.values())[1:] if p.default is p.empty or p.name in own}


def ask(client, name, fn):
    if name == "get_balances":  # takes any number of addresses
        return client.get_balances(alice.cold, bob.cold)
    return getattr(client, name)(**arguments(name, fn))


answers = {}
for name, fn in inspect.getmembers(bt.Subtensor, inspect.isfunction):
    if name.startswith("_") or name in called:
        continue
    if name in LEFT_OUT:
        check.skip("methods", name, LEFT_OUT[name])
        continue
    if "wallet" in inspect.signature(fn).parameters and name not in READS_WITH_WALLET:
        check.run("methods", name, lambda: same("not called", "called by a check", "it"))
        continue

    def read(name=name, fn=fn):
        answers[name] = ask(sub, name, fn)

    check.run("reads, blocking", name, read)

again = {}


async def read_all():
    async with AsyncSubtensor(network=url) as client:
        for name in answers:
            try:
                got = ask(client, name, getattr(bt.Subtensor, name))
                again[name] = await got if inspect.isawaitable(got) else got
            except Exception as err:  # reported where the read is checked
                again[name] = err


asyncio.run(read_all())
for name in answers:

    def compare(name=name):
        if isinstance(again[name], Exception):
            raise again[name]

    check.run("reads, asyncio", name, compare)


@check("asyncio", "transfers, stakes and follows blocks and events in asyncio")
async def _():
    async with AsyncSubtensor(network=url) as client:
        to = fresh().cold
        r = await client.transfer(bob, to, tao(1), wait_for_inclusion=True, wait_for_finalization=True)
        assert r.success, r
        same((await client.get_balance(to)).rao, 10**9, "the receiver's balance")
        before = await client.get_stake(charlie.cold, bob.hot, netuid)
        r = await client.add_stake(charlie, netuid, bob.hot, tao(3), wait_for_inclusion=True)
        assert r.success, r
        assert (await client.get_stake(charlie.cold, bob.hot, netuid)).rao > before.rao
        heads = []

        async def head(obj):
            heads.append(obj["header"]["number"])
            return True if len(heads) == 3 else None

        await client.substrate.subscribe_block_headers(head)
        same(heads, list(range(heads[0], heads[0] + 3)), "the row of blocks")


@check("subscriptions", "follows events and finalised blocks, blocking")
def _():
    heads = []

    def head(obj):
        heads.append(obj["header"]["number"])
        return True if len(heads) == 3 else None

    sub.substrate.subscribe_block_headers(head, finalized_only=True)
    same(heads, list(range(heads[0], heads[0] + 3)), "the row of blocks")
    block = sub.substrate.get_block_hash(heads[0])
    events = sub.substrate.get_events(block)
    assert events, "a block without events"


sub.close()
check.end()
