// Checks a fresh local network with polkadot-api and the descriptors that its own generator, papi, makes of the node's metadata: once over the methods of
// the JSON-RPC interface specification, once over the legacy methods alone. Arguments: the WebSocket endpoint, the folder of the descriptors.
import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Binary, createClient, Enum } from 'polkadot-api';
import { getPolkadotSigner } from 'polkadot-api/signer';
import { withLegacy } from '@polkadot-api/ws-middleware';
import { getWsProvider } from '@polkadot-api/ws-provider';
import { Keyring } from '@polkadot/api';
import { WebSocket } from '@polkadot/x-ws';
import { cryptoWaitReady } from '@polkadot/util-crypto';
import { checkAs, exitCode } from './harness.js';

const [url, folder] = process.argv.slice(2);
const TAO = 1_000_000_000n;
const { bittensor } = await import(pathToFileURL(resolve(folder, 'dist/index.js')));

await cryptoWaitReady();
const keyring = new Keyring({ type: 'sr25519', ss58Format: 42 });
const pair = (uri) => keyring.addFromUri(uri);
const signer = (uri) => getPolkadotSigner(pair(uri).publicKey, 'Sr25519', (message) => pair(uri).sign(message));
const text = (v) => JSON.stringify(v, (_, x) => (typeof x === 'bigint' ? `${x}` : x));

// next resolves with the first value of an observable that fn makes something of.
const next = (observable, fn) => new Promise((done, reject) => {
	let finished = false;
	const sub = observable.subscribe({
		next: (value) => {
			const made = finished ? undefined : fn(value);
			if (made === undefined) return;
			finished = true;
			queueMicrotask(() => sub.unsubscribe());
			done(made);
		},
		error: reject,
	});
});

for (const [feature, config, allowed] of [
	['descriptors, modern methods', {}, /^(chainHead_v1|chainSpec_v1|archive_v1|transaction_v1|rpc_methods)/],
	['descriptors, legacy methods', { middleware: withLegacy }, /^(chain_|state_|author_|system_|rpc_methods|childstate_)/],
]) {
	const called = new Set();
	const logger = ({ type, msg }) => {
		if (type !== 'OUT') return;
		for (const call of [JSON.parse(msg)].flat()) called.add(call.method);
	};
	const client = createClient(getWsProvider(url, { websocketClass: WebSocket, logger, ...config }));
	const api = client.getTypedApi(bittensor);
	const check = (name, fn) => checkAs('polkadot-api')(feature, name, fn);
	const [alice, bob, carol] = ['//Alice', '//Bob', `//interop//${Date.now()}`].map((uri) => pair(uri).address);
	const free = async (who) => (await api.query.System.Account.getValue(who, { at: 'best' })).data.free;

	await check('reads values, many values and constants with types', async () => {
		assert.ok(await free(alice) > 1000n * TAO);
		const many = await api.query.System.Account.getValues([[alice], [carol]]);
		assert.deepEqual(many.map((a) => a.data.free > 0n), [true, false]);
		assert.equal((await api.constants.Balances.ExistentialDeposit()), 500n);
		assert.equal(await api.query.SubtensorModule.NetworksAdded.getValue(1), true);
		assert.equal(typeof await api.query.SubtensorModule.Tempo.getValue(1), 'number');
	});

	await check('lists entries, of a double map by its first key too', async () => {
		const all = await api.query.SubtensorModule.Tempo.getEntries();
		assert.ok(all.some(({ keyArgs: [netuid] }) => netuid === 1));
		const keys = await api.query.SubtensorModule.Keys.getEntries(1);
		assert.ok(Array.isArray(keys));
	});

	await check('calls runtime APIs with types', async () => {
		assert.equal(typeof await api.apis.AccountNonceApi.account_nonce(alice), 'number');
		const hyper = await api.apis.SubnetInfoRuntimeApi.get_subnet_hyperparams_v2(1);
		assert.ok(hyper && typeof hyper.tempo === 'number', text(hyper));
		assert.ok((await api.apis.SubnetInfoRuntimeApi.get_all_dynamic_info()).length >= 2);
		assert.equal((await api.apis.Core.version()).spec_name, 'node-subtensor');
	});

	await check('follows best and finalised blocks', async () => {
		const first = await next(client.finalizedBlock$, (b) => b.number);
		await next(client.finalizedBlock$, (b) => (b.number >= first + 3 ? b.number : undefined));
		const best = await next(client.bestBlocks$, (blocks) => blocks[0].number);
		assert.ok(best >= first);
		const { hash } = await client.getFinalizedBlock();
		assert.ok((await client.getBlockBody(hash)).length >= 1);
		assert.ok((await client.getBlockHeader(hash)).number > first);
	});

	await check('transfers and tells the fee', async () => {
		const tx = api.tx.Balances.transfer_keep_alive({ dest: Enum('Id', carol), value: TAO });
		const fee = await tx.getEstimatedFees(bob);
		assert.ok(fee > 0n && fee < TAO);
		const done = await tx.signAndSubmit(signer('//Bob'));
		assert.ok(done.ok, text(done.dispatchError));
		assert.ok(api.event.Balances.Transfer.filter(done.events).length >= 1, 'no typed event');
		assert.equal(await free(carol), TAO);
	});

	await check('watches a value and entries, and sees what a transfer changes', async () => {
		const before = await next(api.query.System.Account.watchValue(carol, { at: 'best' }), (v) => (v.value ?? v).data.free);
		let listed = 0;
		const seen = next(api.query.System.Account.watchEntries({ at: 'best' }), ({ entries, deltas }) => {
			listed = Math.max(listed, entries.length);
			const changed = deltas?.upserted?.find(({ args }) => args[0] === carol);
			return changed && changed.value.data.free === before + TAO ? listed : undefined;
		});
		const tx = api.tx.Balances.transfer_keep_alive({ dest: Enum('Id', carol), value: TAO });
		assert.ok((await tx.signAndSubmit(signer('//Bob'))).ok);
		assert.ok(await seen > 3);
	});

	await check('reports a failed call by its typed error', async () => {
		const done = await api.tx.SubtensorModule.add_stake({ hotkey: alice, netuid: 4000, amount_staked: TAO }).signAndSubmit(signer('//Bob'))
			.then((v) => v, (err) => ({ ok: false, refused: err }));
		assert.equal(done.ok, false);
		if (!done.refused) assert.equal(done.dispatchError.value?.type, 'SubtensorModule', text(done.dispatchError));
		const remark = await api.tx.System.remark({ remark: Binary.fromText?.('interop') ?? new TextEncoder().encode('interop') }).signAndSubmit(signer('//Bob'));
		assert.ok(remark.ok);
	});

	await check('used only such methods', async () => {
		assert.deepEqual([...called].filter((m) => !allowed.test(m)), []);
		assert.ok(called.size > 3);
	});
	client.destroy();
}
process.exit(exitCode());
