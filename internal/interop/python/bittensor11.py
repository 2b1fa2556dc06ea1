"""Checks a fresh local network without neurons with the Python client of bittensor 11.3.0: python bittensor11.py ws://HOST:PORT

First Alice, who is root and owner here, prepares a subnet; then every operation that the client offers is executed, blocking, or is named in LEFT_OUT
with the reason; then everything that it can read is read, blocking and in asyncio. HOME must be a folder of this run's own: the client keeps
metadata there and never asks whether it still holds.
"""

import asyncio
import os
import sys
import time

import bittensor as bt
import bittensor_core
from bittensor.sp_core import Keypair

from harness import SHORT, Checks, same, version

url = sys.argv[1]
check = Checks(f"bittensor {version('bittensor')}")
if not os.environ.get("HOME", "").startswith(os.environ.get("MYELIN_INTEROP_WORK", "?")):
    sys.exit("bittensor11.py wants a HOME below $MYELIN_INTEROP_WORK: it would find or leave metadata in your own")

calls, storage = bt.calls, bt.storage
S = storage.SubtensorModule
ST, AU = calls.SubtensorModule, calls.AdminUtils

# Operations of the client's catalogue that this chain cannot serve.
EVM = "the chain has no EVM"
BASKETS = "the chain has no baskets of validators; the call is newer than its rules"
LEFT_OUT = {
    "evm_withdraw": EVM,
    "associate_evm_key": EVM + ": needs a signature by an Ethereum key over a mirror account",
    "stake_into_basket": BASKETS,
    "swap_basket": BASKETS,
    "swap_basket_many": BASKETS,
    "add_collateral": "the chain has no collateral of miners",
    "set_min_collateral": "the chain has no collateral of miners",
}
done_operations = set()


class Keys:
    """What the client takes for a wallet: two keys in memory."""

    def __init__(self, uri):
        self.coldkey = self.coldkeypub = Keypair.create_from_uri(uri)
        self.hotkey = Keypair.create_from_uri(uri + "//hot")
        self.cold, self.hot = self.coldkey.ss58_address, self.hotkey.ss58_address


alice, bob, charlie, dave, eve = (Keys(u) for u in ("//Alice", "//Bob", "//Charlie", "//Dave", "//Eve"))
sub = None


def connect():
    """Connects anew: the client counts the nonce of an encrypted transaction, but not that of the one within, and would use it twice."""
    global sub
    if sub is not None:
        sub.close()
    sub = bt.Subtensor(url, fallback_endpoints=[], archive_endpoints=[])


connect()


def ok(result):
    assert result.success, f"{result.message} {result.error}"
    return result


def op(name, who, /, **args):
    """Executes an operation by its name in the catalogue."""
    done_operations.add(name)
    return ok(sub.execute_tool(name, args, who))


def call(it, who=alice, **kwargs):
    return ok(sub.submit_call(it, who, **kwargs))


def sudo(it):
    return call(calls.Sudo.sudo(call=sub.compose(it)))


def free(who):
    return int(sub.query(storage.System.Account, [who])["data"]["free"])


def stake(who, hotkey, netuid):
    return sub.read("stake", coldkey_ss58=who, hotkey_ss58=hotkey, netuid=netuid).rao


def wait(blocks=1):
    sub.wait_for_block(sub.block + blocks, timeout=60)


@check("connection", "connects and tells the head", needed=True)
def _():
    started = time.monotonic()
    assert sub.finalized_block >= 0 and sub.block > 0
    same(sub.query(storage.Sudo.Key), alice.cold, "the root key")
    assert abs(sub.time.timestamp() - time.time()) < 60
    assert sub.is_fast_blocks()
    return f"{time.monotonic() - started:.2f} s"


@check("subscriptions", "follows best and finalised blocks, blocking")
def _():
    for finalized in (False, True):
        seen = []
        for header in sub.blocks(finalized=finalized):
            seen.append(header)
            if len(seen) == 3:
                break
        numbers = [h.number for h in seen]
        same(numbers, list(range(numbers[0], numbers[0] + 3)), "the row of blocks")


@check("transfer", "transfers with the exact fee, after a plan that tells it")
def _():
    to = Keypair.create_from_uri(f"//interop//{time.time_ns()}").ss58_address
    plan = sub.plan(bt.Transfer(dest_ss58=to, amount_tao=2.5), bob)
    before = free(bob.cold)
    r = op("transfer", bob, dest_ss58=to, amount_tao=2.5)
    same(free(to), 2_500_000_000, "the receiver's balance")
    same(free(bob.cold), before - 2_500_000_000 - r.fee.rao, "the sender's balance")
    same(plan.fee.rao + 1, r.fee.rao, "the planned fee")  # planned without an era, which is one byte and one rao less


