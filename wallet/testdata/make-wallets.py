# Writes the golden wallets from bittensor-wallet 4.1.1 and cryptography (Fernet). See README.md.
import base64, hashlib, json, os, shutil, sys
from bittensor_wallet import Keypair, Wallet
from bittensor_wallet.keyfile import legacy_encrypt_keyfile_data, serialized_keypair_to_keyfile_data
from cryptography.fernet import Fernet

out = sys.argv[1]
shutil.rmtree(out, ignore_errors=True)
w = Wallet("plain", "mnemonic", out)
w.create_new_coldkey(use_password=False, suppress=True)
w.create_new_hotkey(use_password=False, suppress=True)
Wallet("plain", "uri", out).create_hotkey_from_uri("//Alice", use_password=False, suppress=True)
Wallet("plain", "ed25519", out).create_hotkey_from_uri("//Alice", use_password=False, suppress=True, crypto_type=0)
w = Wallet("plain", "seed", out)
w.set_hotkey(Keypair.create_from_seed("0x" + "91" * 32)); w.set_hotkeypub(Keypair.create_from_seed("0x" + "91" * 32))
w = Wallet("plain", "textseed", out)
w.set_hotkey(Keypair.create_from_seed("0x" + "41" * 32)); w.set_hotkeypub(Keypair.create_from_seed("0x" + "41" * 32))
w = Wallet("plain", "edmnemonic", out)
w.set_hotkey(Keypair.create_from_mnemonic("old leopard transfer rib spatial phone calm indicate online fire caution review", 0))
w.set_hotkeypub(Keypair.create_from_mnemonic("old leopard transfer rib spatial phone calm indicate online fire caution review", 0))
w = Wallet("nacl", "default", out)
w.create_coldkey_from_uri("//Bob", use_password=True, suppress=True, coldkey_password="testpassword")
data = serialized_keypair_to_keyfile_data(Keypair.create_from_uri("//Charlie"))
os.makedirs(f"{out}/legacy")
v = legacy_encrypt_keyfile_data(data, "testpassword")
open(f"{out}/legacy/ansible", "wb").write(v if isinstance(v, bytes) else v.encode())
key = hashlib.pbkdf2_hmac("sha256", b"testpassword", b"Iguesscyborgslikemyselfhaveatendencytobeparanoidaboutourorigins", 10_000_000)
open(f"{out}/legacy/fernet", "wb").write(Fernet(base64.urlsafe_b64encode(key)).encrypt(data))
