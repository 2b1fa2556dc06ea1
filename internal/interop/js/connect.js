// Measures how long @polkadot/api takes to connect to a node, from new WsProvider to isReady, in a process that is warm: the first connections, in which the
// client compiles itself, are told apart. Usage: node connect.js ws://HOST:PORT [TIMES]
import { ApiPromise, WsProvider } from '@polkadot/api';
import { cryptoWaitReady } from '@polkadot/util-crypto';

const url = process.argv[2];
const times = Number(process.argv[3] ?? 20);
await cryptoWaitReady();

// connect is one connection: how long it took, how long of that an answer was waited for, and the processor time that the client used.
async function connect() {
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
			return await send(...args);
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
const first = await connect();
for (let i = 0; i < 4; i++) await connect();
const all = [];
for (let i = 0; i < times; i++) all.push(await connect());
const ms = (v) => `${v.toFixed(1)} ms`;
console.log(`connect by @polkadot/api: median ${ms(middle(all.map((c) => c.took)))}, best ${ms(Math.min(...all.map((c) => c.took)))} of ${times}; ` +
	`of it waiting for answers ${ms(middle(all.map((c) => c.answered)))}; ` +
	`processor time of the client ${ms(middle(all.map((c) => c.cpu)))}; the first of the process ${ms(first.took)}`);
process.exit(0);
