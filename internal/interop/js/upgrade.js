// Checks a runtime upgrade with @polkadot/api as it is published, connected all the time, against a fresh local network: the client takes the new metadata, signs for
// the new runtime, and reads the blocks on both sides. The first argument is the WebSocket endpoint.
import assert from 'node:assert/strict';
import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';
import { blake2AsHex, cryptoWaitReady } from '@polkadot/util-crypto';
import { hexToString } from '@polkadot/util';
import { check, exitCode, find, send } from './harness.js';

const url = process.argv[2];
const TAO = 1_000_000_000n;

await cryptoWaitReady();
const keyring = new Keyring({ type: 'sr25519', ss58Format: 42 });
const [alice, bob] = ['//Alice', '//Bob'].map((uri) => keyring.addFromUri(uri));
const provider = new WsProvider(url, 1000);
const api = await ApiPromise.create({ provider, noInitWarn: true, throwOnConnect: true });
const migration = 'myelin_count_alpha_staked';

// versions are those that the client was told, one after the other.
const versions = [];
const stop = await api.rpc.state.subscribeRuntimeVersion((v) => versions.push(v.specVersion.toNumber()));
const until = async (condition) => {
	while (!condition()) await new Promise((resolve) => setTimeout(resolve, 50));
};
const pay = (who) => send(api, api.tx.balances.transferKeepAlive(bob.address, TAO), who);

let old; // a block of the old runtime with a transfer
await check('runtime upgrade', 'begins with spec 461', async () => {
	assert.equal(api.runtimeVersion.specVersion.toNumber(), 461);
	assert.equal(api.events.subtensorModule.StorageMigrated, undefined);
	old = (await pay(alice)).block;
	assert.equal((await api.query.subtensorModule.totalAlphaStaked(1)).toBigInt(), 0n);
});

let applied; // the block that holds the code
await check('runtime upgrade', 'root authorises the next runtime, anybody brings it', async () => {
	const next = await provider.send('myelin_nextRuntime', []);
	assert.equal(next.specVersion, 462);
	assert.equal(blake2AsHex(next.code), next.codeHash);
	const { error, events } = await send(api, api.tx.sudo.sudo(api.tx.system.authorizeUpgrade(next.codeHash)), alice);
	assert.equal(error, null);
	assert.equal(find(events, 'system', 'UpgradeAuthorized')[0].toHex(), next.codeHash);
	const brought = await new Promise((resolve, reject) => {
		api.tx.system.applyAuthorizedUpgrade(next.code).send(({ status, events }) => {
			if (status.isInvalid || status.isDropped) reject(new Error(status.type));
			if (status.isFinalized) resolve({ block: status.asFinalized, events }); // it reads metadata when the block comes, and may miss inBlock
		}).catch(reject);
	});
	find(brought.events, 'system', 'CodeUpdated');
	applied = brought.block;
});

await check('runtime upgrade', 'the client is told and takes the new metadata', async () => {
	await until(() => versions.length > 1 && api.events.subtensorModule.StorageMigrated !== undefined);
	assert.deepEqual(versions, [461, 462]);
	assert.equal(api.runtimeVersion.specVersion.toNumber(), 462);
	assert.equal(api.consts.system.version.specVersion.toNumber(), 462);
});

await check('runtime upgrade', 'transactions are signed for the new runtime', async () => {
	const { error, events } = await pay(alice);
	assert.equal(error, null);
	assert.equal(find(events, 'balances', 'Transfer').amount.toBigInt(), TAO);
});

// blockOf is a block as a client reads it, with the version of its state.
const blockOf = async (client, hash) => {
	const [{ block }, at, version] = await Promise.all([client.rpc.chain.getBlock(hash), client.at(hash), client.rpc.state.getRuntimeVersion(hash)]);
	return { calls: block.extrinsics.map(({ method }) => `${method.section}.${method.method}`), digest: block.header.digest.logs.map((l) => l.type),
		events: await at.query.system.events(), after: version.specVersion.toNumber(), number: block.header.number.toNumber(), at };
};
const name = ({ event }) => `${event.section}.${event.method}`;

const bothSides = async (client) => {
	const before = await blockOf(client, old);
	assert.equal(before.calls[0], 'timestamp.set');
	assert.ok(before.calls.includes('balances.transferKeepAlive'));
	assert.ok(before.events.map(name).includes('balances.Transfer'));
	assert.equal(before.after, 461);
	assert.equal(before.at.runtimeVersion.specVersion.toNumber(), 461);
	assert.equal(before.at.events.subtensorModule.StorageMigrated, undefined);
	assert.ok(before.at.events.subtensorModule.StakeAdded);

	const brought = await blockOf(client, applied);
	assert.equal(brought.after, 462); // its state is the new runtime's
	assert.deepEqual(brought.digest, ['RuntimeEnvironmentUpdated']);
	assert.ok(brought.events.map(name).includes('system.CodeUpdated'));
	const number = (await client.rpc.chain.getHeader(applied)).number.toNumber();

	const first = await blockOf(client, await client.rpc.chain.getBlockHash(number + 1));
	const migrated = first.events.filter((e) => name(e) === 'subtensorModule.StorageMigrated');
	assert.equal(migrated.length, 1);
	assert.ok(migrated[0].phase.isInitialization);
	assert.equal(hexToString(migrated[0].event.data[0].toHex()), migration);
	const second = await blockOf(client, await client.rpc.chain.getBlockHash(number + 2));
	assert.ok(!second.events.map(name).includes('subtensorModule.StorageMigrated'));
};
await check('runtime upgrade', 'blocks on both sides are read by the client that stayed', () => bothSides(api));

await check('runtime upgrade', 'and by one that connects now', async () => {
	const late = await ApiPromise.create({ provider: new WsProvider(url, 1000), noInitWarn: true, throwOnConnect: true });
	try {
		assert.equal(late.runtimeVersion.specVersion.toNumber(), 462);
		await bothSides(late);
	} finally {
		await late.disconnect();
	}
});

await check('runtime upgrade', 'what is stored was changed, and is as it was at old blocks', async () => {
	const before = await api.at(old);
	assert.equal((await before.query.subtensorModule.totalAlphaStaked(1)).toBigInt(), 0n);
	assert.ok((await before.query.subtensorModule.hasMigrationRun(migration)).isFalse);
	assert.ok((await api.query.subtensorModule.hasMigrationRun(migration)).isTrue);
	const at = await api.at(await api.rpc.chain.getBlockHash());
	let sum = 0n;
	for (const [key, staked] of await at.query.subtensorModule.totalHotkeyAlpha.entries()) {
		if (key.args[1].toNumber() === 1) sum += staked.toBigInt();
	}
	assert.ok(sum > 0n);
	assert.equal((await at.query.subtensorModule.totalAlphaStaked(1)).toBigInt(), sum);
});

await check('runtime upgrade', 'the code and its hash change with it', async () => {
	const hashes = [];
	for (const at of [old, applied]) hashes.push((await api.rpc.state.getStorageHash('0x3a636f6465', at)).toHex());
	assert.notEqual(hashes[0], hashes[1]);
	assert.equal(await provider.send('myelin_nextRuntime', []), null);
});

stop();
await api.disconnect();
process.exit(exitCode());