@check("transfer", "is told why a transfer fails")
def _():
    r = sub.execute_tool("transfer", {"dest_ss58": bob.cold, "amount_tao": 10_000_000}, dave)
    assert not r.success and r.error is not None, r
    return r.message


@check("metadata digest", "has a transaction accepted that binds its own digest of the metadata, and another refused")
def _():
    class Device:
        """Signs as hardware does, which trusts no metadata but those of the digest."""

        def __init__(self, flip):
            self.key, self.flip = bob.coldkey, flip
            self.ss58_address, self.public_key, self.crypto_type = self.key.ss58_address, self.key.public_key, self.key.crypto_type

        def sign(self, payload):
            return self.key.sign(payload)

        def metadata_digest(self, c):
            digest = bytearray(bittensor_core.metadata_digest(c.metadata_bytes, c.spec_version, c.spec_name, c.ss58_format, 9, "TAO"))
            digest[0] ^= self.flip
            return bytes(digest)

    to = Keypair.create_from_uri(f"//interop//digest//{time.time_ns()}").ss58_address
    transfer = calls.Balances.transfer_keep_alive(dest=to, value=10**9)
    call(transfer, Device(0))
    same(free(to), 10**9, "the receiver's balance")
    try:
        r = sub.submit_call(transfer, Device(1))
    except bt.BittensorError:
        pass
    else:
        assert not r.success, "a transaction with another digest was accepted"
    same(free(to), 10**9, "the receiver's balance after the refusal")


netuid = other = None


@check("subnets", "registers a subnet, prepares it as root and as owner, and starts it", needed=True)
def _():
    global netuid, other
    for it in (AU.sudo_set_network_rate_limit(rate_limit=0), AU.sudo_set_tx_rate_limit(tx_rate_limit=0), AU.sudo_set_owner_hparam_rate_limit(epochs=0),
               AU.sudo_set_admin_freeze_window(window=0), AU.sudo_set_start_call_delay(delay=0)):
        sudo(it)
    had = {s.netuid for s in sub.subnets.all()}
    op("register_subnet", alice)
    op("register_subnet", alice, hotkey_ss58=eve.hot)
    new = {s.netuid for s in sub.subnets.all()} - had
    same(len(new), 2, "the number of new subnets")
    netuid, other = sorted(new)
    for n in (netuid, other):
        same(sub.query(S.SubnetOwner, [n]), alice.cold, "its owner")
        op("start_call", alice, netuid=n)
        sudo(AU.sudo_set_tempo(netuid=n, tempo=60))  # an epoch must be longer than a round of the beacon, 3 s
    sudo(AU.sudo_set_weights_set_rate_limit(netuid=netuid, weights_set_rate_limit=0))
    op("set_hyperparameter", alice, netuid=netuid, name="commit_reveal_weights_enabled", value=0)
    same(sub.read("commit_reveal_enabled", netuid=netuid), False, "commit-reveal")
    op("set_hyperparameter", alice, netuid=netuid, name="immunity_period", value=100)
    same(sub.read("immunity_period", netuid=netuid), 100, "the immunity period")


@check("registration", "registers a neuron by burning, through the MEV shield")
def _():
    r = op("burned_register", bob, netuid=netuid)
    assert sub.read("uid", hotkey_ss58=bob.hot, netuid=netuid) is not None
    assert r.data["shielded"], r
    block = sub.read("block_info", block=int(r.extrinsic_id.split("-")[0]))
    assert any("MevShield.submit_encrypted" in str(x) for x in block["extrinsics"]), block
    connect()


@check("registration", "registers a neuron by proof of work that its own miner found, without a balance")
def _():
    sudo(AU.sudo_set_min_difficulty(netuid=netuid, min_difficulty=1))
    sudo(AU.sudo_set_difficulty(netuid=netuid, difficulty=1000))
    call(AU.sudo_set_network_pow_registration_allowed(netuid=netuid, registration_allowed=True))
    poor = Keys("//interop//miner")
    work = sub.mine_pow_registration(netuid, poor.hot, poor.cold, workers=1, max_seconds=30, backend="cpu")
    done_operations.add("pow_register")
    ok(sub.execute(work, poor))
    assert sub.read("uid", hotkey_ss58=poor.hot, netuid=netuid) is not None
    same(free(poor.cold), 0, "the miner's balance")
    same(sub.query(S.LastPowRegistrationBlock, [poor.hot]), work.work_block, "the block of its work")


