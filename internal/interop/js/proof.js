// Verifies read proofs of Substrate's base-16 trie (state versions 0 and 1) from the published description of the node format.
import { blake2AsHex } from '@polkadot/util-crypto';
import { hexToU8a, u8aToHex } from '@polkadot/util';

class Reader {
	constructor(bytes) { this.bytes = bytes; this.at = 0; }

	take(n) {
		if (this.at + n > this.bytes.length) throw new Error('a proof node is cut short');
		return this.bytes.subarray(this.at, (this.at += n));
	}

	byte() { return this.take(1)[0]; }

	compact() {
		const first = this.byte();
		switch (first & 3) {
			case 0: return first >> 2;
			case 1: return (first >> 2) | (this.byte() << 6);
			case 2: { const [a, b, c] = this.take(3); return (first >> 2) + a * 64 + b * 16384 + c * 4194304; }
		}
		throw new Error('a length in a proof node is absurd');
	}
}

// decode reads one node: its nibbles, its value (bytes, or the hash of bytes kept apart) and its children.
function decode(bytes) {
	const r = new Reader(bytes);
	const first = r.byte();
	if (first === 0) return { nibbles: [], value: null, children: [] };
	const kinds = [
		[0xc0, 0x40, 6, { leaf: true, value: true }], [0xc0, 0x80, 6, {}], [0xc0, 0xc0, 6, { value: true }],
		[0xe0, 0x20, 5, { leaf: true, hashed: true }], [0xf0, 0x10, 4, { hashed: true }],
	];
	const kind = kinds.find(([mask, bits]) => (first & mask) === bits);
	if (!kind) throw new Error(`a proof node starts with byte ${first}`);
	const [, , width, { leaf = false, value = false, hashed = false }] = kind;
	let count = first & ((1 << width) - 1);
	if (count === (1 << width) - 1) {
		for (let more = 255; more === 255;) count += more = r.byte();
	}
	const nibbles = [...r.take((count + 1) >> 1)].flatMap((b) => [b >> 4, b & 15]).slice(count & 1);
	const children = [];
	const bitmap = leaf ? 0 : r.byte() | (r.byte() << 8);
	const node = { nibbles, value: null, hash: null, children };
	if (value) node.value = r.take(r.compact());
	if (hashed) node.hash = r.take(32);
	for (let i = 0; i < 16; i++) {
		if (bitmap & (1 << i)) children[i] = r.take(r.compact());
	}
	if (r.at !== bytes.length) throw new Error('a proof node has bytes left over');
	return node;
}

// readProof returns the value of a key under a state root as hex, or null when the proof shows that there is none. It throws when the
// proof shows neither.
export function readProof(root, proof, key) {
	const nodes = new Map(proof.map((n) => [blake2AsHex(n), hexToU8a(u8aToHex(n))]));
	const get = (hash) => {
		const found = nodes.get(hash);
		if (!found) throw new Error(`the proof lacks the node ${hash}`);
		return found;
	};
	const path = [...hexToU8a(key)].flatMap((b) => [b >> 4, b & 15]);
	let node = decode(get(root));
	for (let at = 0; ;) {
		for (const nibble of node.nibbles) {
			if (path[at++] !== nibble) return null;
		}
		if (at === path.length) {
			if (node.hash) return u8aToHex(get(u8aToHex(node.hash)));
			return node.value ? u8aToHex(node.value) : null;
		}
		const child = node.children[path[at++]];
		if (!child) return null;
		node = decode(child.length === 32 ? get(u8aToHex(child)) : child);
	}
}
