// Checks a fresh local network with @polkadot/api as it is published. The first argument is the WebSocket endpoint.
import assert from 'node:assert/strict';
import { ApiPromise, HttpProvider, Keyring, WsProvider } from '@polkadot/api';
import { blake2AsHex, cryptoWaitReady, randomAsHex } from '@polkadot/util-crypto';
import { u8aToHex } from '@polkadot/util';
import { check, collect, exitCode, find, rejection, send } from './harness.js';
import { readProof } from './proof.js';

const url = process.argv[2];
const TAO = 1_000_000_000n;

await cryptoWaitReady();
const keyring = new Keyring({ type: 'sr25519', ss58Format: 42 });
const [alice, bob, charlie, dave] = ['//Alice', '//Bob', '//Charlie', '//Dave'].map((uri) => keyring.addFromUri(uri));
const run = randomAsHex(8);
const fresh = (name) => keyring.addFromUri(`//${run}//${name}`); // an account that nobody has yet: the checks may run again

const provider = new WsProvider(url, 1000);
const api = new ApiPromise({ provider, noInitWarn: true, throwOnConnect: true });
let ready = false;
await check('connection', 'connects and reads the chain\'s identity', async () => {
	await api.isReadyOrError;
	ready = true;
	assert.equal(api.genesisHash.toHex(), (await api.rpc.chain.getBlockHash(0)).toHex());
	assert.equal(api.runtimeVersion.specName.toString(), 'node-subtensor');
	assert.deepEqual(api.registry.chainTokens, ['TAO']);
	assert.deepEqual(api.registry.chainDecimals, [9]);
	assert.equal(api.registry.chainSS58, 42);
	assert.equal((await api.rpc.system.chain()).toString(), 'Bittensor');
	assert.equal((await api.rpc.system.chainType()).toString(), 'Local');
});
if (!ready) process.exit(1);

const free = async (who, at = api) => (await at.query.system.account(who.address ?? who)).data.free.toBigInt();

await check('metadata', 'finds every signed extension that it does not know empty', async () => {
	const known = ['CheckNonZeroSender', 'CheckSpecVersion', 'CheckTxVersion', 'CheckGenesis', 'CheckMortality', 'CheckNonce', 'CheckWeight',
		'ChargeTransactionPayment', 'CheckMetadataHash'];
	const { extrinsic, lookup } = (await api.rpc.state.getMetadata()).asV14; // the client's own form loses the implicit types
	assert.ok(extrinsic.signedExtensions.length > known.length);
	for (const { identifier, type, additionalSigned } of extrinsic.signedExtensions) {
		if (known.includes(identifier.toString())) continue;
		for (const id of [type, additionalSigned]) { // otherwise it would encode nothing where the chain wants something
			const { def } = lookup.getSiType(id);
			assert.equal(def.isComposite ? def.asComposite.fields.length : def.asTuple.length, 0, `${identifier} is not empty`);
		}
	}
});

await check('metadata', 'reads metadata in versions 14 and 15', async () => {
	const versions = (await api.call.metadata.metadataVersions()).map((v) => v.toNumber());
	assert.deepEqual(versions.filter((v) => v === 14 || v === 15), [14, 15]);
	const v14 = await api.rpc.state.getMetadata();
	assert.equal(v14.version, 14);
	const v15 = (await api.call.metadata.metadataAtVersion(15)).unwrap();
	assert.equal(v15[4] ?? v15.toU8a(true)[4], 15);
	assert.deepEqual(v14.asLatest.pallets.map((p) => p.name.toString()), api.runtimeMetadata.asLatest.pallets.map((p) => p.name.toString()));
	assert.ok((await api.call.metadata.metadataAtVersion(99)).isNone);
});