@check("registration", "registers on the root network")
def _():
    sudo(AU.sudo_set_subtoken_enabled(netuid=0, subtoken_enabled=True))  # until then nobody may stake on root
    op("add_stake", bob, hotkey_ss58=bob.hot, netuid=0, amount_tao=100)
    op("root_register", bob)
    assert 0 in sub.read("netuids_for_hotkey", hotkey_ss58=bob.hot)


def claimed(result):
    """The result of a claim, which must tell that root's dividends were claimed."""
    assert "RootClaimed" in {e["event_id"] for e in ok(result).events}, result
    return result


@check("root", "claims the dividends of root, of all hotkeys and of one, after a plan", full=True)
def _():
    plan = sub.plan(bt.ClaimRoot(subnets=[netuid]), bob)
    assert plan.ok, plan
    claimed(op("claim_root", bob, subnets=[netuid]))
    claimed(op("claim_root_with_hotkey", bob, hotkey_ss58=bob.hot))


def moved(name, who, before_after, /, **args):
    """Executes a stake operation and checks that the stakes went down and up as told: [(coldkey, hotkey, netuid, sign)]."""
    before = [stake(*at[:3]) for at in before_after]
    r = op(name, who, **args)
    for was, at in zip(before, before_after):
        now = stake(*at[:3])
        assert (now - was) * at[3] > 0, f"the stake of {at[1][:6]} on subnet {at[2]} went from {was} to {now}"
    return r


@check("stake", "adds, with and without a limit")
def _():
    here = (bob.cold, bob.hot, netuid)
    moved("add_stake", bob, [(*here, 1)], hotkey_ss58=bob.hot, netuid=netuid, amount_tao=20)
    moved("add_stake_limit", bob, [(*here, 1)], hotkey_ss58=bob.hot, netuid=netuid, amount_tao=5, limit_price_rao=10**12, allow_partial=True)
    moved("add_stake", bob, [(bob.cold, bob.hot, other, 1)], hotkey_ss58=bob.hot, netuid=other, amount_tao=20)
    moved("add_stake", bob, [(bob.cold, bob.hot, 0, 1)], hotkey_ss58=bob.hot, netuid=0, amount_tao=20)


@check("stake", "removes, with and without a limit")
def _():
    here = [(bob.cold, bob.hot, netuid, -1)]
    moved("remove_stake", bob, here, hotkey_ss58=bob.hot, netuid=netuid, amount_alpha=3)
    moved("remove_stake_limit", bob, here, hotkey_ss58=bob.hot, netuid=netuid, amount_alpha=3, limit_price_rao=1, allow_partial=True)


@check("stake", "adds stake encrypted, through the MEV shield")
def _():
    before = stake(bob.cold, bob.hot, netuid)
    ok(sub.submit_shielded(bt.AddStake(hotkey_ss58=bob.hot, netuid=netuid, amount_tao=7), bob))
    assert stake(bob.cold, bob.hot, netuid) > before
    connect()


@check("stake", "moves, swaps and transfers")
def _():
    here, there = (bob.cold, bob.hot, netuid), (bob.cold, bob.hot, other)
    moved("swap_stake", bob, [(*here, -1), (*there, 1)], hotkey_ss58=bob.hot, origin_netuid=netuid, dest_netuid=other, amount_alpha=3)
    to = (bob.cold, alice.hot, netuid)
    moved("move_stake", bob, [(*here, -1), (*to, 1)], origin_hotkey_ss58=bob.hot, origin_netuid=netuid, dest_hotkey_ss58=alice.hot, dest_netuid=netuid, amount_alpha=3)
    moved("move_swap_stake", bob, [(*here, -1), (bob.cold, alice.hot, other, 1)], origin_hotkey_ss58=bob.hot, origin_netuid=netuid, dest_hotkey_ss58=alice.hot,
          dest_netuid=other, amount_alpha=3)
    moved("transfer_stake", bob, [(*here, -1), (eve.cold, bob.hot, netuid, 1)], dest_coldkey_ss58=eve.cold, hotkey_ss58=bob.hot, origin_netuid=netuid,
          dest_netuid=netuid, amount_alpha=3)


