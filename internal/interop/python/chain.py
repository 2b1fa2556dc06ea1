"""Checks a local network with the synchronous client of bittensor 10.5.0: python chain.py ws://HOST:PORT

Every check prints one line. The network must be fresh: the checks register a subnet, neurons and stake of their own. Where the network has
neurons of its own (subnet 2 then), their metagraph is checked as well.
"""

import os
import sys
import tempfile
import time

os.environ.setdefault("BT_NO_PARSE_CLI_ARGS", "1")

import bittensor as bt
from bittensor.utils.balance import Balance
from bittensor_wallet import Keypair, Wallet

from harness import Checks, same, version

url = sys.argv[1]
check = Checks(f"bittensor {version('bittensor')}")
folder = tempfile.TemporaryDirectory()


def wallet(coldkey, hotkey):
    """A wallet in files, as the SDK writes them itself."""
    w = Wallet(name=coldkey.strip("/").replace("/", "_"), hotkey=hotkey.strip("/").replace("/", "_"), path=folder.name)
    w.create_coldkey_from_uri(coldkey, use_password=False, overwrite=True, suppress=True)
    w.create_hotkey_from_uri(hotkey, use_password=False, overwrite=True, suppress=True)
    return w


def done(response):
    assert response.success, f"{response.message} {response.error}"
    return response


sub = None


@check("connection", "connects", needed=True)
def _():
    global sub
    started = time.monotonic()
    sub = bt.Subtensor(network=url)
    return f"{time.monotonic() - started:.2f} s"


alice = wallet("//Alice", "//Alice//hot")
bob = wallet("//Bob", "//Bob//hot")


@check("subscriptions", "follows blocks")
def _():
    first = sub.block
    assert sub.wait_for_block(first + 2)
    assert sub.block >= first + 2
    assert sub.get_block_hash(first).startswith("0x")
    assert abs(sub.get_timestamp().timestamp() - time.time()) < 60


@check("storage", "reads balances, one and many, now and then")
def _():
    a, b = alice.coldkeypub.ss58_address, bob.coldkeypub.ss58_address
    assert sub.get_balance(a).tao > 1000
    many = sub.get_balances(a, b)
    same(many[b], sub.get_balance(b), "Bob's balance")
    same(sub.get_balance(Keypair.create_from_mnemonic(Keypair.generate_mnemonic()).ss58_address).rao, 0, "a stranger's balance")
    assert sub.get_balance(a, block=1).tao > 1000
    same(sub.get_existential_deposit().rao, 500, "the existential deposit")


@check("transfer", "transfers with the exact fee")
def _():
    to = Keypair.create_from_mnemonic(Keypair.generate_mnemonic()).ss58_address
    amount = Balance.from_tao(3.25)
    estimate = sub.get_transfer_fee(bob, to, amount)
    before = sub.get_balance(bob.coldkeypub.ss58_address)
    r = done(sub.transfer(bob, to, amount, wait_for_inclusion=True, wait_for_finalization=True))
    same(sub.get_balance(to), amount, "the receiver's balance")
    same(r.extrinsic_fee.rao, estimate.rao + 1, "the fee paid")  # the SDK estimates without an era, which is one byte and one rao less
    same(sub.get_balance(bob.coldkeypub.ss58_address), before - amount - r.extrinsic_fee, "the sender's balance")
    names = [e["event_id"] for e in r.extrinsic_receipt.triggered_events]
    assert "Transfer" in names and "TransactionFeePaid" in names and names[-1] == "ExtrinsicSuccess", names
    return f"fee {r.extrinsic_fee.rao} rao"


@check("errors", "is told why a transfer fails")
def _():
    poor = wallet("//interop//poor", "//interop//poor//hot")
    r = sub.transfer(poor, bob.coldkeypub.ss58_address, Balance.from_tao(1))
    assert not r.success and r.message, r


@check("subnets", "lists all subnets")
def _():
    subnets = sub.all_subnets()
    by_id = {s.netuid: s for s in subnets}
    assert {0, 1} <= set(by_id), sorted(by_id)
    same(len(subnets), sub.get_total_subnets(), "the number of subnets")
    same(sorted(by_id), sorted(sub.get_all_subnets_netuid()), "the list of netuids")
    same(by_id[0].price.tao, 1.0, "the price of the root subnet")
    for netuid, s in by_id.items():
        same(s.tempo, sub.tempo(netuid), f"the tempo of subnet {netuid}")
    same(sub.subnet(1).owner_hotkey, by_id[1].owner_hotkey, "the owner of subnet 1")
    return f"{len(subnets)} subnets"


@check("reads, blocking", "reads hyperparameters, prices, costs and delegates")
def _():
    h = sub.get_subnet_hyperparameters(1)
    same(h.tempo, sub.tempo(1), "the tempo")
    assert sub.get_subnet_burn_cost().rao > 0
    assert sub.recycle(1).rao > 0
    prices = sub.get_subnet_prices()
    assert prices[1].rao >= 0
    assert isinstance(sub.get_delegates(), list)
    assert sub.get_next_epoch_start_block(1) > 0


netuid = None


