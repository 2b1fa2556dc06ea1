// Package scenario runs scripts that show a rule of the chain: who does what, what must fail and why, and tables of balances, pools, prices and neurons
// before and after. A script is written for an economist; testdata/README.md describes its language. Every step is a signed extrinsic that the
// runtime's own checks and its executive judge, in blocks of a chain in memory.
//
// It deliberately knows no rule: sentences are names for calls (sentence.go), tables read state (show.go), and any other call, event or storage item is
// told by its name in the metadata. It is for tests only and belongs to one goroutine a script.
package scenario

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
)

// Report is what a script did.
type Report struct {
	Title, Why string
	// Errors are those that it expects, each with its pallet's name.
	Errors []string
	// Calls are those that it made, failed ones included; Succeeded those that did what they should.
	Calls, Succeeded []string
	// Compared tells whether there are tables before and after something happened.
	Compared bool
	// Text is the script with its tables as they are.
	Text []byte
}

// Run runs a script of folder. The error names the line, what it says and what is so. With update, tables that differ are no errors; Text has them right.
func Run(folder fs.FS, file string, update bool) (*Report, error) {
	text, err := fs.ReadFile(folder, file)
	if err != nil {
		return nil, err
	}
	r := &runner{folder: folder, update: update, preset: "localnet", report: &Report{}}
	if err := r.lines(file, split(text)); err != nil {
		return r.report, err
	}
	r.report.Text = r.out.Bytes()
	return r.report, nil
}

// line is a statement with its place.
type line struct {
	file   string
	number int
	text   string
}

func (l line) errorf(format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s: %w", l.file, l.number, strings.TrimSpace(l.text), fmt.Errorf(format, args...))
}