@check("stake", "burns stake, chooses where rewards go, and unstakes everything", full=True)
def _():
    op("stake_burn", alice, netuid=netuid, amount_tao=5, hotkey_ss58=alice.hot)
    op("set_auto_stake", bob, netuid=netuid, hotkey_ss58=bob.hot)
    same(sub.read("auto_stake", coldkey_ss58=bob.cold, netuid=netuid), bob.hot, "the hotkey for rewards")
    op("unstake_all_alpha", eve, hotkey_ss58=bob.hot)
    same(stake(eve.cold, bob.hot, netuid), 0, "the stake after unstaking all alpha")
    assert stake(eve.cold, bob.hot, 0) > 0
    op("unstake_all", eve, hotkey_ss58=bob.hot)


@check("stake", "locks stake, changes the lock and refuses locked alpha", full=True)
def _():
    op("lock_stake", bob, netuid=netuid, amount_alpha=10, hotkey_ss58=bob.hot)
    assert sub.read("coldkey_lock", coldkey_ss58=bob.cold, netuid=netuid)
    op("set_perpetual_lock", bob, netuid=netuid, enabled=True)
    op("move_lock", bob, netuid=netuid, destination_hotkey_ss58=alice.hot)
    op("set_reject_locked_alpha", bob, enabled=True)
    same(sub.read("accepts_locked_alpha", coldkey_ss58=bob.cold), False, "whether Bob takes locked alpha")


@check("weights", "sets weights in the clear")
def _():
    sudo(AU.sudo_set_stake_threshold(min_stake=0))
    mine = sub.read("uid", hotkey_ss58=bob.hot, netuid=netuid)
    for _ in range(70):  # the next epoch gives Bob's neuron its permit
        neurons = sub.read("neurons", netuid=netuid, lite=True)
        if any(n.uid == mine and n.validator_permit for n in neurons):
            break
        wait()
    uids = sorted(n.uid for n in neurons)
    op("set_weights", bob, netuid=netuid, uids=uids[:2], weights=[0.25, 0.75])
    rows = sub.read("weights", netuid=netuid)
    row = rows[sub.read("uid", hotkey_ss58=bob.hot, netuid=netuid)]
    assert abs(row[uids[1]] - 0.75) < 0.001, row


@check("weights", "commits weights under a timelock, and sees them pending")
def _():
    op("set_hyperparameter", alice, netuid=netuid, name="commit_reveal_weights_enabled", value=1)
    op("commit_weights", bob, netuid=netuid, uids=[0, 1], weights=[0.5, 0.5])
    assert sub.read("timelocked_weight_commits", netuid=netuid)
    op("set_weights", bob, netuid=netuid, uids=[0, 1], weights=[0.4, 0.6])  # chooses the sealed way by itself


@check("weights", "refuses to reveal what nobody committed", full=True)
def _():
    done_operations.add("reveal_weights")
    r = sub.execute_tool("reveal_weights", {"netuid": netuid, "uids": [0], "weights": [1], "salt": [1, 2, 3]}, bob)
    assert not r.success and "No commit found" in r.message, r


@check("children", "sets children and takes", full=True)
def _():
    op("set_children", bob, netuid=netuid, children=[[0.5, alice.hot]], hotkey_ss58=bob.hot)
    pending = sub.read("pending_children", hotkey_ss58=bob.hot, netuid=netuid)
    now = sub.read("children", hotkey_ss58=bob.hot, netuid=netuid)
    assert pending or now, "no child, neither pending nor set"
    op("set_childkey_take", bob, netuid=netuid, take=0.1, hotkey_ss58=bob.hot)
    sudo(AU.sudo_set_tx_delegate_take_rate_limit(tx_rate_limit=0))
    op("decrease_take", bob, take=0.1)
    op("increase_take", bob, take=0.11)
    op("set_take", bob, take=0.09)
    assert abs(float(sub.query(S.Delegates, [bob.hot])) / 65535 - 0.09) < 0.001


