// Stays connected with @polkadot/api: reads by promise, hears heads and an account, and signs a transfer now and then. See stay.js.
import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';
import { cryptoWaitReady } from '@polkadot/util-crypto';
import { stay, url } from './stay.js';

await cryptoWaitReady();
const keyring = new Keyring({ type: 'sr25519', ss58Format: 42 });
const [charlie, dave] = ['//Charlie', '//Dave'].map((uri) => keyring.addFromUri(uri));
const api = await ApiPromise.create({ provider: new WsProvider(url, 500), noInitWarn: true });
let heads = 0, changes = 0, paid = 0;
await api.rpc.chain.subscribeNewHeads(() => heads++);
await api.query.system.account(charlie.address, () => changes++);

await stay('@polkadot/api', async (n) => {
	const header = await api.rpc.chain.getHeader();
	const { data } = await (await api.at(header.hash)).query.system.account(dave.address);
	if (n % 20 === 10) {
		await api.tx.balances.transferKeepAlive(dave.address, 1_000_000n).signAndSend(charlie, { nonce: -1 });
		paid++;
	}
	return `block ${header.number}, spec ${api.runtimeVersion.specVersion}, ${paid} transfers, ${changes} account changes, ${data.free.toBigInt() > 0n ? 'an account' : 'nothing'}`;
}, { heads: () => heads });
