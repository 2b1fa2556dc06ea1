// Checks a fresh local network with polkadot-api as it is published, over the JSON-RPC interface specification's methods, without descriptors:
// it knows of the chain what the metadata tells. The first argument is the WebSocket endpoint.
import assert from 'node:assert/strict';
import { createClient, Enum } from 'polkadot-api';
import { getWsProvider } from 'polkadot-api/ws';
import { getPolkadotSigner } from 'polkadot-api/signer';
import { Keyring } from '@polkadot/api';
import { WebSocket } from '@polkadot/x-ws';
import { cryptoWaitReady } from '@polkadot/util-crypto';
import { checkAs, exitCode } from './harness.js';

const url = process.argv[2];
const TAO = 1_000_000_000n;
const check = checkAs('polkadot-api');

await cryptoWaitReady();
const keyring = new Keyring({ type: 'sr25519', ss58Format: 42 });
const [alice, bob] = ['//Alice', '//Bob'].map((uri) => keyring.addFromUri(uri));
const signer = getPolkadotSigner(alice.publicKey, 'Sr25519', (message) => alice.sign(message));

// A provider that notes every call, to see which methods the client chose.
const called = new Set();
const provider = getWsProvider(url, { websocketClass: WebSocket }); // Node has one of its own from version 22 on
const noting = (onMessage, ...rest) => {
	const connection = provider(onMessage, ...rest);
	return {
		...connection,
		send: (message) => {
			const { method } = typeof message === 'string' ? JSON.parse(message) : message;
			called.add(method);
			connection.send(message);
		},
	};
};
const client = createClient(noting);
const api = client.getUnsafeApi();

await check('connection', 'connects and reads the chain\'s identity', async () => {
	const spec = await client.getChainSpecData();
	assert.equal(spec.name, 'Bittensor');
	assert.equal(spec.properties.tokenSymbol, 'TAO');
	const first = await client.getFinalizedBlock();
	assert.match(first.hash, /^0x[0-9a-f]{64}$/);
});

await check('storage', 'reads an account and constants from the metadata alone', async () => {
	const account = await api.query.System.Account.getValue(alice.address);
	assert.ok(account.data.free > 1000n * TAO, `Alice has ${account.data.free}`);
	const version = await api.constants.System.Version();
	assert.equal(version.spec_name, 'node-subtensor');
});

await check('storage', 'lists a map\'s entries', async () => {
	const entries = await api.query.System.Account.getEntries();
	assert.ok(entries.length > 2);
	assert.ok(entries.some(({ keyArgs }) => keyArgs[0] === alice.address));
});

await check('runtime APIs', 'calls a runtime API', async () => {
	assert.equal(typeof await api.apis.AccountNonceApi.account_nonce(alice.address), 'number');
});

await check('subscriptions', 'follows finalized blocks without a gap', async () => {
	const numbers = await new Promise((resolve, reject) => {
		const seen = [];
		const sub = client.finalizedBlock$.subscribe({
			next: ({ number }) => {
				seen.push(number);
				if (seen.length === 6) {
					sub.unsubscribe();
					resolve(seen);
				}
			},
			error: reject,
		});
	});
	for (let i = 1; i < numbers.length; i++) assert.equal(numbers[i], numbers[i - 1] + 1, `${numbers}`);
});

await check('transfer', 'transfers, and finds the event in the final block', async () => {
	const before = (await api.query.System.Account.getValue(bob.address)).data.free;
	const tx = api.tx.Balances.transfer_keep_alive({ dest: Enum('Id', bob.address), value: TAO });
	const done = await tx.signAndSubmit(signer);
	assert.ok(done.ok, JSON.stringify(done.dispatchError, (_, v) => (typeof v === 'bigint' ? `${v}` : v)));
	assert.ok(done.events.some((e) => e.type === 'Balances' && e.value.type === 'Transfer'));
	const after = (await api.query.System.Account.getValue(bob.address)).data.free;
	assert.equal(after - before, TAO);
});

await check('watchEntries', 'hears of changes below a prefix', async () => {
	const deltas = await new Promise((resolve, reject) => {
		const sub = api.query.System.Account.watchEntries().subscribe({
			next: ({ entries }) => {
				if (!entries.length) return;
				sub.unsubscribe();
				resolve(entries);
			},
			error: reject,
		});
	});
	assert.ok(deltas.length > 2);
});

await check('errors', 'reports a failed call by its name', async () => {
	const tx = api.tx.Balances.force_set_balance({ who: Enum('Id', bob.address), new_free: 0n });
	const done = await tx.signAndSubmit(signer);
	assert.equal(done.ok, false);
	assert.equal(done.dispatchError.type, 'BadOrigin');
});

await check('connection', 'used the modern methods for all of it', async () => {
	const old = [...called].filter((m) => !/^(chainHead_v1|chainSpec_v1|archive_v1|transaction_v1|rpc_methods)/.test(m));
	assert.deepEqual(old, []);
	assert.ok(called.has('chainHead_v1_follow') && called.has('transaction_v1_broadcast'), [...called].join(' '));
});

client.destroy();
process.exit(exitCode());
