package yuma

// Commit is a weight commit that waits for its reveal.
type Commit struct {
	UID      uint16
	Epoch    uint64 // the epoch in which it was made
	Block    uint64 // the block in which it was made
	Timelock bool   // revealed by time; else by its hash's owner
}

// CommitBlocks is Input.CommitBlocks for the commits of a mechanism, in the order of storage: the block of each neuron's
// earliest live commit. A commit is live until period epochs after its own. Of the hash commits of a neuron only the
// first live one counts, of the timelocked ones all.
func CommitBlocks(neurons int, commits []Commit, epoch, period uint64) []uint64 {
	blocks := make([]uint64, neurons)
	hashed := make([]bool, neurons)
	for i := range blocks {
		blocks[i] = NoCommit
	}
	for _, c := range commits {
		if int(c.UID) >= neurons || epoch > saturatingAdd(c.Epoch, period) {
			continue
		}
		if !c.Timelock {
			if hashed[c.UID] {
				continue
			}
			hashed[c.UID] = true
		}
		blocks[c.UID] = min(blocks[c.UID], c.Block)
	}
	return blocks
}
