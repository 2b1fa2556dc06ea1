package economics

import (
	"fmt"
	"strings"
)

// decimals writes an amount in units of 1e9 with all its digits.
func decimals(v uint64) string { return fmt.Sprintf("%d.%09d", v/1e9, v%1e9) }

// Markdown is the report as tables.
func (r Report) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Blocks %d to %d: %d blocks, %d epochs of the subnet.\n", r.First, r.Last, r.Last-r.First+1, r.Epochs)
	for _, m := range []struct {
		unit string
		book Book
	}{{"TAO", r.Tao}, {"alpha of the subnet", r.Alpha}} {
		fmt.Fprintf(&b, "\n| %s from | to | why | amount |\n|---|---|---|---:|\n", m.unit)
		for _, f := range m.book.Flows {
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", f.From, f.To, f.Why, decimals(f.Amount))
		}
		fmt.Fprintf(&b, "\n| %s in | before | came | went | after |\n|---|---:|---:|---:|---:|\n", m.unit)
		for _, a := range m.book.Accounts {
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", a.Name, decimals(a.Opening), decimals(m.book.Sum("", a.Name)), decimals(m.book.Sum(a.Name, "")), decimals(a.Closing))
		}
	}
	return b.String()
}

// box is a place in the picture, by its middle.
type box struct {
	name, title string
	x, y        int
}

const boxWidth, boxHeight = 120, 46

// The picture's two halves: TAO on the left, the subnet's alpha on the right.
var (
	taoBoxes = []box{
		{minted, "TAO minted", 230, 90}, {recycled, "recycled", 420, 90},
		{rivals, "other subnet", 90, 240}, {ourCustody, "subnet's custody", 320, 240},
		{people, "wallets", 90, 430}, {rootCustody, "root's custody", 330, 430}, {author, "block author", 90, 570},
	}
	alphaBoxes = []box{
		{minted, "alpha minted", 780, 90},
		{reserve, "pool's alpha", 570, 240}, {claims, "root's claims", 780, 240}, {pending, "pending", 980, 240}, {rounding, "lost to rounding", 1130, 120},
		{protocol, "protocol", 490, 430}, {validators, "validators, stakers", 730, 430}, {miners, "miners", 890, 430}, {owners, "owner", 1100, 430},
		{destroyed, "destroyed", 590, 570}, {recycled, "recycled", 770, 570}, {burned, "burned", 1010, 570},
	}
)

// SVG is the report as a picture: boxes, and an arrow for all money that went from one to another.
func (r Report) SVG() string {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1200 630" font-family="sans-serif" font-size="12" text-anchor="middle">
<title>Where TAO and alpha went in blocks %d to %d</title>
<defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#456"/></marker></defs>
<rect width="1200" height="630" fill="white"/>
<text x="240" y="36" font-size="16">TAO</text>
<text x="780" y="36" font-size="16">alpha of the subnet</text>
<path d="M380 240H510" stroke="#456" stroke-dasharray="4 4"/>
<text x="445" y="232" fill="#456">one pool</text>
`, r.First, r.Last)
	draw(&b, taoBoxes, r.Tao)
	draw(&b, alphaBoxes, r.Alpha)
	b.WriteString("</svg>\n")
	return b.String()
}

func draw(b *strings.Builder, boxes []box, book Book) {
	for _, from := range boxes {
		for _, to := range boxes {
			if sum := book.Sum(from.name, to.name); from != to && sum > 0 {
				arrow(b, from, to, book.Sum(to.name, from.name) > 0, sum)
			}
		}
	}
	for _, x := range boxes {
		fmt.Fprintf(b, `<rect x="%d" y="%d" width="%d" height="%d" rx="6" fill="#eef3f8" stroke="#456"/>`, x.x-boxWidth/2, x.y-boxHeight/2, boxWidth, boxHeight)
		fmt.Fprintf(b, `<text x="%d" y="%d">%s</text>`, x.x, x.y-4, x.title)
		fmt.Fprintf(b, `<text x="%d" y="%d" font-size="11" fill="#345">%s</text>`+"\n", x.x, x.y+14, change(book, x.name))
	}
}

// change is what a place gained or lost in the window.
func change(book Book, name string) string {
	in, out := book.Sum("", name), book.Sum(name, "")
	switch {
	case name == minted:
		return short(out)
	case in >= out:
		return "+" + short(in-out)
	}
	return "−" + short(out-in)
}

// short is an amount to the fourth decimal, or in its smallest units where that shows nothing.
func short(v uint64) string {
	if v > 0 && v < 1e5 {
		return fmt.Sprintf("%de-9", v)
	}
	return fmt.Sprintf("%d.%04d", v/1e9, v%1e9/1e5)
}

// arrow goes from edge to edge of two boxes; of two that go both ways, each is moved aside.
func arrow(b *strings.Builder, from, to box, both bool, sum uint64) {
	x1, y1, x2, y2 := from.x, from.y, to.x, to.y
	if both {
		aside := 16
		if from.y > to.y || from.y == to.y && from.x > to.x {
			aside = -aside
		}
		x1, x2 = x1+aside, x2+aside
	}
	x1, y1, x2, y2 = edge(x1, y1, x2, y2, from)[0], edge(x1, y1, x2, y2, from)[1], edge(x2, y2, x1, y1, to)[0], edge(x2, y2, x1, y1, to)[1]
	fmt.Fprintf(b, `<path d="M%d %dL%d %d" stroke="#456" marker-end="url(#head)"/>`, x1, y1, x2, y2)
	// Where two arrows run beside each other, one carries its figure nearer to its start.
	mx, my := (x1+x2)/2, (y1+y2)/2
	if both {
		mx, my = (2*x1+x2)/3, (2*y1+y2)/3
	}
	if y1 == y2 {
		my -= 10
	}
	fmt.Fprintf(b, `<rect x="%d" y="%d" width="56" height="14" fill="white" opacity="0.85"/><text x="%d" y="%d" font-size="11">%s</text>`+"\n", mx-28, my-8, mx, my+3, short(sum))
}

// edge is where the line from a box's middle (or beside it) to a point leaves the box.
func edge(x, y, toX, toY int, of box) [2]int {
	dx, dy := toX-x, toY-y
	w, h := boxWidth/2, boxHeight/2
	if dx > 0 {
		w = of.x + w - x
	} else {
		w = x - (of.x - w)
	}
	ax, ay := max(dx, -dx), max(dy, -dy)
	if ax*h <= ay*w { // through the top or the bottom
		return [2]int{x + dx*h/ay, y + dy*h/ay}
	}
	return [2]int{x + dx*w/ax, y + dy*w/ax}
}