@check("proxy", "adds, uses and removes proxies, and a pure one")
def _():
    op("add_proxy", bob, delegate_ss58=charlie.cold, proxy_type="Any")
    to = Keypair.create_from_uri(f"//interop//proxy//{time.time_ns()}").ss58_address
    ok(sub.execute(bt.Transfer(dest_ss58=to, amount_tao=1), charlie, proxy_for=bob.cold))
    same(free(to), 10**9, "the receiver's balance")
    assert len(sub.read("proxies", coldkey_ss58=bob.cold)["proxies"]) == 1
    op("remove_proxy", bob, delegate_ss58=charlie.cold, proxy_type="Any")
    op("add_proxy", bob, delegate_ss58=charlie.cold, proxy_type="Staking")
    op("remove_proxies", bob)
    same(len(sub.read("proxies", coldkey_ss58=bob.cold)["proxies"]), 0, "the number of proxies")


@check("proxy", "makes and kills a pure proxy, and executes an announced call", full=True)
def _():
    r = op("create_pure_proxy", dave, proxy_type="Any", index=7)
    pure = next(e["attributes"]["pure"] for e in r.events if e["event_id"] == "PureCreated")
    height, index = map(int, r.extrinsic_id.split("-"))
    op("transfer", dave, dest_ss58=pure, amount_tao=1)
    done_operations.add("kill_pure_proxy")
    kill = bt.KillPureProxy(spawner_ss58=dave.cold, proxy_type="Any", index=7, height=height, ext_index=index)
    ok(sub.execute(kill, dave, proxy_for=pure))
    same(free(pure), 10**9, "the balance that the pure proxy leaves behind")
    op("add_proxy", bob, delegate_ss58=charlie.cold, proxy_type="Any", delay=1)
    to = Keypair.create_from_uri(f"//interop//announced//{time.time_ns()}").ss58_address
    inner = sub.compose(calls.Balances.transfer_keep_alive(dest=to, value=10**9))
    call(calls.Proxy.announce(real=bob.cold, call_hash=inner.call_hash), charlie)
    wait(3)
    op("execute_proxy_announced", charlie, delegate_ss58=charlie.cold, real_ss58=bob.cold, inner_op="transfer", inner_args={"dest_ss58": to, "amount_tao": 1})
    same(free(to), 10**9, "the receiver's balance")
    op("remove_proxies", bob)


@check("multisig", "opens, approves, executes, cancels; and one of many", full=True)
def _():
    trio = [alice.cold, bob.cold, charlie.cold]
    account = sub.multisig([alice.cold, bob.cold, charlie.cold], 2)
    op("transfer", alice, dest_ss58=account.address, amount_tao=5)
    to = Keypair.create_from_uri(f"//interop//multisig//{time.time_ns()}").ss58_address
    inner = {"op": "transfer", "dest_ss58": to, "amount_tao": 1}

    def others(who):
        return [a for a in trio if a != who.cold]

    def point(r):
        height, index = r.extrinsic_id.split("-")
        return {"height": int(height), "index": int(index)}

    r = op("multisig_approve", alice, threshold=2, other_signatories=others(alice), call=inner)
    op("multisig_execute", bob, threshold=2, other_signatories=others(bob), call=inner, timepoint=point(r))
    same(free(to), 10**9, "the receiver's balance")
    r = op("multisig_execute", alice, threshold=2, other_signatories=others(alice), call=inner)
    op("multisig_cancel", alice, threshold=2, other_signatories=others(alice), call=inner, timepoint=point(r))
    one = sub.multisig([alice.cold, bob.cold], 1)
    op("transfer", alice, dest_ss58=one.address, amount_tao=5)
    op("multisig_threshold_1", alice, other_signatories=[bob.cold], call=inner)
    same(free(to), 2 * 10**9, "the receiver's balance")


@check("crowdloan", "creates, changes, contributes, withdraws, refunds, dissolves and finalises", full=True)
def _():
    def create(cap=30):
        had = {c["id"] for c in sub.read("crowdloans")}
        op("create_crowdloan", dave, deposit_tao=10, min_contribution_tao=1, cap_tao=cap, end=sub.block + 5000, target_ss58=eve.cold)
        return ({c["id"] for c in sub.read("crowdloans")} - had).pop()

    loan = create()
    op("contribute_crowdloan", bob, crowdloan_id=loan, amount_tao=5)
    op("withdraw_crowdloan", bob, crowdloan_id=loan)
    op("update_crowdloan_cap", dave, crowdloan_id=loan, new_cap_tao=25)
    op("update_crowdloan_min_contribution", dave, crowdloan_id=loan, new_min_contribution_tao=2)
    op("update_crowdloan_end", dave, crowdloan_id=loan, new_end=sub.block + 6000)
    op("set_crowdloan_max_contribution", dave, crowdloan_id=loan, new_max_contribution_tao=20)
    op("contribute_crowdloan", bob, crowdloan_id=loan, amount_tao=15)
    before = free(eve.cold)
    op("finalize_crowdloan", dave, crowdloan_id=loan)
    same(free(eve.cold), before + 25 * 10**9, "the target's balance")
    loan = create()
    op("contribute_crowdloan", bob, crowdloan_id=loan, amount_tao=5)
    op("refund_crowdloan", dave, crowdloan_id=loan)
    op("dissolve_crowdloan", dave, crowdloan_id=loan)


