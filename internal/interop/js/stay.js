// What the clients that stay connected share: they read twice a second for a while, whatever happens to the node meanwhile, and tell at the end how long they
// heard nothing. Usage of the scripts: node SCRIPT ws://HOST:PORT SECONDS
export const url = process.argv[2];
const seconds = Number(process.argv[3]);

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// within fails a promise that takes longer: a client may wait for an answer that a connection took with it.
const within = (promise, ms) => {
	let timer;
	const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error(`no answer within ${ms / 1000} s`)), ms)));
	return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};

// stay runs the reads one after the other until the time is over, and exits. Each resolves with a text for the last line, or rejects.
export async function stay(client, reads, { heads }) {
	const end = performance.now() + seconds * 1000;
	let done = 0, failed = 0, silence = 0, last = performance.now(), said = '', why = '';
	while (performance.now() < end) {
		try {
			said = await within(reads(done), 20_000);
			done++;
			silence = Math.max(silence, performance.now() - last);
			last = performance.now();
		} catch (err) {
			failed++;
			why = String(err.message ?? err).replaceAll('\n', ' ').slice(0, 200);
		}
		await pause(500);
	}
	const quiet = performance.now() - last;
	const good = done > seconds / 2 && quiet < 10_000 && silence < 40_000;
	console.log(`${good ? 'ok  ' : 'FAIL'} soak ${client}: ${done} reads, ${failed} failed${why && ` (${why})`}, ${heads()} heads, longest silence ${(silence / 1000).toFixed(1)} s, last ${said}`);
	process.exit(good ? 0 : 1);
}

process.on('uncaughtException', (err) => console.error('uncaught:', err));
process.on('unhandledRejection', (err) => console.error('unhandled:', err));