@check("subnets", "registers a subnet and starts it")
def _():
    global netuid
    had = set(sub.get_all_subnets_netuid())
    done(sub.register_subnet(alice))
    new = set(sub.get_all_subnets_netuid()) - had
    same(len(new), 1, "the number of new subnets")
    netuid = new.pop()
    same(sub.subnet(netuid).owner_coldkey, alice.coldkeypub.ss58_address, "its owner")
    for _ in range(60):  # a subnet may be started some blocks after its registration
        r = sub.start_call(alice, netuid)
        if r.success:
            return f"subnet {netuid}"
        sub.wait_for_block(sub.block + 2)
    raise AssertionError(r.message)


@check("registration", "registers a neuron by burning, with the exact cost")
def _():
    cold, hot = bob.coldkeypub.ss58_address, bob.hotkey.ss58_address
    before = sub.get_balance(cold)
    r = done(sub.burned_register(bob, netuid))
    assert sub.is_hotkey_registered(hot, netuid=netuid)
    uid = sub.get_uid_for_hotkey_on_subnet(hot, netuid)
    n = sub.neuron_for_uid(uid, netuid)
    same(n.hotkey, hot, "the neuron's hotkey")
    same(n.coldkey, cold, "the neuron's coldkey")
    paid = [e["attributes"][1] for e in r.extrinsic_receipt.triggered_events if e["event_id"] == "RAORecycledForRegistrationSet"]
    same(len(paid), 1, "the number of payments for the registration")
    same(sub.get_balance(cold), before - r.extrinsic_fee - Balance.from_rao(paid[0]), "the balance after registering")
    return f"uid {uid}"


@check("stake", "adds stake and takes it back")
def _():
    cold, hot = bob.coldkeypub.ss58_address, bob.hotkey.ss58_address
    had = sub.get_stake(cold, hot, netuid)
    before = sub.get_balance(cold)
    r = done(sub.add_stake(bob, netuid, hot, Balance.from_tao(10)))
    now = sub.get_stake(cold, hot, netuid)
    assert now.rao > had.rao, f"stake went from {had} to {now}"
    same(sub.get_balance(cold), before - Balance.from_tao(10) - r.extrinsic_fee, "the balance after staking")
    listed = {(s.hotkey_ss58, s.netuid): s.stake for s in sub.get_stake_info_for_coldkey(cold)}
    assert listed[(hot, netuid)].rao > 0
    before, half = sub.get_balance(cold), Balance.from_rao(now.rao // 2, netuid)
    r = done(sub.unstake(bob, netuid, hot, half))
    removed = [e["attributes"] for e in r.extrinsic_receipt.triggered_events if e["event_id"] == "StakeRemoved"]
    same(len(removed), 1, "the number of StakeRemoved events")
    tao, alpha, fee = removed[0][2], removed[0][3], removed[0][5]
    same(alpha + fee, half.rao, "the alpha that left, with the fee,")
    same(sub.get_balance(cold).rao, before.rao + tao - r.extrinsic_fee.rao, "the balance after unstaking")


@check("serving", "announces an axon")
def _():
    axon = bt.Axon(wallet=bob, ip="203.0.113.7", port=18091, external_ip="203.0.113.7", external_port=18091)
    done(sub.serve_axon(netuid, axon))
    uid = sub.get_uid_for_hotkey_on_subnet(bob.hotkey.ss58_address, netuid)
    info = sub.neuron_for_uid(uid, netuid).axon_info
    same((info.ip, info.port), ("203.0.113.7", 18091), "the axon's address")


def check_metagraph(n):
    m = sub.metagraph(n, lite=False)
    same(m.n.item(), len(m.hotkeys), "the number of neurons")
    same(list(m.uids), list(range(m.n.item())), "the uids")
    same(m.hotkeys, [x.hotkey for x in sub.neurons_lite(n)], "the hotkeys")
    same(len(m.W), m.n.item(), "the rows of the weights")
    info = sub.get_metagraph_info(n)
    same(info.netuid, n, "the netuid")
    same(info.hotkeys[: m.n.item()], m.hotkeys, "the hotkeys of the selective metagraph")
    return m


@check("metagraph", "reads the metagraph of that subnet")
def _():
    m = check_metagraph(netuid)
    assert bob.hotkey.ss58_address in m.hotkeys
    assert m.axons[m.hotkeys.index(bob.hotkey.ss58_address)].ip == "203.0.113.7"


if 2 in sub.get_all_subnets_netuid() and netuid != 2:

    @check("metagraph", "reads the metagraph of the text subnet")
    def _():
        for _ in range(120):  # until the first weights have had their effect
            m = check_metagraph(2)
            if m.n.item() >= 11 and max(m.I) > 0:
                break
            sub.wait_for_block(sub.block + 4)
        assert m.n.item() >= 11, f"{m.n.item()} neurons"
        assert max(m.I) > 0, "nobody has incentive"
        assert sum(1 for p in m.validator_permit if p) >= 3, "fewer than 3 validators"
        assert sum(1 for a in m.axons if a.is_serving) >= 6, "hardly anybody serves"
        same(abs(sum(m.I) - 1) < 0.01, True, "the sum of incentives being 1")
        return f"{m.n.item()} neurons, best incentive {max(m.I):.3f}"


@check("errors", "sees nothing of refused changes")
def _():
    r = sub.add_stake(bob, 4000, bob.hotkey.ss58_address, Balance.from_tao(1))
    assert not r.success and r.message, r
    return r.message.split("\n")[0][:80]


sub.close()
check.end()