await check('metadata', 'reads constants', async () => {
	assert.equal(api.consts.balances.existentialDeposit.toNumber(), 500);
	assert.equal(api.consts.system.ss58Prefix.toNumber(), 42);
	assert.ok(api.consts.system.blockHashCount.toNumber() >= 2400);
	assert.equal(api.consts.system.version.specVersion.toNumber(), api.runtimeVersion.specVersion.toNumber());
	assert.ok(api.consts.timestamp.minimumPeriod.toBigInt() > 0n);
	assert.ok(api.consts.utility.batchedCallsLimit.toNumber() > 0);
});

await check('storage', 'reads single values, also absent ones', async () => {
	assert.ok(await free(alice) >= 900_000n * TAO);
	assert.equal(await free(fresh('nobody')), 0n);
	assert.equal((await api.query.sudo.key()).unwrap().toString(), alice.address);
	const issuance = (await api.query.balances.totalIssuance()).toBigInt();
	assert.ok(issuance > 3_000_000n * TAO && issuance < 21_000_000n * TAO);
});

await check('storage', 'reads many values at once', async () => {
	const accounts = await api.query.system.account.multi([alice.address, fresh('nobody').address, bob.address]);
	assert.deepEqual(accounts.map((a) => a.data.free.toBigInt() > 0n), [true, false, true]);
	const [now, number, account] = await new Promise((resolve, reject) => {
		api.queryMulti([api.query.timestamp.now, api.query.system.number, [api.query.system.account, dave.address]], resolve).catch(reject);
	});
	assert.ok(Math.abs(now.toNumber() - Date.now()) < 60_000, `the chain's time is ${now}`);
	assert.ok(number.toNumber() > 0);
	assert.equal(account.data.free.toBigInt(), await free(dave));
});

await check('storage', 'lists the entries of a map, in pages too', async () => {
	const entries = await api.query.system.account.entries();
	const listed = new Map(entries.map(([{ args: [who] }, account]) => [who.toString(), account.data.free.toBigInt()]));
	for (const who of [alice, bob, charlie, dave]) assert.equal(listed.get(who.address), await free(who));
	const keys = await api.query.system.account.keys();
	assert.equal(keys.length, entries.length);
	const paged = [];
	for (let startKey = ''; ;) {
		const page = await api.query.system.account.keysPaged({ args: [], pageSize: 3, startKey });
		paged.push(...page.map((k) => k.toHex()));
		if (page.length < 3) break;
		startKey = page.at(-1).toHex();
	}
	assert.deepEqual(paged, keys.map((k) => k.toHex()));
	assert.ok((await api.query.system.account.size(alice.address)).toNumber() > 0);
	assert.equal((await api.query.system.account.hash(alice.address)).toHex(),
		blake2AsHex((await api.rpc.state.getStorage(api.query.system.account.key(alice.address), await api.rpc.chain.getBlockHash())).toU8a(true)));
});

for (const [name, subscribe] of [
	['new heads', (fn) => api.rpc.chain.subscribeNewHeads(fn)],
	['all heads', (fn) => api.rpc.chain.subscribeAllHeads(fn)],
	['finalised heads', (fn) => api.rpc.chain.subscribeFinalizedHeads(fn)],
]) {
	await check('subscriptions', `follows ${name}: in order, linked, with hashes of the header's own bytes`, async () => {
		const heads = await collect(subscribe, 4);
		for (let i = 1; i < heads.length; i++) {
			assert.equal(heads[i].number.toNumber(), heads[i - 1].number.toNumber() + 1);
			assert.equal(heads[i].parentHash.toHex(), heads[i - 1].hash.toHex());
		}
		assert.equal((await api.rpc.chain.getBlockHash(heads[0].number.unwrap())).toHex(), heads[0].hash.toHex());
	});
}

await check('subscriptions', 'follows storage', async () => {
	const times = await collect((fn) => api.query.timestamp.now((v) => fn(v.toNumber())), 4);
	for (let i = 1; i < times.length; i++) assert.ok(times[i] > times[i - 1], `${times}`);
});