@check("subnets", "leases a subnet with a crowdloan, and ends the lease", full=True)
def _():
    had = {c["id"] for c in sub.read("crowdloans")}
    cost = sub.read("subnet_registration_cost").tao
    cap = int(cost) + 100
    end = sub.block + 400
    lease_end = sub.block + 60
    op("create_crowdloan", dave, deposit_tao=10, min_contribution_tao=1, cap_tao=cap, end=end, call={"op": "register_leased_network", "emissions_share": 30, "end_block": lease_end})
    loan = ({c["id"] for c in sub.read("crowdloans")} - had).pop()
    op("contribute_crowdloan", alice, crowdloan_id=loan, amount_tao=cap - 10)
    op("finalize_crowdloan", dave, crowdloan_id=loan)
    done_operations.add("register_leased_network")
    leases = sub.read("leases")
    assert leases, "no lease"
    lease = max(it["lease_id"] for it in leases)
    assert sub.read("lease", lease_id=lease)
    sub.wait_for_block(lease_end + 1, timeout=60)
    call(ST.try_associate_hotkey(hotkey=dave.hot), dave)
    op("terminate_lease", dave, lease_id=lease, hotkey_ss58=dave.hot)
    same(sub.query(S.SubnetOwner, [leases[-1]["netuid"]]), dave.cold, "the owner after the lease")


@check("identity", "names a key and a subnet, and changes its symbol")
def _():
    op("set_identity", bob, name="Bob", url="https://example.org", description="interop")
    same(sub.read("identity", coldkey_ss58=bob.cold)["name"], "Bob", "the name")
    op("set_subnet_identity", alice, netuid=netuid, subnet_name="interop", description="checks")
    same(sub.read("subnet_names")[netuid], "interop", "the subnet's name")
    symbol = "ב"
    op("update_symbol", alice, netuid=netuid, symbol=symbol)
    same(sub.read("token_symbols")[netuid], symbol, "the symbol")


@check("serving", "announces an axon, with and without a certificate, and an exporter; takes it back")
def _():
    op("serve_axon", bob, netuid=netuid, ip="203.0.113.7", port=8091)
    uid = sub.read("uid", hotkey_ss58=bob.hot, netuid=netuid)

    def axon():
        return next(n for n in sub.read("neurons", netuid=netuid, lite=True) if n.uid == uid).raw["axon_info"]

    same((axon()["ip"], axon()["port"]), (0xCB007107, 8091), "the axon's address")
    op("serve_prometheus", bob, netuid=netuid, ip="203.0.113.7", port=8092)
    sudo(AU.sudo_set_serving_rate_limit(netuid=netuid, serving_rate_limit=0))
    op("serve_axon_tls", bob, netuid=netuid, ip="203.0.113.8", port=8091, certificate="01" + "ab" * 32)
    op("reset_axon", bob, netuid=netuid)
    same(axon()["ip"], 0, "the axon's address after the reset")


@check("commitments", "commits in the clear, and under a timelock that another beacon's signature cannot open")
def _():
    call(calls.Commitments.set_commitment(netuid=netuid, info={"fields": [[{"Raw7": b"interop"}]]}), bob, signer="hotkey")
    assert "interop" in str(sub.read("commitment", netuid=netuid, hotkey_ss58=bob.hot)), sub.read("commitment", netuid=netuid, hotkey_ss58=bob.hot)
    sealed = bt.timelock.encrypt(b"interop", reveal_round=bt.timelock.current_round() + 10)
    fields = [[{"TimelockEncrypted": {"encrypted": sealed.encrypted, "reveal_round": sealed.reveal_round}}]]
    call(calls.Commitments.set_commitment(netuid=netuid, info={"fields": fields}), alice, signer="hotkey")
    assert sub.query(storage.Commitments.CommitmentOf, [netuid, alice.hot])


