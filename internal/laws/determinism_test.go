package laws

import (
	"go/ast"
	"go/token"
	"go/types"
	"path"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"
)

// deterministic lists the rooms under the law: the ground floor and the chain.
var deterministic = []string{"internal/hash", "scale", "fixed", "bt", "keys", "yuma", "amm", "emission", "delegation", "conviction", "pow", "tlock", "chain"}

// forbidden are packages that bring time, chance, logs or the world outside into a block.
var forbidden = []string{
	"time", "math/rand", "math/rand/v2", "log", "log/slog", "os", "net", "net/http", "sync/atomic", "context", "runtime", "unsafe",
}

// A range over a map is lawful where its order cannot show; such places say so by a comment with these words on the line before.
const orderIsIrrelevant = "order does not matter:"

func TestChainIsDeterministic(t *testing.T) {
	patterns := make([]string, 0, len(deterministic))
	for _, r := range deterministic {
		patterns = append(patterns, "../../"+r+"/...")
	}
	pkgs, err := packages.Load(&packages.Config{
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedSyntax | packages.NeedTypes | packages.NeedTypesInfo | packages.NeedImports | packages.NeedDeps,
	}, patterns...)
	if err != nil {
		t.Fatal(err)
	}
	if len(pkgs) < 8 {
		t.Fatalf("found only %d packages", len(pkgs))
	}
	for _, p := range pkgs {
		for _, e := range p.Errors {
			t.Errorf("%s: %v", p.PkgPath, e)
		}
		if p.Name == "main" { // generators
			continue
		}
		for _, f := range p.Syntax {
			check(t, p, f)
		}
	}
}

func check(t *testing.T, p *packages.Package, f *ast.File) {
	position := p.Fset.Position(f.Pos())
	file := strings.TrimPrefix(p.PkgPath, module) + "/" + path.Base(position.Filename)
	complain := func(n ast.Node, what string) {
		t.Errorf("%s:%d: %s breaks the law of determinism", file, p.Fset.Position(n.Pos()).Line, what)
	}
	for _, imp := range f.Imports {
		if name := strings.Trim(imp.Path.Value, `"`); slices.Contains(forbidden, name) {
			complain(imp, "import of "+name)
		}
	}
	lawful := lawfulLines(p.Fset, f)
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			complain(n, "a goroutine")
		case *ast.SelectStmt:
			complain(n, "a select")
		case *ast.RangeStmt:
			if tv, ok := p.TypesInfo.Types[n.X]; ok {
				if _, isMap := tv.Type.Underlying().(*types.Map); isMap && !lawful[p.Fset.Position(n.Pos()).Line] {
					complain(n, "a range over a map")
				}
			}
		case ast.Expr:
			if tv, ok := p.TypesInfo.Types[n]; ok && tv.Type != nil {
				if b, ok := tv.Type.Underlying().(*types.Basic); ok && b.Info()&(types.IsFloat|types.IsComplex) != 0 {
					complain(n, "a float")
					return false
				}
			}
		}
		return true
	})
}

// lawfulLines are the lines behind a comment that says why the order of a map does not show.
func lawfulLines(fset *token.FileSet, f *ast.File) map[int]bool {
	out := map[int]bool{}
	for _, group := range f.Comments {
		if strings.Contains(group.Text(), orderIsIrrelevant) {
			out[fset.Position(group.End()).Line+1] = true
		}
	}
	return out
}