await check('subscriptions', 'follows the runtime version', async () => {
	const [version] = await collect((fn) => api.rpc.state.subscribeRuntimeVersion(fn), 1);
	assert.equal(version.specVersion.toNumber(), api.runtimeVersion.specVersion.toNumber());
	assert.equal((await api.rpc.state.getRuntimeVersion(api.genesisHash)).specVersion.toNumber(), version.specVersion.toNumber());
});

await check('history', 'derives the best number and a block with its author', async () => {
	const number = (await api.derive.chain.bestNumber()).toNumber();
	const finalized = (await api.derive.chain.bestNumberFinalized()).toNumber();
	assert.ok(number > 0 && finalized > 0);
	const block = await api.derive.chain.getBlockByNumber(number);
	assert.equal(block.block.header.number.toNumber(), number);
	assert.equal(block.extrinsics[0].extrinsic.method.section, 'timestamp');
});

let transfer;
await check('transfer', 'sends a transfer to finalised with the exact fee', async () => {
	const to = fresh('payee');
	const amount = 5n * TAO + 7n;
	const tx = api.tx.balances.transferKeepAlive(to.address, amount);
	const estimate = (await tx.paymentInfo(alice)).partialFee.toBigInt();
	const before = await free(alice);
	transfer = { ...await send(api, tx, alice), before, amount, to };
	assert.equal(transfer.error, null);
	assert.deepEqual(transfer.statuses.filter((s) => s !== 'Broadcast'), ['Ready', 'InBlock', 'Finalized']);
	const [, fee, tip] = find(transfer.events, 'transactionPayment', 'TransactionFeePaid');
	assert.ok(fee.toBigInt() > 0n);
	assert.equal(tip.toBigInt(), 0n);
	assert.equal(fee.toBigInt(), estimate, 'the estimate is not what was paid');
	assert.equal(await free(alice), before - amount - fee.toBigInt());
	assert.equal(await free(to), amount);
	assert.equal(find(transfer.events, 'balances', 'Transfer')[2].toBigInt(), amount);
	const now = (await api.query.balances.totalIssuance()).toBigInt();
});

await check('transfer', 'leaves at least 10 ms between in-block and finalised', async () => {
	const at = (s) => transfer.times[transfer.statuses.indexOf(s)];
	assert.ok(at('Finalized') - at('InBlock') >= 10, `${at('Finalized') - at('InBlock')} ms`);
});

await check('history', 'reads history: balances before and after, by api.at', async () => {
	const header = await api.rpc.chain.getHeader(transfer.block);
	const [then, prior, first] = await Promise.all([api.at(transfer.block), api.at(header.parentHash), api.at(api.genesisHash)]);
	assert.equal(await free(alice, prior), transfer.before);
	assert.equal(await free(transfer.to, prior), 0n);
	assert.equal(await free(transfer.to, then), transfer.amount);
	assert.equal((await first.query.system.number()).toNumber(), 0);
	assert.equal((await then.query.system.number()).toNumber(), header.number.toNumber());
	assert.equal((await prior.query.system.events()).length > 0, true);
	assert.equal((await then.query.system.account.multi([alice.address]))[0].data.free.toBigInt(), await free(alice, then));
	assert.ok((await first.query.system.account.entries()).length > 0);
});

