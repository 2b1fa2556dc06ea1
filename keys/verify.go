package keys

import (
	"github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
	"github.com/oasisprotocol/curve25519-voi/primitives/ed25519"
	"github.com/oasisprotocol/curve25519-voi/primitives/sr25519"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/internal/hash"
)

// signingContext separates Substrate's sr25519 signatures from those of other users of schnorrkel.
var signingContext = sr25519.NewSigningContext([]byte("substrate"))

// zip215 are the rules that every Substrate node applies to ed25519: they accept exactly what batch verification accepts, so that
// nodes cannot disagree about odd encodings.
var zip215 = &ed25519.Options{Verify: ed25519.VerifyOptionsZIP_215}

// Verify tells whether sig is public's signature of msg under scheme Sr25519 (context "substrate") or Ed25519 (ZIP-215 rules). It is
// false for malformed keys and signatures and for other schemes; see VerifyEcdsa for Ecdsa.
func Verify(scheme Scheme, public bt.AccountID, msg []byte, sig Signature) bool {
	switch scheme {
	case Sr25519:
		pk, s, ok := decodeSr25519(&public, &sig)
		return ok && pk.Verify(signingContext.NewTranscriptBytes(msg), s)
	case Ed25519:
		return ed25519.VerifyWithOptions(public[:], msg, sig[:], zip215)
	}
	return false
}

func decodeSr25519(public *bt.AccountID, sig *Signature) (*sr25519.PublicKey, *sr25519.Signature, bool) {
	s, err := sr25519.NewSignatureFromBytes(sig[:])
	if err != nil {
		return nil, nil, false
	}
	pk, err := sr25519.NewPublicKeyFromBytes(public[:])
	if err != nil {
		return nil, nil, false
	}
	return pk, s, true
}

// VerifyMessage is Verify for messages that people sign in wallets: browser extensions wrap raw bytes in <Bytes>…</Bytes>, so msg is
// tried as it is and then wrapped.
func VerifyMessage(scheme Scheme, public bt.AccountID, msg []byte, sig Signature) bool {
	if Verify(scheme, public, msg, sig) {
		return true
	}
	const open, end = "<Bytes>", "</Bytes>"
	wrapped := make([]byte, 0, len(open)+len(msg)+len(end))
	wrapped = append(append(append(wrapped, open...), msg...), end...)
	return Verify(scheme, public, wrapped, sig)
}

// VerifyEcdsa tells whether sig (r, s, recovery id 0–3 or 27–30) is a secp256k1 signature of blake2b-256(msg) by the key whose
// compressed form hashes, by blake2b-256, to account. A high s is accepted, as upstream accepts it.
func VerifyEcdsa(account bt.AccountID, msg []byte, sig [65]byte) bool {
	id := sig[64]
	if id > 26 {
		id -= 27
	}
	if id > 3 {
		return false
	}
	const compressedKey = 27 + 4 // the library's header byte: recovery id of a compressed key
	var compact [65]byte
	compact[0] = compressedKey + id
	copy(compact[1:], sig[:64])
	digest := hash.Blake256(msg)
	pk, _, err := ecdsa.RecoverCompact(compact[:], digest[:])
	if err != nil {
		return false
	}
	return hash.Blake256(pk.SerializeCompressed()) == account
}

// Item is one signature to check in a batch, of scheme Sr25519 or Ed25519.
type Item struct {
	Scheme    Scheme
	Public    bt.AccountID
	Message   []byte
	Signature Signature
}

// VerifyBatch checks many signatures at once: result i is what Verify says of item i. When all are valid it saves a quarter of the time
// for 64 signatures and over a third for 512; one bad item costs more than single checks, so use it where bad ones are rare (blocks, not
// gossip). The random coefficients inside change the answer with a chance below 2^-120.
func VerifyBatch(items []Item) []bool {
	out := make([]bool, len(items))
	srAt, edAt := make([]int, 0, len(items)), make([]int, 0, len(items))
	sr := sr25519.NewBatchVerifierWithCapacity(len(items))
	ed := ed25519.NewBatchVerifier()
	for i := range items {
		it := &items[i]
		switch it.Scheme {
		case Sr25519:
			if pk, s, ok := decodeSr25519(&it.Public, &it.Signature); ok {
				sr.Add(pk, signingContext.NewTranscriptBytes(it.Message), s)
				srAt = append(srAt, i)
			}
		case Ed25519:
			ed.AddWithOptions(it.Public[:], it.Message, it.Signature[:], zip215)
			edAt = append(edAt, i)
		}
	}
	if len(srAt) > 0 {
		_, each := sr.Verify(nil)
		for k, i := range srAt {
			out[i] = each[k]
		}
	}
	if len(edAt) > 0 {
		_, each := ed.Verify(nil)
		for k, i := range edAt {
			out[i] = each[k]
		}
	}
	return out
}
