// Package dataset serves text corpora in pieces that are named by their content. It embeds one corpus of public-domain English
// (see text/README.md), so that a network can learn and be judged without any download.
//
// A piece's name is the CIDv1 that IPFS gives the same bytes as a raw block, so pieces can later come from there unchanged. Every
// corpus is parted once and for all into pieces to train on and pieces held out to judge on; a share of the training
// pieces is chosen by a seed.
//
// The package deliberately knows nothing of models, and of tokens only that something encodes text to them.
package dataset

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"sync"
)

const (
	// pieceSize is the size in bytes at which a piece ends with the paragraph in progress.
	pieceSize = 2048
	// heldOutEvery holds out one piece of so many, spread evenly so that they resemble what is trained on.
	heldOutEvery = 8
)

// CID names a piece by its content: the text form of an IPFS CIDv1 (base32, raw codec, SHA2-256), 59 characters from "bafkrei" on.
type CID string

// Sum names the bytes of a text.
func Sum(text string) CID {
	digest := sha256.Sum256([]byte(text))
	raw := append([]byte{1, 0x55, 0x12, sha256.Size}, digest[:]...) // version 1, codec raw, hash sha2-256, its length
	return CID("b" + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw)))
}

// Work is one book or document of a corpus.
type Work struct {
	Title, Author string
	Year          int
	// Text holds paragraphs, each ended by an empty line.
	Text string
}

// Piece is a run of whole paragraphs of one work.
type Piece struct {
	CID CID
	// Work is the title of the work that the piece is from.
	Work string
	Text string
}

// Corpus is a set of works cut into pieces. It never changes and may be shared.
type Corpus struct {
	train, heldOut []Piece
	byCID          map[CID]Piece
	cid            CID
}

//go:embed text/opticks.txt.gz
var opticks []byte

//go:embed text/sawyer.txt.gz
var sawyer []byte

// English returns the embedded corpus: 0.94 MB of public-domain prose. It is unpacked at the first call.
var English = sync.OnceValue(func() *Corpus {
	return New(
		Work{Title: "Opticks", Author: "Isaac Newton", Year: 1730, Text: unpack(opticks)},
		Work{Title: "The Adventures of Tom Sawyer", Author: "Mark Twain", Year: 1876, Text: unpack(sawyer)},
	)
})

// unpack reads an embedded file; a damaged one means a damaged binary.
func unpack(packed []byte) string {
	zr, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		panic(fmt.Sprintf("dataset: embedded text: %v", err))
	}
	text, err := io.ReadAll(zr)
	if err != nil {
		panic(fmt.Sprintf("dataset: embedded text: %v", err))
	}
	return string(text)
}

// New cuts works into pieces of about 2 KiB at the ends of paragraphs and holds out every eighth. A piece whose text occurred
// before is left out, so that what is held out is never trained on as well.
func New(works ...Work) *Corpus {
	c := &Corpus{byCID: map[CID]Piece{}}
	whole := sha256.New()
	for _, w := range works {
		for text := range pieces(w.Text) {
			p := Piece{CID: Sum(text), Work: w.Title, Text: text}
			if _, twice := c.byCID[p.CID]; twice {
				continue
			}
			if len(c.byCID)%heldOutEvery == heldOutEvery-1 {
				c.heldOut = append(c.heldOut, p)
			} else {
				c.train = append(c.train, p)
			}
			c.byCID[p.CID] = p
			whole.Write([]byte(p.CID))
		}
	}
	c.cid = Sum(string(whole.Sum(nil)))
	return c
}

// pieces yields runs of whole paragraphs of at least pieceSize bytes; the last one may be shorter.
func pieces(text string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for start := 0; start < len(text); {
			end := len(text)
			if from := start + pieceSize; from < len(text) {
				if at := strings.Index(text[from:], "\n\n"); at >= 0 {
					end = from + at + 2
				}
			}
			if !yield(text[start:end]) {
				return
			}
			start = end
		}
	}
}

// CID names the whole corpus: its pieces in their order, and so the split as well.
func (c *Corpus) CID() CID { return c.cid }

// Train returns the pieces to train on, in the order of the text. The slice is the caller's.
func (c *Corpus) Train() []Piece { return slices.Clone(c.train) }

// HeldOut returns the pieces to judge on, in the order of the text. The slice is the caller's.
func (c *Corpus) HeldOut() []Piece { return slices.Clone(c.heldOut) }

// Get finds a piece by its name, trained on or held out.
func (c *Corpus) Get(cid CID) (Piece, bool) {
	p, ok := c.byCID[cid]
	return p, ok
}

// Share returns pieces to train on that make up at least the fraction (0 to 1) of all their bytes, in the order of the text. The
// seed orders the pieces, so one seed always gives the same share, and of two shares by one seed the larger contains the
// smaller.
func (c *Corpus) Share(seed uint64, fraction float64) ([]Piece, error) {
	if math.IsNaN(fraction) || fraction < 0 || fraction > 1 {
		return nil, fmt.Errorf("share of the corpus is %v, want 0 to 1", fraction)
	}
	type ranked struct {
		rank [sha256.Size]byte
		at   int
	}
	order := make([]ranked, len(c.train))
	total := 0
	for i, p := range c.train {
		order[i] = ranked{sha256.Sum256(append(binary.LittleEndian.AppendUint64(nil, seed), p.CID...)), i}
		total += len(p.Text)
	}
	slices.SortFunc(order, func(a, b ranked) int { return bytes.Compare(a.rank[:], b.rank[:]) })
	var chosen []int
	for have, want := 0, fraction*float64(total); float64(have) < want; {
		next := order[len(chosen)].at
		have += len(c.train[next].Text)
		chosen = append(chosen, next)
	}
	slices.Sort(chosen)
	share := make([]Piece, len(chosen))
	for i, at := range chosen {
		share[i] = c.train[at]
	}
	return share, nil
}

// Encoder turns text into tokens; a model's tokenizer is one.
type Encoder interface {
	Encode(text string) []int32
}

// Encode returns the tokens of each piece.
func Encode(ps []Piece, enc Encoder) [][]int32 {
	out := make([][]int32, len(ps))
	for i, p := range ps {
		out[i] = enc.Encode(p.Text)
	}
	return out
}