await check('history', 'decodes a block and its events', async () => {
	const { block } = await api.rpc.chain.getBlock(transfer.block);
	const own = block.extrinsics[transfer.txIndex];
	assert.equal(own.hash.toHex(), transfer.txHash.toHex());
	assert.equal(own.signer.toString(), alice.address);
	assert.equal(`${own.method.section}.${own.method.method}`, 'balances.transferKeepAlive');
	assert.equal(`${block.extrinsics[0].method.section}.${block.extrinsics[0].method.method}`, 'timestamp.set');
	assert.equal(block.extrinsics[0].isSigned, false);
	const at = await api.at(transfer.block);
	const events = await at.query.system.events();
	assert.equal((await at.query.system.eventCount()).toNumber(), events.length);
	for (const { phase, event } of events) assert.ok(event.section && event.method && (phase.isApplyExtrinsic || phase.isInitialization || phase.isFinalization));
	const its = events.filter(({ phase }) => phase.isApplyExtrinsic && phase.asApplyExtrinsic.toNumber() === transfer.txIndex);
	assert.equal(its.at(-1).event.method, 'ExtrinsicSuccess');
	assert.ok(its.at(-1).event.data[0].weight.refTime.toBigInt() > 0n);
	const signed = await api.derive.tx.events(transfer.block);
	assert.equal(signed.events.length, events.length);
});

await check('batch', 'batches: all, some, and with failures inside', async () => {
	const to = fresh('batch');
	const all = await send(api, api.tx.utility.batchAll([1, 2, 3].map((n) => api.tx.balances.transferKeepAlive(to.address, BigInt(n) * TAO))), bob);
	assert.equal(all.error, null);
	find(all.events, 'utility', 'BatchCompleted');
	assert.equal(await free(to), 6n * TAO);

	const tooMuch = api.tx.balances.transferKeepAlive(to.address, 10_000_000n * TAO);
	const some = api.tx.balances.transferKeepAlive(to.address, TAO);
	const undone = await send(api, api.tx.utility.batchAll([some, tooMuch]), bob);
	assert.ok(undone.error, 'a batch with a failure inside succeeded');
	assert.equal(await free(to), 6n * TAO);

	const stopped = await send(api, api.tx.utility.batch([some, tooMuch, some]), bob);
	assert.equal(stopped.error, null);
	assert.equal(find(stopped.events, 'utility', 'BatchInterrupted').index.toNumber(), 1);
	assert.equal(await free(to), 7n * TAO);

	const forced = await send(api, api.tx.utility.forceBatch([some, tooMuch, some]), bob);
	assert.ok(find(forced.events, 'utility', 'ItemFailed').error);
	find(forced.events, 'utility', 'BatchCompletedWithErrors');
	assert.equal(await free(to), 9n * TAO);
}, { timeout: 40_000 });

await check('root', 'acts as root by sudo, and only with the key', async () => {
	const to = fresh('sudo');
	const call = api.tx.balances.forceSetBalance(to.address, 3n * TAO);
	const done = await send(api, api.tx.sudo.sudo(call), alice);
	assert.equal(done.error, null);
	assert.ok(find(done.events, 'sudo', 'Sudid').sudoResult.isOk);
	assert.equal(await free(to), 3n * TAO);
	assert.match((await rejection(send(api, api.tx.sudo.sudo(call), bob))).message, /1010: Invalid Transaction: Invalid signing address/);
	const root = await send(api, call, bob);
	assert.equal(root.error, 'BadOrigin');
}, { timeout: 30_000 });

await check('errors', 'decodes a failed dispatch, which pays its fee nevertheless', async () => {
	const before = await free(dave);
	const failed = await send(api, api.tx.balances.transferKeepAlive(bob.address, before), dave);
	assert.deepEqual(failed.error, { Token: 'FundsUnavailable' });
	find(failed.events, 'system', 'ExtrinsicFailed');
	const [, fee] = find(failed.events, 'transactionPayment', 'TransactionFeePaid');
	assert.equal(await free(dave), before - fee.toBigInt());
});

