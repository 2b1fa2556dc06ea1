// Measures how long @polkadot/api takes to connect to a node, from new WsProvider to isReady, in a process that is warm: the first connections, in which the
// client compiles itself, are told apart. With a recording of another node's metadata (SCALE, gzip) every second connection is given that in place of the
// node's own: what the client would take if the node cost nothing and told what the other one tells.
// Usage: node connect.js ws://HOST:PORT [TIMES [METADATA.scale.gz]]
import { ApiPromise, WsProvider } from '@polkadot/api';
import { compactAddLength, u8aConcat, u8aToHex } from '@polkadot/util';
import { cryptoWaitReady } from '@polkadot/util-crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

const url = process.argv[2];
const times = Number(process.argv[3] ?? 20);
const recorded = process.argv[4] && u8aToHex(u8aConcat([1], compactAddLength(new Uint8Array(gunzipSync(readFileSync(process.argv[4]))))));
await cryptoWaitReady();

// connect is one connection: how long it took, how long of that an answer was waited for, and the processor time that the client used. The metadata, an
// optional byte string, is replaced by that which is given.
async function connect(metadata) {
	const cpu = process.cpuUsage();
	const began = performance.now();
	const provider = new WsProvider(url);
	let answered = 0;
	let waiting = 0;
	const send = provider.send.bind(provider);
	provider.send = async (...args) => {
		const asked = performance.now();
		if (waiting++ === 0) provider.since = asked;
		try {
			const answer = await send(...args);
			return metadata && args[1][0] === 'Metadata_metadata_at_version' ? metadata : answer;
		} finally {
			if (--waiting === 0) answered += performance.now() - provider.since;
		}
	};
	const api = await ApiPromise.create({ provider, noInitWarn: true, throwOnConnect: true });
	const took = performance.now() - began;
	const { user, system } = process.cpuUsage(cpu);
	await api.disconnect();
	return { took, answered, cpu: (user + system) / 1000 };
}

const middle = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const ms = (v) => `${v.toFixed(1)} ms`;
const tell = (name, all) => console.log(`${name}: median ${ms(middle(all.map((c) => c.took)))}, best ${ms(Math.min(...all.map((c) => c.took)))} of ${times}; ` +
	`of it waiting for answers ${ms(middle(all.map((c) => c.answered)))}; processor time of the client ${ms(middle(all.map((c) => c.cpu)))}`);
const first = await connect();
for (let i = 0; i < 4; i++) await connect(recorded);
const own = [];
const other = [];
for (let i = 0; i < times; i++) {
	own.push(await connect());
	if (recorded) other.push(await connect(recorded));
}
tell('connect by @polkadot/api', own);
if (recorded) tell('with the recorded metadata', other);
console.log(`the first of the process took ${ms(first.took)}`);
process.exit(0);
