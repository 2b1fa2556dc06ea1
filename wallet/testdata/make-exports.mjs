// Writes accounts exported by polkadot-js into the folder named by the argument. See README.md.
import { writeFileSync } from 'node:fs';
import { cryptoWaitReady } from '@polkadot/util-crypto';
import { Keyring } from '@polkadot/keyring';

await cryptoWaitReady();
for (const type of ['sr25519', 'ed25519']) {
  const hard = new Keyring({ type }).createFromUri('//Dave', { name: 'dave' }, type);
  writeFileSync(`${process.argv[2]}/${type}.json`, JSON.stringify(hard.toJson('testpassword')));
  writeFileSync(`${process.argv[2]}/${type}-open.json`, JSON.stringify(hard.toJson()));
}
writeFileSync(`${process.argv[2]}/soft.json`, JSON.stringify(new Keyring({ type: 'sr25519' }).createFromUri('//Dave/soft', {}, 'sr25519').toJson('testpassword')));