@check("administration", "does without consensus in a subnet, trims it in batches, and returns to consensus", full=True)
def _():
    for who in (bob, charlie, dave):
        op("burned_register", who, netuid=other)
        connect()
    sudo(AU.sudo_set_min_allowed_uids(netuid=other, min_allowed_uids=1))
    sudo(AU.sudo_set_immunity_period(netuid=other, immunity_period=1))
    op("set_hyperparameter", alice, netuid=other, name="epoch_consensus", value="Null")
    same(sub.query(S.SubnetEpochConsensus, [other]), "Null", "the consensus")
    same(sub.query(S.MaxAllowedValidators, [other]), 1, "the number of validators")
    had = sub.query(S.SubnetworkN, [other])
    op("trim_null_subnet_batch", alice, netuid=other, target=had - 2)
    same((sub.query(S.SubnetworkN, [other]), sub.query(S.NullPruningTarget, [other])), (had - 2, None), "the neurons left, and the target")
    op("set_hyperparameter", alice, netuid=other, name="epoch_consensus", value="Yuma")
    assert sub.query(S.MaxAllowedValidators, [other]) > 1


@check("administration", "counts mechanisms, trims, and sets the two thresholds of root", full=True)
def _():
    op("trim_subnet", alice, netuid=netuid, max_n=64)
    same(sub.query(S.MaxAllowedUids, [netuid]), 64, "the number of UIDs allowed")
    op("set_mechanism_count", alice, netuid=netuid, mechanism_count=2)
    same(sub.read("mechanism_count", netuid=netuid), 2, "the number of mechanisms")
    op("set_mechanism_count", alice, netuid=netuid, mechanism_count=1)
    op("set_root_claim_threshold", alice, threshold=0.001)
    op("set_subnet_emission_enabled", alice, netuids=[netuid], enabled=False)
    same(sub.read("subnet_emission_enabled", netuid=netuid), False, "the emission")
    op("set_subnet_emission_enabled", alice, netuids=[netuid], enabled=True)


@check("batch", "batches, all or nothing")
def _():
    to = Keypair.create_from_uri(f"//interop//batch//{time.time_ns()}").ss58_address
    op("batch", bob, intents=[{"op": "transfer", "dest_ss58": to, "amount_tao": 1}, {"op": "transfer", "dest_ss58": to, "amount_tao": 2}])
    same(free(to), 3 * 10**9, "the receiver's balance")
    r = sub.execute_tool("batch", {"intents": [{"op": "transfer", "dest_ss58": to, "amount_tao": 1}, {"op": "transfer", "dest_ss58": to, "amount_tao": 10**7}]}, bob)
    assert not r.success
    same(free(to), 3 * 10**9, "the receiver's balance after a failed batch")


@check("keys", "swaps a hotkey, and takes another", full=True)
def _():
    fresh = Keys(f"//interop//swap//{time.time_ns()}")
    op("swap_hotkey", alice, new_hotkey_ss58=fresh.hot)
    op("associate_hotkey", eve, hotkey_ss58=fresh.cold)
    assert fresh.cold in sub.read("owned_hotkeys", coldkey_ss58=eve.cold)


@check("keys", "announces, clears, disputes and executes the swap of a coldkey", full=True)
def _():
    sudo(AU.sudo_set_coldkey_swap_announcement_delay(duration=2))
    sudo(AU.sudo_set_coldkey_swap_reannouncement_delay(duration=1))
    old, new, other = (Keys(f"//interop//cold//{n}//{time.time_ns()}") for n in range(3))
    for who in (old, other):
        op("transfer", alice, dest_ss58=who.cold, amount_tao=10)
    op("announce_coldkey_swap", old, new_coldkey_ss58=new.cold)
    assert sub.read("coldkey_swap_announcement", coldkey_ss58=old.cold)
    wait(5)
    op("clear_coldkey_swap_announcement", old)
    op("announce_coldkey_swap", old, new_coldkey_ss58=new.cold)
    wait(4)
    op("swap_coldkey_announced", old, new_coldkey_ss58=new.cold)
    assert free(new.cold) > 9 * 10**9, free(new.cold)
    op("announce_coldkey_swap", other, new_coldkey_ss58=eve.cold)
    op("dispute_coldkey_swap", other)


