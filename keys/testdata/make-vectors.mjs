// Writes the golden vectors of keys, bt (SS58) and internal/hash from upstream's own JavaScript libraries. See README.md.
import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import {
  blake2AsHex, cryptoWaitReady, encodeAddress, mnemonicGenerate, mnemonicToMiniSecret, mnemonicToEntropy, secp256k1Sign,
  secp256k1Compress, secp256k1PairFromSeed, signatureVerify, xxhashAsHex, ed25519Verify, sr25519Verify, blake2AsU8a,
} from '@polkadot/util-crypto';
import { Keyring } from '@polkadot/keyring';
import { hexToU8a, stringToU8a, u8aToHex } from '@polkadot/util';

await cryptoWaitReady();
const out = process.argv[2];
const put = (name, rows) => writeFileSync(`${out}/${name}.jsonl.gz`, gzipSync(rows.map((r) => JSON.stringify(r)).join('\n') + '\n', { level: 9 }));
const dev = 'bottom drive obey lake curtain smoke basket hold race lonely fit walk';
const hex = (n, seed) => blake2AsHex(`${seed}`, 512).slice(0, 2 + 2 * n);

// derivations
const phrases = [dev, 'old leopard transfer rib spatial phone calm indicate online fire caution review'];
for (const words of [12, 15, 18, 21, 24]) for (let i = 0; i < 4; i++) phrases.push(mnemonicGenerate(words));
const paths = ['', '//Alice', '/Alice', '//0', '//1/2', '/1//2', '//hard/soft//hard', '/soft/soft', '//18446744073709551615', '//007',
  '//a b', '//PathNameLongerThan32BytesWhichShouldBeHashed', '/PathNameLongerThan32BytesWhichShouldBeHashed',
  '//exactly-thirty-one-bytes-long-x', '//exactly-thirty-two-bytes-long-xx', '//thirty-three-bytes-long-junction1', '//polkadot//42/staking',
  '//' + 'sixty-four-'.repeat(7), '//' + 'x'.repeat(64), '//' + 'long'.repeat(5000), '//é世界', '//stash\u{1F980}'];
const passwords = ['', '///password', '///', '///with/slash', '///with space', '///ünïcode'];
const derive = [];
const add = (type, uri) => {
  const p = new Keyring({ type }).createFromUri(uri, {}, type);
  derive.push({ scheme: type, uri, public: u8aToHex(p.publicKey), address: encodeAddress(p.publicKey, 42) });
};
phrases.forEach((phrase, i) => {
  for (const path of i < 2 ? paths : paths.slice(0, 5)) for (const pw of i < 2 ? passwords : passwords.slice(0, 2)) {
    add('sr25519', phrase + path + pw);
    if (!path.replaceAll('//', '').includes('/')) add('ed25519', phrase + path + pw);
  }
});
for (let i = 0; i < 8; i++) for (const path of ['', '//Alice', '/Alice', '//1//2']) {
  add('sr25519', hex(32, i) + path);
  if (!/^\/[^/]/.test(path)) add('ed25519', hex(32, i) + path);
}
for (const name of ['Alice', 'Bob', 'Charlie', 'Dave', 'Eve', 'Ferdie']) { add('sr25519', `//${name}`); add('ed25519', `//${name}`); }
put('derivations', derive);

// mnemonics
put('mnemonics', phrases.flatMap((phrase) => ['', 'pass', 'pässword'].map((password) => ({
  phrase, password, entropy: u8aToHex(mnemonicToEntropy(phrase)), mini: u8aToHex(mnemonicToMiniSecret(phrase, password)),
}))));