await check('signing', 'signs with a tip, without an end, and with ed25519', async () => {
	const to = fresh('variants');
	const tipped = await send(api, api.tx.balances.transferKeepAlive(to.address, TAO), bob, { tip: 12_345n });
	const [, fee, tip] = find(tipped.events, 'transactionPayment', 'TransactionFeePaid');
	assert.equal(tip.toBigInt(), 12_345n);
	assert.ok(fee.toBigInt() > 12_345n);
	const immortal = await send(api, api.tx.balances.transferKeepAlive(to.address, TAO), bob, { era: 0 });
	assert.equal(immortal.error, null);
	const ed = new Keyring({ type: 'ed25519' }).addFromUri(`//${run}//ed25519`);
	await send(api, api.tx.balances.transferKeepAlive(ed.address, 2n * TAO), bob);
	const sent = await send(api, api.tx.balances.transferAllowDeath(to.address, TAO), ed);
	assert.equal(sent.error, null);
	assert.equal(await free(to), 3n * TAO);
}, { timeout: 30_000 });

await check('transfer', 'sends many at once, with nonces counted here and there', async () => {
	const to = fresh('many');
	const nonce = (await api.rpc.system.accountNextIndex(charlie.address)).toNumber();
	const order = [3, 1, 0, 2]; // later ones first: they wait
	await Promise.all(order.map((i) => api.tx.balances.transferKeepAlive(to.address, TAO).signAsync(charlie, { nonce: nonce + i })
		.then((tx) => api.rpc.author.submitExtrinsic(tx))));
	assert.ok((await api.rpc.system.accountNextIndex(charlie.address)).toNumber() === nonce + 4);
	for (let i = 0; i < 4; i++) {
		const tx = await api.tx.balances.transferKeepAlive(to.address, TAO).signAsync(charlie, { nonce: await api.rpc.system.accountNextIndex(charlie.address) });
		await api.rpc.author.submitExtrinsic(tx);
	}
	const last = await send(api, api.tx.balances.transferKeepAlive(to.address, TAO), charlie, { nonce: nonce + 8 });
	assert.equal(last.error, null);
	assert.equal(await free(to), 9n * TAO);
	assert.equal((await api.rpc.author.pendingExtrinsics()).length, 0);
});

await check('errors', 'refuses what it should, with the codes that clients know', async () => {
	const before = [await free(bob), (await api.query.system.account(bob.address)).nonce.toNumber()];
	const tx = () => api.tx.balances.transferKeepAlive(fresh('refused').address, TAO);
	const nonce = before[1];
	const stale = await tx().signAsync(bob, { nonce: nonce - 1 });
	assert.match((await rejection(api.rpc.author.submitExtrinsic(stale))).message, /1010: Invalid Transaction: Transaction is outdated/);
	const forged = await tx().signAsync(bob, { nonce });
	const bytes = forged.toU8a();
	bytes[bytes.length - 1] ^= 1; // the amount is another than signed
	assert.match((await rejection(provider.send('author_submitExtrinsic', [u8aToHex(bytes)]))).message, /1010: Invalid Transaction: Transaction has a bad signature/);
	const poor = await tx().signAsync(fresh('nobody'), { nonce: 0 });
	assert.match((await rejection(api.rpc.author.submitExtrinsic(poor))).message, /1010: Invalid Transaction: Inability to pay some fees/);
	const bare = api.tx.balances.transferKeepAlive(bob.address, TAO);
	assert.match((await rejection(provider.send('author_submitExtrinsic', [bare.toHex()]))).message, /101[01]: /);
	assert.match((await rejection(provider.send('author_submitExtrinsic', ['0x0102']))).message, /100[12]: /);
	const otherChain = await tx().signAsync(bob, { nonce, genesisHash: api.registry.createType('Hash', new Uint8Array(32)) });
	assert.match((await rejection(api.rpc.author.submitExtrinsic(otherChain))).message, /1010: Invalid Transaction: Transaction has a bad signature/);
	assert.deepEqual([await free(bob), (await api.query.system.account(bob.address)).nonce.toNumber()], before);
});

