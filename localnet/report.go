package localnet

import (
	"encoding/json"
	"fmt"
	"io"
	"sort"
	"strings"
	"time"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/lipgloss/table"

	"github.com/myelin-go/myelin/bt"
)

// Row is one neuron in a report. Trust, consensus, incentive and dividends are fractions of 1; stake and emission are in alpha.
type Row struct {
	UID       bt.UID       `json:"uid"`
	Role      string       `json:"role"`
	Model     string       `json:"model"`
	Share     float64      `json:"share"`
	Hotkey    bt.AccountID `json:"hotkey"`
	Stake     float64      `json:"stake"`
	Trust     float64      `json:"trust"`
	Consensus float64      `json:"consensus"`
	Incentive float64      `json:"incentive"`
	Dividends float64      `json:"dividends"`
	Emission  float64      `json:"emission"` // per epoch
	Asked     uint64       `json:"asked"`
	Answered  uint64       `json:"answered"`

	kind string
}

// Report is the network at one block.
type Report struct {
	Type      string         `json:"type"` // epoch or final
	Height    bt.BlockNumber `json:"height"`
	Finalised bt.BlockNumber `json:"finalised"`
	StateRoot bt.Hash        `json:"stateRoot"`
	Epoch     uint64         `json:"epoch"`
	NetUID    bt.NetUID      `json:"netuid"`
	BlockTime float64        `json:"blockTimeMs"` // average of late
	Price     float64        `json:"price"`       // TAO per alpha
	PoolTao   float64        `json:"poolTao"`
	PoolAlpha float64        `json:"poolAlpha"`
	Emission  float64        `json:"emission"` // TAO per block into the pool, as liquidity or by buying alpha
	Seed      uint64         `json:"seed"`
	Neurons   []Row          `json:"neurons"`
}

// sortRows puts the best first: by incentive, then dividends, then uid.
func sortRows(rows []Row) {
	sort.SliceStable(rows, func(i, j int) bool {
		a, b := rows[i], rows[j]
		if a.Incentive != b.Incentive {
			return a.Incentive > b.Incentive
		}
		if a.Dividends != b.Dividends {
			return a.Dividends > b.Dividends
		}
		return a.UID < b.UID
	})
}

// presenter shows reports as they come; last tells that the network has ended with this one.
type presenter interface {
	show(r *Report, last bool)
}

// jsonLines prints one object a line.
type jsonLines struct{ w io.Writer }

func (p jsonLines) show(r *Report, last bool) {
	if last {
		r.Type = "final"
	}
	raw, err := json.Marshal(r)
	if err != nil {
		panic(err) // floats here are finite
	}
	fmt.Fprintf(p.w, "%s\n", raw)
}

// plainLines prints a line per epoch, and the whole table at the end.
type plainLines struct {
	w    io.Writer
	last uint64
	some bool
}

func (p *plainLines) show(r *Report, last bool) {
	if last {
		fmt.Fprint(p.w, render(r, false))
		return
	}
	if p.some && r.Epoch == p.last {
		return
	}
	p.last, p.some = r.Epoch, true
	var best []string
	for _, row := range r.Neurons {
		if row.Role == string(mining) && len(best) < 3 && row.Incentive > 0 {
			best = append(best, fmt.Sprintf("uid %d %s %.3f", row.UID, row.kind, row.Incentive))
		}
	}
	fmt.Fprintf(p.w, "epoch %d at block %d, finalised %d, price %.6f TAO, incentive: %s\n",
		r.Epoch, r.Height, r.Finalised, r.Price, orNone(strings.Join(best, ", ")))
}

func orNone(s string) string {
	if s == "" {
		return "none yet"
	}
	return s
}

// liveTable redraws the table in place.
type liveTable struct {
	w     io.Writer
	lines int
}

func (p *liveTable) show(r *Report, last bool) {
	text := render(r, true)
	again := ""
	if p.lines > 0 {
		again = fmt.Sprintf("\x1b[%dA\x1b[J", p.lines)
	}
	fmt.Fprint(p.w, again+text) // in one write, so that nobody sees half a table
	p.lines = strings.Count(text, "\n")
	if last {
		p.lines = 0
	}
}

var headings = []string{
	"uid", "neuron", "hotkey", "stake", "trust", "consensus", "incentive", "dividends", "emission", "answered/asked",
}

// render draws a report as text.
func render(r *Report, colour bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "block %d  finalised %d  block time %s  epoch %d  subnet %d\n",
		r.Height, r.Finalised, (time.Duration(r.BlockTime * float64(time.Millisecond))).Round(time.Millisecond), r.Epoch, r.NetUID)
	fmt.Fprintf(&b, "pool %.3f TAO / %.3f alpha  price %.6f TAO  emission %.6f TAO a block\n", r.PoolTao, r.PoolAlpha, r.Price, r.Emission)
	t := table.New().Border(lipgloss.RoundedBorder()).Headers(headings...)
	plain := lipgloss.NewStyle().Padding(0, 1)
	t.StyleFunc(func(row, col int) lipgloss.Style {
		s := plain
		if col >= 3 {
			s = s.Align(lipgloss.Right)
		}
		if !colour {
			return s
		}
		switch {
		case row == table.HeaderRow:
			return s.Bold(true)
		case row < len(r.Neurons) && r.Neurons[row].Role == string(validating):
			return s.Foreground(lipgloss.Color("6"))
		case row < len(r.Neurons) && r.Neurons[row].Incentive < 0.005:
			return s.Faint(true)
		}
		return s
	})
	for _, n := range r.Neurons {
		hotkey := n.Hotkey.String()
		t.Row(fmt.Sprint(n.UID), n.kind, hotkey[:6]+"…"+hotkey[len(hotkey)-4:], fmt.Sprintf("%.3f", n.Stake), fraction(n.Trust), fraction(n.Consensus),
			fraction(n.Incentive), fraction(n.Dividends), fmt.Sprintf("%.4f", n.Emission), fmt.Sprintf("%d/%d", n.Answered, n.Asked))
	}
	b.WriteString(t.Render())
	b.WriteByte('\n')
	return b.String()
}

// fraction prints a fraction with four digits; nothing at all is a dash, so that small is not taken for none.
func fraction(v float64) string {
	if v == 0 {
		return "–"
	}
	return fmt.Sprintf("%.4f", v)
}