func split(text []byte) []string { return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") }

type runner struct {
	folder fs.FS
	update bool
	preset string
	world  *world
	report *Report
	out    bytes.Buffer
	inner  int // how deep in loops and other files, where nothing is printed
	shown  bool
	moved  bool // since the first table
	made   line
}

func (r *runner) print(text string) {
	if r.inner == 0 {
		r.out.WriteString(text)
		r.out.WriteByte('\n')
	}
}

// lines runs the statements of a file.
func (r *runner) lines(file string, texts []string) error {
	all := make([]line, len(texts))
	for i, text := range texts {
		all[i] = line{file, i + 1, text}
	}
	if err := r.statements(all); err != nil {
		return err
	}
	if r.inner == 0 && r.world != nil {
		return r.settled()
	}
	return nil
}

func (r *runner) statements(all []line) error {
	for len(all) > 0 {
		l := all[0]
		r.print(l.text)
		words := strings.Fields(l.text)
		all = all[1:]
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		for open(l.text) && len(all) > 0 { // a value goes on in the next line
			r.print(all[0].text)
			l.text += " " + strings.TrimSpace(all[0].text)
			all = all[1:]
		}
		var err error
		switch words[0] {
		case "for", "together":
			all, err = r.blockOf(l, words, all)
		case "show":
			all, err = r.show(l, all)
		default:
			err = r.statement(l, words)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// open tells whether a bracket is not closed yet.
func open(text string) bool {
	return strings.Count(text, "{")+strings.Count(text, "[") > strings.Count(text, "}")+strings.Count(text, "]")
}

func (r *runner) statement(l line, words []string) error {
	rest := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(l.text), words[0]))
	switch words[0] {
	case "title":
		r.report.Title = rest
		return nil
	case "why":
		r.report.Why = strings.TrimSpace(r.report.Why + " " + rest)
		return nil
	case "chain":
		if presets[rest] == nil || r.world != nil {
			return l.errorf("want a known chain, before anything else")
		}
		r.preset = rest
		return nil
	}
	w := r.start()
	switch words[0] {
	case "given":
		return r.given(l, rest)
	case "use":
		return r.use(l, rest)
	case "call":
		if err := w.christen(rest); err != nil {
			return l.errorf("%w", err)
		}
		return nil
	case "expect":
		if err := r.expect(rest); err != nil {
			return l.errorf("%w", err)
		}
		return nil
	}
	if err := r.settled(); err != nil {
		return err
	}
	r.moved = r.shown
	switch words[0] {
	case "after", "at", "until":
		if err := r.wait(rest, words); err != nil {
			return l.errorf("%w", err)
		}
		return nil
	}
	signer, said, _ := strings.Cut(strings.TrimSpace(l.text), " ")
	what, err := w.sentence(signer, strings.TrimSpace(said))
	if err != nil {
		return l.errorf("%w", err)
	}
	r.made = l
	r.report.Calls = append(r.report.Calls, what.call.String())
	if err := w.submit(signer, what); err != nil {
		return l.errorf("%w", err)
	}
	if w.last.failed != "" || w.last.refused {
		return nil
	}
	r.report.Succeeded = append(r.report.Succeeded, what.call.String())
	if what.asRoot {
		r.report.Succeeded = append(r.report.Succeeded, "Sudo.sudo")
	}
	if held, ok := w.proxied(what.call); ok {
		r.report.Succeeded = append(r.report.Succeeded, held.String())
	}
	if what.after != nil {
		if err := what.after(w); err != nil {
			return l.errorf("%w", err)
		}
	}
	return nil
}

// start makes the chain with the first statement that needs it.
func (r *runner) start() *world {
	if r.world == nil {
		r.world = newWorld(presets[r.preset]())
	}
	return r.world
}

// settled refuses to go on after a call that failed when the script did not say so.
func (r *runner) settled() error {
	last := &r.world.last
	if last.seen || last.failed == "" && !last.refused {
		return nil
	}
	if last.refused {
		return r.made.errorf("refused: %s %s", last.code, last.failed)
	}
	return r.made.errorf("failed: %s", last.failed)
}

// given changes the first state: "alice has 10 TAO", or "Pallet.Item[keys] = value".
func (r *runner) given(l line, rest string) error {
	w := r.world
	if name, sum, ok := strings.Cut(rest, " has "); ok {
		who, err := w.account(name)
		if err != nil {
			return l.errorf("%w", err)
		}
		v, err := w.parseValue(sum)
		if err != nil {
			return l.errorf("%w", err)
		}
		tao, ok := number(v)
		if !ok {
			return l.errorf("want an amount such as 10 TAO")
		}
		if err := w.fund(who, bt.Rao(tao)); err != nil {
			return l.errorf("%w", err)
		}
		return nil
	}
	place, value, ok := strings.Cut(rest, " = ")
	if !ok {
		return l.errorf("want \"given NAME has N TAO\" or \"given Pallet.Item[keys] = value\"")
	}
	entry, err := w.place(place)
	if err != nil {
		return l.errorf("%w", err)
	}
	v, err := w.parseValue(value)
	if err != nil {
		return l.errorf("%w", err)
	}
	raw, err := w.codec.Encode(entry.valueType, v)
	if err != nil {
		return l.errorf("%w", err)
	}
	if err := w.edit(func(c *frame.Ctx) error { c.State.Set(entry.key, raw); return nil }); err != nil {
		return l.errorf("%w", err)
	}
	return nil
}

// use runs another file's statements here.
func (r *runner) use(l line, name string) error {
	file := path.Join(path.Dir(l.file), name+".part")
	text, err := fs.ReadFile(r.folder, file)
	if err != nil {
		return l.errorf("%w", err)
	}
	r.inner++
	defer func() { r.inner-- }()
	return r.lines(file, split(text))
}

// blockOf runs the lines up to the next "end": several times, or within one block of the chain.
func (r *runner) blockOf(l line, words []string, all []line) (rest []line, err error) {
	end := slices.IndexFunc(all, func(x line) bool { return strings.TrimSpace(x.text) == "end" })
	if end < 0 {
		return nil, l.errorf("there is no end")
	}
	body, rest := all[:end], all[end+1:]
	for _, x := range all[:end+1] {
		r.print(x.text)
	}
	r.inner++
	defer func() { r.inner-- }()
	if words[0] == "together" {
		return rest, r.together(l, body)
	}
	var name string
	var from, to int
	if _, err := fmt.Sscanf(strings.TrimSpace(l.text), "for %s from %d to %d", &name, &from, &to); err != nil {
		return nil, l.errorf("want \"for NAME from A to B\": %w", err)
	}
	for i := from; i <= to; i++ {
		var lines []line
		for _, x := range body {
			lines = append(lines, line{x.file, x.number, strings.ReplaceAll(x.text, "$"+name, strconv.Itoa(i))})
		}
		if err := r.statements(lines); err != nil {
			return nil, err
		}
	}
	return rest, nil
}

func (r *runner) together(l line, body []line) error {
	w := r.start()
	if err := r.settled(); err != nil {
		return err
	}
	if err := w.open(); err != nil {
		return l.errorf("%w", err)
	}
	w.last = attempt{}
	if err := r.statements(body); err != nil {
		return err
	}
	if err := r.settled(); err != nil {
		return err
	}
	w.close()
	w.last.index = -1
	return nil
}

// mostBlocks bounds waiting for an epoch.
const mostBlocks = 20_000

// wait lets blocks pass: "after 3 blocks", "at block 100", "until an epoch of subnet 2".
func (r *runner) wait(rest string, words []string) error {
	w := r.world
	if w.block != nil {
		return fmt.Errorf("no time passes within a block")
	}
	var n int
	switch words[0] {
	case "after":
		if _, err := fmt.Sscanf(rest, "%d block", &n); err != nil {
			return fmt.Errorf("want \"after N blocks\": %w", err)
		}
		return w.pass(n)
	case "at":
		if _, err := fmt.Sscanf(rest, "block %d", &n); err != nil || n < int(w.head.Number) {
			return fmt.Errorf("want \"at block N\", N not below %d", w.head.Number)
		}
		return w.pass(n - int(w.head.Number))
	}
	if _, err := fmt.Sscanf(rest, "an epoch of subnet %d", &n); err != nil {
		return fmt.Errorf("want \"until an epoch of subnet N\": %w", err)
	}
	for range mostBlocks {
		if err := w.pass(1); err != nil {
			return err
		}
		if w.epochRan(bt.NetUID(n)) {
			return nil
		}
	}
	return fmt.Errorf("no epoch within %d blocks", mostBlocks)
}
