// What the check scripts share: one printed line per check, and waiting for extrinsics.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

let failed = 0;

// check runs one check of @polkadot/api and prints its line, "ok   CLIENT [FEATURE]: NAME", which run.sh counts and page.py puts into docs/compatibility.md;
// checkAs is for another client. Checks run in order; those behind a failed one still run.
export const check = checkAs('@polkadot/api');
export function checkAs(client) {
	const { version } = JSON.parse(readFileSync(new URL(`node_modules/${client}/package.json`, import.meta.url)));
	return (feature, name, fn, options) => runCheck(`${client} ${version} [${feature}]: ${name}`, fn, options);
}

async function runCheck(line, fn, { timeout = 20_000 } = {}) {
	let timer;
	const late = new Promise((_, reject) => {
		timer = setTimeout(() => reject(new Error(`no answer within ${timeout / 1000} s`)), timeout);
	});
	try {
		const note = await Promise.race([fn(), late]);
		console.log(`ok   ${line}${typeof note === 'string' ? `\t(${note})` : ''}`);
	} catch (err) {
		failed++;
		console.log(`FAIL ${line}\t(${String(err.message ?? err).replaceAll(/\s+/g, ' ')})`);
		if (process.env.MYELIN_INTEROP_TRACE) console.error(err);
	} finally {
		clearTimeout(timer);
	}
}

export const exitCode = () => (failed > 0 ? 1 : 0);

// send signs, submits and follows an extrinsic to its last status. It resolves with the block it is in, its own events, every status in order
// and, when dispatch failed, the decoded module error.
export function send(api, tx, signer, options = {}) {
	const statuses = [];
	const times = [];
	return new Promise((resolve, reject) => {
		tx.signAndSend(signer, options, ({ status, events, dispatchError, txHash, txIndex }) => {
			statuses.push(status.type);
			times.push(performance.now());
			if (status.isInvalid || status.isDropped || status.isUsurped) {
				reject(new Error(`${statuses.join(', ')}`));
			}
			if (!status.isFinalized) return;
			let error = null;
			if (dispatchError) {
				error = dispatchError.isModule ? api.registry.findMetaError(dispatchError.asModule) : dispatchError.toHuman();
			}
			resolve({ block: status.asFinalized, events, statuses, times, error, txHash, txIndex });
		}).catch(reject);
	});
}

// find returns the only event of a kind.
export function find(events, section, method) {
	const found = events.filter(({ event }) => event.section === section && event.method === method);
	assert.equal(found.length, 1, `${found.length} events ${section}.${method} among ${events.map(({ event }) => `${event.section}.${event.method}`)}`);
	return found[0].event.data;
}

// rejection returns the error of a promise that must fail.
export async function rejection(promise) {
	let value;
	try {
		value = await promise;
	} catch (err) {
		return err;
	}
	throw new Error(`it succeeded with ${value}`);
}

// collect gathers n values of a subscription and ends it.
export async function collect(subscribe, n) {
	const values = [];
	let done;
	const full = new Promise((resolve) => { done = resolve; });
	const unsubscribe = await subscribe((v) => {
		values.push(v);
		if (values.length >= n) done();
	});
	await full;
	unsubscribe();
	return values.slice(0, n);
}
