// Checks CheckMetadataHash in mode 1, which hardware wallets sign with: the digest is made by @polkadot-api/merkleize-metadata as it is published, of the
// metadata that the node serves. The first argument is the WebSocket endpoint of a local network.
import assert from 'node:assert/strict';
import { merkleizeMetadata } from '@polkadot-api/merkleize-metadata';
import { createClient, Enum } from 'polkadot-api';
import { getPolkadotSigner, withMetadataHash } from 'polkadot-api/signer';
import { getWsProvider } from 'polkadot-api/ws';
import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';
import { hexToU8a, u8aToHex } from '@polkadot/util';
import { cryptoWaitReady, randomAsHex } from '@polkadot/util-crypto';
import { WebSocket } from '@polkadot/x-ws';
import { check, checkAs, exitCode, rejection, send } from './harness.js';

const url = process.argv[2];
const TAO = 1_000_000_000n;

await cryptoWaitReady();
const keyring = new Keyring({ type: 'sr25519', ss58Format: 42 });
const dave = keyring.addFromUri('//Dave');
const fresh = () => keyring.addFromUri(`//${randomAsHex(8)}`).address;
const provider = new WsProvider(url, 1000);
const api = await ApiPromise.create({ provider, noInitWarn: true, throwOnConnect: true });
const free = async (who) => (await api.query.system.account(who)).data.free.toBigInt();

// The chain's token is what its properties say; the rest is in the metadata.
const properties = await api.rpc.system.properties();
const token = { decimals: properties.tokenDecimals.unwrap()[0].toNumber(), tokenSymbol: properties.tokenSymbol.unwrap()[0].toString() };
const option = api.createType('Option<Bytes>', hexToU8a(await provider.send('state_call', ['Metadata_metadata_at_version', '0x0f000000'])));
const metadata = option.unwrap().toU8a(true);
const merkle = merkleizeMetadata(metadata, token);
const metadataHash = u8aToHex(merkle.digest());
const transfer = (to) => api.tx.balances.transferKeepAlive(to, TAO);

await check('metadata digest', 'has a transaction accepted that binds the metadata', async () => {
	const to = fresh();
	const done = await send(api, transfer(to), dave, { mode: 1, metadataHash, withSignedTransaction: true });
	assert.equal(done.error, null);
	assert.equal(await free(to), TAO);
	const block = await api.rpc.chain.getBlock(done.block);
	const tx = block.block.extrinsics[done.txIndex];
	assert.equal(tx.mode.toNumber(), 1);
});

await check('metadata digest', 'has a batch accepted that binds the metadata', async () => {
	const to = fresh();
	const done = await send(api, api.tx.utility.batchAll([transfer(to), transfer(to)]), dave, { mode: 1, metadataHash, tip: 1 });
	assert.equal(done.error, null);
	assert.equal(await free(to), 2n * TAO);
});

await check('metadata digest', 'is refused another digest', async () => {
	const nonce = await api.rpc.system.accountNextIndex(dave.address);
	const sign = (options) => transfer(fresh()).signAsync(dave, { nonce, ...options });
	const flipped = hexToU8a(metadataHash);
	flipped[31] ^= 1;
	const other = merkleizeMetadata(metadata, { ...token, decimals: token.decimals + 1 });
	for (const [what, options] of [
		['one bit', { mode: 1, metadataHash: u8aToHex(flipped) }],
		['of other decimals', { mode: 1, metadataHash: u8aToHex(other.digest()) }],
		['none in mode 1', { mode: 1 }],
		['one in mode 0', { mode: 0, metadataHash }],
	]) {
		assert.match((await rejection(api.rpc.author.submitExtrinsic(await sign(options)))).message, /1010: Invalid Transaction: Transaction has a bad signature/, what);
	}
	assert.equal((await api.rpc.system.accountNextIndex(dave.address)).toNumber(), nonce.toNumber());
});

await check('metadata digest', 'gets proofs of every kind of transaction', async () => {
	const calls = [transfer(dave.address), api.tx.system.remark('0x01'), api.tx.utility.batch([api.tx.system.remark('0x')]), api.tx.proxy.addProxy(dave.address, 0, 0)];
	if (api.tx.subtensorModule) {
		calls.push(api.tx.subtensorModule.setWeights(1, [0, 1], [1, 2], 0), api.tx.subtensorModule.addStake(dave.address, 1, 1));
		calls.push(api.tx.sudo.sudo(api.tx.adminUtils.sudoSetTempo(1, 10)));
	}
	for (const call of calls) {
		const tx = await call.signAsync(dave, { mode: 1, metadataHash });
		const proof = merkle.getProofForExtrinsic(tx.toU8a()); // takes the bytes apart by the leaves that it names
		assert.ok(proof.length > 100, `${call.method.section}.${call.method.method}: ${proof.length} bytes`);
	}
});

const papi = createClient(getWsProvider(url, { websocketClass: WebSocket }));
await checkAs('polkadot-api')('metadata digest', 'has a transaction accepted that binds the metadata', async () => {
	const signer = withMetadataHash(token, getPolkadotSigner(dave.publicKey, 'Sr25519', (message) => dave.sign(message)));
	const to = fresh();
	const tx = papi.getUnsafeApi().tx.Balances.transfer_keep_alive({ dest: Enum('Id', to), value: TAO });
	const raw = await tx.sign(signer);
	const done = await papi.submit(raw);
	assert.ok(done.ok, JSON.stringify(done.dispatchError, (_, v) => (typeof v === 'bigint' ? `${v}` : v)));
	assert.equal(await free(to), TAO);
});

papi.destroy();
await api.disconnect();
process.exit(exitCode());