await check('errors', 'refuses a transaction whose time is over', async () => {
	const nonce = (await api.query.system.account(bob.address)).nonce;
	const header = await api.rpc.chain.getHeader();
	const era = api.createType('ExtrinsicEra', { current: header.number.toNumber(), period: 4 });
	const end = era.asMortalEra.death(header.number.toNumber());
	const tx = await api.tx.balances.transferKeepAlive(alice.address, TAO).signAsync(bob, { nonce, era, blockHash: header.hash });
	while ((await api.rpc.chain.getHeader()).number.toNumber() < end) await new Promise((resolve) => setTimeout(resolve, 50));
	assert.match((await rejection(api.rpc.author.submitExtrinsic(tx))).message, /1010: Invalid Transaction: Transaction (has an ancient birth block|has a bad signature)/);
});

await check('runtime APIs', 'calls runtime APIs by their metadata', async () => {
	assert.equal((await api.call.core.version()).specVersion.toNumber(), api.runtimeVersion.specVersion.toNumber());
	const nonce = (await api.query.system.account(alice.address)).nonce.toNumber();
	assert.equal((await api.call.accountNonceApi.accountNonce(alice.address)).toNumber(), nonce);
	const tx = await api.tx.balances.transferKeepAlive(bob.address, TAO).signAsync(alice);
	const info = await api.call.transactionPaymentApi.queryInfo(tx.toU8a(), tx.encodedLength);
	const details = await api.call.transactionPaymentApi.queryFeeDetails(tx.toU8a(), tx.encodedLength);
	const { baseFee, lenFee, adjustedWeightFee } = details.inclusionFee.unwrap();
	assert.equal(info.partialFee.toBigInt(), baseFee.toBigInt() + lenFee.toBigInt() + adjustedWeightFee.toBigInt());
	const byRPC = await provider.send('payment_queryInfo', [tx.toHex()]); // the client's own type for it predates two-part weights
	assert.equal(BigInt(byRPC.partialFee), info.partialFee.toBigInt());
	assert.equal(BigInt(byRPC.weight.ref_time), info.weight.refTime.toBigInt());
	assert.equal((await api.rpc.payment.queryFeeDetails(tx.toHex())).inclusionFee.unwrap().lenFee.toBigInt(), lenFee.toBigInt());
	const old = await api.at(transfer.block);
	assert.equal((await old.call.accountNonceApi.accountNonce(fresh('nobody').address)).toNumber(), 0);
});

await check('proofs', 'proves what it reads, and that nothing is there', async () => {
	const header = await api.rpc.chain.getHeader(transfer.block);
	const keys = [api.query.system.account.key(alice.address), api.query.system.account.key(fresh('nobody').address), api.query.system.number.key(), ':code'.split('').reduce((hex, c) => hex + c.charCodeAt(0).toString(16), '0x')];
	const { at, proof } = await api.rpc.state.getReadProof(keys, transfer.block);
	assert.equal(at.toHex(), transfer.block.toHex());
	const nodes = proof.map((n) => n.toU8a(true));
	for (const key of keys) {
		const value = await api.rpc.state.getStorage(key, transfer.block);
		const want = value.isSome === false || value.isNone ? null : u8aToHex(value.unwrap ? value.unwrap().toU8a(true) : value.toU8a(true));
		assert.equal(readProof(header.stateRoot.toHex(), nodes, key), want, key);
	}
	assert.throws(() => readProof(header.stateRoot.toHex(), nodes.slice(1), keys[0]), /lacks the node/);
});

await check('connection', 'reads and queries over HTTP', async () => {
	const http = await ApiPromise.create({ provider: new HttpProvider(url.replace(/^ws/, 'http')), noInitWarn: true });
	assert.equal(http.genesisHash.toHex(), api.genesisHash.toHex());
	const at = await http.at(transfer.block);
	assert.equal((await at.query.system.account(transfer.to.address)).data.free.toBigInt(), transfer.amount);
	await http.disconnect();
});

if (process.env.SUBT && api.query.subtensorModule) {
	const { subtensor } = await import('./subtensor.js');
	await subtensor({ api, check, alice, bob, charlie, fresh, free, send, find });
}

await api.disconnect();
process.exit(exitCode());
