// Stays connected with polkadot-api over the modern methods: reads at the best block, hears of final blocks and of an account. See stay.js.
import { createClient } from 'polkadot-api';
import { getWsProvider } from 'polkadot-api/ws';
import { Keyring } from '@polkadot/api';
import { WebSocket } from '@polkadot/x-ws';
import { cryptoWaitReady } from '@polkadot/util-crypto';
import { stay, url } from './stay.js';

await cryptoWaitReady();
const dave = new Keyring({ type: 'sr25519', ss58Format: 42 }).addFromUri('//Dave');
const client = createClient(getWsProvider(url, { websocketClass: WebSocket }));
const api = client.getUnsafeApi();
let heads = 0, restarts = 0;
const follow = () => client.finalizedBlock$.subscribe({ next: () => heads++, error: () => { restarts++; setTimeout(follow, 500); } });
follow();

await stay('polkadot-api', async () => {
	const account = await api.query.System.Account.getValue(dave.address);
	const version = await api.constants.System.Version();
	return `spec ${version.spec_version}, ${restarts} subscriptions begun anew, ${account.data.free > 0n ? 'an account' : 'nothing'}`;
}, { heads: () => heads });