// signatures, right ones and mutated ones; ok is what upstream's verifier says
const signatures = [];
const flip = (u8a, bit) => { const c = Uint8Array.from(u8a); c[bit >> 3] ^= 1 << (bit & 7); return c; };
const order = 2n ** 252n + 27742317777372353535851937790883648493n;
const plusOrder = (sig, marked) => {
  const c = Uint8Array.from(sig);
  if (marked) c[63] &= 127;
  let s = 0n;
  for (let i = 63; i >= 32; i--) s = (s << 8n) | BigInt(c[i]);
  s += order;
  for (let i = 32; i < 64; i++) { c[i] = Number(s & 255n); s >>= 8n; }
  if (marked) c[63] |= 128;
  return c;
};
const check = { sr25519: sr25519Verify, ed25519: ed25519Verify };
for (const scheme of ['sr25519', 'ed25519']) for (let i = 0; i < 12; i++) {
  const pair = new Keyring({ type: scheme }).createFromUri(`//signer//${i}`, {}, scheme);
  const other = new Keyring({ type: scheme }).createFromUri(`//other//${i}`, {}, scheme);
  const msg = stringToU8a('m'.repeat([0, 1, 7, 32, 64, 135, 136, 137, 165, 166, 167, 1000][i]));
  const sig = pair.sign(msg);
  const row = (what, m, s, pk) => {
    let ok; try { ok = check[scheme](m, s, pk); } catch { ok = false; }
    signatures.push({ scheme, what, message: u8aToHex(m), signature: u8aToHex(s), public: u8aToHex(pk), ok });
  };
  row('right', msg, sig, pair.publicKey);
  row('other key', msg, sig, other.publicKey);
  row('longer message', Uint8Array.from([...msg, 0]), sig, pair.publicKey);
  row('scalar plus group order', msg, plusOrder(sig, scheme === 'sr25519'), pair.publicKey);
  row('wrapped in Bytes', msg, pair.sign(stringToU8a(`<Bytes>${'m'.repeat(msg.length)}</Bytes>`)), pair.publicKey);
  row('zero signature', msg, new Uint8Array(64), pair.publicKey);
  if (msg.length) row('message bit', flip(msg, i % 8), sig, pair.publicKey);
  for (const bit of [0, 7, 100, 255, 256, 300, 400, 503, 504, 507, 508, 510, 511]) row(`signature bit ${bit}`, msg, flip(sig, bit), pair.publicKey);
  for (const bit of [0, 77, 248, 255]) row(`key bit ${bit}`, msg, sig, flip(pair.publicKey, bit));
}
for (let i = 0; i < 12; i++) {
  const pair = secp256k1PairFromSeed(hexToU8a(hex(32, `ecdsa${i}`)));
  const account = blake2AsU8a(secp256k1Compress(pair.publicKey));
  const msg = stringToU8a('e'.repeat([0, 1, 31, 32, 33, 64, 100, 255, 256, 257, 300, 1000][i]));
  const sig = secp256k1Sign(msg, pair, 'blake2');
  const row = (what, m, s, id) => {
    let ok; try { ok = signatureVerify(m, s, encodeAddress(id)).isValid; } catch { ok = false; }
    signatures.push({ scheme: 'ecdsa', what, message: u8aToHex(m), signature: u8aToHex(s), public: u8aToHex(id), ok });
  };
  row('right', msg, sig, account);
  row('longer message', Uint8Array.from([...msg, 0]), sig, account);
  row('other account', msg, sig, flip(account, i));
  for (const bit of [0, 100, 256, 511, 512, 513]) row(`signature bit ${bit}`, msg, flip(sig, bit), account);
}
put('signatures', signatures);

// SS58
const prefixes = [0, 1, 2, 5, 41, 42, 43, 44, 45, 63, 64, 65, 66, 69, 77, 88, 105, 127, 128, 255, 256, 257, 1000, 1284, 2048, 4095, 10041, 11330, 16383];
put('ss58', prefixes.flatMap((prefix) => [`0x${'00'.repeat(32)}`, `0x${'ff'.repeat(32)}`, hex(32, `a${prefix}`), hex(32, `b${prefix}`)]
  .map((account) => ({ prefix, account, address: encodeAddress(hexToU8a(account), prefix, ) }))));

// hashes
const lengths = [0, 1, 3, 4, 7, 8, 15, 16, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256, 1000];
put('hashes', [...lengths.map((n) => Uint8Array.from({ length: n }, (_, i) => (i * 7 + n) & 255)), ...['System', 'Account', 'SubtensorModule', 'SS58PRE', ':code'].map((s) => stringToU8a(s))]
  .map((d) => ({ data: u8aToHex(d), blake128: blake2AsHex(d, 128), blake256: blake2AsHex(d, 256), blake512: blake2AsHex(d, 512), twox64: xxhashAsHex(d, 64), twox128: xxhashAsHex(d, 128), twox256: xxhashAsHex(d, 256) })));