@check("transfer", "funds an address of Ethereum's form, and transfers everything", full=True)
def _():
    op("fund_evm_key", bob, evm_address="0x" + "ab" * 20, amount_tao=1)
    fresh = Keys(f"//interop//all//{time.time_ns()}")
    op("transfer", alice, dest_ss58=fresh.cold, amount_tao=2)
    op("transfer_all", fresh, dest_ss58=bob.cold, keep_alive=False)
    same(free(fresh.cold), 0, "what is left")


if not SHORT:
    for name in sorted({t["name"] for t in sub.tools()} - done_operations):
        if name in LEFT_OUT:
            check.skip("operations", name, LEFT_OUT[name])
        else:
            check.run("operations", f"{name} is executed by a check", lambda: same(False, True, "a check of it"))

# What the reads are asked about: arguments by their name.
ASKED = {
    "coldkey_ss58": bob.cold, "coldkey_ss58s": [alice.cold, bob.cold], "hotkey_ss58": bob.hot, "hotkey_ss58s": [bob.hot, alice.hot],
    "account_ss58": bob.cold, "call_hash": "0x" + "00" * 32, "block": 3, "uid": 1, "netuid": netuid, "netuids": [0, netuid], "lite": True,
    "lease_id": 0, "crowdloan_id": 0, "amount_tao": 1.5, "amount_alpha": 1.5, "mechid": 0,
}
IN_SHORT = {"balance", "metagraph", "subnets", "subnet_hyperparameters", "stake_for_coldkey", "neurons", "delegates", "quote_stake", "epoch_status"}
reads = {r["name"]: list(bt.reads.REGISTRY[r["name"]].params) for r in sub.reads()}
answers = {}
for name, params in reads.items():
    if SHORT and name not in IN_SHORT:
        continue

    def read(name=name, params=params):
        answers[name] = sub.read(name, **{p: ASKED[p] for p in params})

    check.run("reads, blocking", name, read)

again = {}


async def read_all():
    async with bt.Client(url, fallback_endpoints=[], archive_endpoints=[]) as client:
        for name in answers:
            try:
                again[name] = await client.read(name, **{p: ASKED[p] for p in reads[name]})
            except Exception as err:  # reported where the read is checked
                again[name] = err


asyncio.run(read_all())
for name, answer in answers.items():

    def compare(name=name, answer=answer):
        if isinstance(again.get(name), Exception):
            raise again[name]
        same(type(again[name]), type(answer), "the type of the answer")

    check.run("reads, asyncio", name, compare)


@check("asyncio", "follows blocks, transfers and stakes in asyncio")
async def _():
    async with bt.Subtensor(url, fallback_endpoints=[], archive_endpoints=[]) as client:
        numbers = []
        async for header in client.blocks():
            numbers.append(header.number)
            if len(numbers) == 3:
                break
        same(numbers, list(range(numbers[0], numbers[0] + 3)), "the row of blocks")
        to = Keypair.create_from_uri(f"//interop//asyncio//{time.time_ns()}").ss58_address
        ok(await client.execute(bt.Transfer(dest_ss58=to, amount_tao=1), bob))
        same((await client.balances.balance(coldkey_ss58=to)).rao, 10**9, "the receiver's balance")
        args = {"coldkey_ss58": charlie.cold, "hotkey_ss58": bob.hot, "netuid": netuid}
        ok(await client.execute_tool("add_stake", {"hotkey_ss58": bob.hot, "netuid": netuid, "amount_tao": 2}, charlie))
        assert (await client.read("stake", **args)).rao > 0
        header = await client.wait_for_block(numbers[-1] + 4, timeout=30)
        assert header.number >= numbers[-1] + 4


@check("root", "claims the dividends of root in asyncio", full=True)
async def _():
    async with bt.Subtensor(url, fallback_endpoints=[], archive_endpoints=[]) as client:
        claimed(await client.execute_tool("claim_root", {"subnets": [netuid]}, bob))


@check("history", "reads balances and many values at an older block")
def _():
    then = sub.query(storage.System.Account, [alice.cold], block=2)
    assert int(then["data"]["free"]) > int(sub.query(storage.System.Account, [alice.cold])["data"]["free"])
    same(len(sub.query_batch(storage.System.Account, [[alice.cold], [bob.cold]], block=2)), 2, "the number of accounts")
    assert sub.query_map(S.Tempo, block=2)
    snapshot = sub.at(2)
    same(snapshot.balances.balance(coldkey_ss58=alice.cold).rao, int(then["data"]["free"]), "Alice's balance in the snapshot")


sub.close()
check.end()
