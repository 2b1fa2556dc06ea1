package surface

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/myelin-go/myelin/chain/frame"
)

// What the code of a call can reach is read from the program's text: the errors that it may fail with and the origins that it asks for. Where a value of an interface
// is called, every implementation in the chain counts; a switch over the arguments' type counts only where it speaks of the call's own.

const chainRoot = "github.com/myelin-go/myelin/chain"

// code is the chain's packages, type-checked.
type code struct {
	info   *types.Info
	bodies map[*types.Func]ast.Node
	locals map[types.Object]ast.Expr // what a variable is first set to
	// implementers are the methods of the chain's types, by name.
	implementers map[string][]*types.Func
	calls        map[string]*callCode // by Pallet.call
	errors       map[*types.Var]string
}

// callCode is where the code of a call begins.
type callCode struct {
	pallet  string // package and type
	field   *types.Var
	args    types.Type
	roots   []ast.Node
	method  *types.Func
	weighed bool // its cost depends on the arguments
}

// reached is what a call's code may come to.
type reached struct {
	errors  []string // Pallet.Error, or Substrate's own as Token.BelowMinimum
	origins []string // the functions that ask who calls
	free    bool     // it may turn out to cost nothing
	dynamic bool     // its cost depends on its arguments
}

var loadCode = sync.OnceValues(readCode)

func programText(t *testing.T) *code {
	t.Helper()
	c, err := loadCode()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// readCode type-checks the packages below chain from their text and takes all others from what the compiler left.
func readCode() (*code, error) {
	ownText, err := goList("-deps", "-f", "{{.ImportPath}}|{{.Dir}}|{{range .GoFiles}}{{.}} {{end}}|{{range .Imports}}{{.}} {{end}}", chainRoot+"/genesis")
	if err != nil {
		return nil, err
	}
	others := map[string]bool{}
	for _, part := range ownText {
		for _, imp := range strings.Fields(part[3]) {
			if inChain(part[0]) && !inChain(imp) {
				others[imp] = true
			}
		}
	}
	compiledText, err := goList(append([]string{"-export", "-f", "{{.ImportPath}}|{{.Export}}"}, slices.Sorted(maps.Keys(others))...)...)
	if err != nil {
		return nil, err
	}
	exports := map[string]string{}
	for _, part := range compiledText {
		exports[part[0]] = part[1]
	}
	c := &code{
		info: &types.Info{Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}, Types: map[ast.Expr]types.TypeAndValue{},
			Selections: map[*ast.SelectorExpr]*types.Selection{}},
		bodies: map[*types.Func]ast.Node{}, locals: map[types.Object]ast.Expr{}, implementers: map[string][]*types.Func{},
		calls: map[string]*callCode{}, errors: map[*types.Var]string{},
	}
	fset, ready := token.NewFileSet(), map[string]*types.Package{}
	compiled := importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
	var files []*ast.File
	for _, part := range ownText {
		name := part[0]
		if !inChain(name) {
			continue
		}
		var own []*ast.File
		for _, file := range strings.Fields(part[2]) {
			f, err := parser.ParseFile(fset, filepath.Join(part[1], file), nil, parser.SkipObjectResolution)
			if err != nil {
				return nil, err
			}
			own = append(own, f)
		}
		conf := types.Config{Importer: importing(func(path string) (*types.Package, error) {
			if p := ready[path]; p != nil {
				return p, nil
			}
			return compiled.Import(path)
		})}
		p, err := conf.Check(name, fset, own, c.info)
		if err != nil {
			return nil, err
		}
		ready[name] = p
		files = append(files, own...)
	}
	for _, f := range files {
		c.note(f)
	}
	for name, p := range ready {
		if strings.HasPrefix(name, chainRoot+"/pallets/") {
			c.declarations(p)
		}
	}
	for _, f := range files {
		c.handlers(f)
	}
	return c, nil
}

func inChain(path string) bool { return strings.HasPrefix(path+"/", chainRoot+"/") }

// goList is the answer of go list, a line taken apart at each bar.
func goList(args ...string) (out [][]string, err error) {
	list, failed := exec.Command("go", append([]string{"list"}, args...)...), new(bytes.Buffer)
	list.Stderr = failed
	text, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w: %s", err, failed)
	}
	for line := range strings.Lines(string(text)) {
		out = append(out, strings.Split(strings.TrimSuffix(line, "\n"), "|"))
	}
	return out, nil
}

type importing func(path string) (*types.Package, error)

func (f importing) Import(path string) (*types.Package, error) { return f(path) }

// note remembers the functions of a file and what its variables are set to.
func (c *code) note(f *ast.File) {
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			fn, ok := c.info.Defs[n.Name].(*types.Func)
			if ok && n.Body != nil {
				c.bodies[fn] = n.Body
				if n.Recv != nil {
					c.implementers[fn.Name()] = append(c.implementers[fn.Name()], fn)
				}
			}
		case *ast.AssignStmt:
			for i, to := range n.Lhs {
				if id, ok := to.(*ast.Ident); ok && len(n.Lhs) == len(n.Rhs) && c.info.Defs[id] != nil {
					c.locals[c.info.Defs[id]] = n.Rhs[i]
				}
			}
		}
		return true
	})
}

// declarations finds the pallets of a package: structs with Call and Error.
func (c *code) declarations(p *types.Package) {
	for _, name := range p.Scope().Names() {
		t, ok := p.Scope().Lookup(name).(*types.TypeName)
		if !ok || !isPallet(t.Type()) {
			continue
		}
		calls := member(t.Type(), p, "Call")
		for i := range calls.NumFields() {
			f, tag := calls.Field(i), reflect.StructTag(calls.Tag(i))
			named, ok := f.Type().(*types.Named)
			if !ok || named.Obj().Name() != "Call" {
				continue
			}
			wire := frame.SnakeCase(f.Name())
			if n := tag.Get("name"); n != "" {
				wire = n
			}
			k := &callCode{pallet: p.Path() + "." + name, field: f, args: named.TypeArgs().At(0)}
			if m, _, _ := types.LookupFieldOrMethod(types.NewPointer(t.Type()), true, p, f.Name()); m != nil {
				k.method, _ = m.(*types.Func)
			}
			c.calls[k.pallet+"."+wire] = k
		}
	}
}

func isPallet(t types.Type) bool {
	_, isStruct := t.Underlying().(*types.Struct)
	return isStruct && member(t, nil, "Call") != nil
}

// member is the struct of a field that a type has or embeds, or nil.
func member(t types.Type, p *types.Package, name string) *types.Struct {
	f, _, _ := types.LookupFieldOrMethod(t, true, p, name)
	v, ok := f.(*types.Var)
	if !ok {
		return nil
	}
	s, _ := v.Type().Underlying().(*types.Struct)
	return s
}

// handlers finds the statements that give calls their handlers or weighers.
func (c *code) handlers(f *ast.File) {
	byField := map[*types.Var][]*callCode{}
	for _, k := range c.calls {
		byField[k.field] = append(byField[k.field], k)
	}
	var path []ast.Node
	ast.Inspect(f, func(n ast.Node) bool {
		if n == nil {
			path = path[:len(path)-1]
			return true
		}
		path = append(path, n)
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		field, ok := c.info.Uses[sel.Sel].(*types.Var)
		if !ok || byField[field] == nil {
			return true
		}
		at := slices.IndexFunc(path, func(n ast.Node) bool { _, ok := n.(*ast.FuncDecl); return ok })
		var statement ast.Node
		for _, n := range path[at+1:] {
			if s, ok := n.(ast.Stmt); ok {
				if _, block := s.(*ast.BlockStmt); !block {
					statement = s
				}
			}
		}
		for _, k := range byField[field] {
			if called := calledName(statement); called == "Weigh" {
				k.weighed = true
			} else {
				k.roots = append(k.roots, statement)
			}
		}
		return true
	})
}

func calledName(n ast.Node) string {
	s, ok := n.(*ast.ExprStmt)
	if !ok {
		return ""
	}
	call, ok := s.X.(*ast.CallExpr)
	if !ok {
		return ""
	}
	if sel, ok := call.Fun.(*ast.SelectorExpr); ok {
		return sel.Sel.Name
	}
	return ""
}

// from tells what the code of a call reaches, beginning at its handler; the errors of the guard, a function, count too.
func (c *code) from(k *callCode, guard string) reached {
	w := &walk{code: c, args: k.args, seen: map[any]bool{}, errors: map[string]bool{}, origins: map[string]bool{}}
	w.out.dynamic = k.weighed
	for _, root := range k.roots {
		w.visit(root)
	}
	if len(k.roots) == 0 && k.method != nil {
		w.function(k.method)
	}
	w.out.origins = slices.Sorted(maps.Keys(w.origins))
	for fn := range c.bodies {
		if fn.FullName() == guard {
			w.function(fn)
		}
	}
	w.out.errors = slices.Sorted(maps.Keys(w.errors))
	return w.out
}

// walk goes through the code of one call.
type walk struct {
	*code
	args            types.Type
	seen            map[any]bool
	errors, origins map[string]bool
	out             reached
}

// Functions whose own code is not gone through: they are told about in other words.
var leaves = map[string]bool{
	"(*" + chainRoot + "/pallets/adminutils.Pallet).change":                    true, // its rules are declared
	"(*" + chainRoot + "/pallets/subtensor.Pallet).checkColdkeySwap":           true, // concerns every call
	"(*" + chainRoot + "/pallets/subtensor/stakepool.Pools).EnsureOwnerOrRoot": true,
	"(*" + chainRoot + "/pallets/subtensor/tempo.Room).ensureOwner":            true,
}

func (w *walk) function(fn *types.Func) {
	fn = fn.Origin()
	if w.seen[fn] {
		return
	}
	w.seen[fn] = true
	if w.asks(fn) || leaves[fn.FullName()] || fn.Pkg() == nil {
		return
	}
	if in := fn.Pkg().Path(); in == chainRoot+"/storage" || in == chainRoot+"/frame" || in == chainRoot+"/trie" {
		return
	}
	if body := w.bodies[fn]; body != nil {
		w.visit(body)
		return
	}
	recv := fn.Signature().Recv()
	if recv == nil {
		return
	}
	iface, ok := recv.Type().Underlying().(*types.Interface)
	if !ok || !inChain(fn.Pkg().Path()) {
		return
	}
	for _, m := range w.implementers[fn.Name()] {
		if types.Implements(m.Signature().Recv().Type(), iface) {
			w.function(m)
		}
	}
}

// asks notes a function that asks who calls.
func (w *walk) asks(fn *types.Func) bool {
	switch fn.Name() {
	case "EnsureRoot", "EnsureNone", "Signer", "IsRoot", "IsNone", "Account", "Permits":
		if fn.Pkg().Path() == chainRoot+"/frame" {
			if fn.Name() != "Permits" {
				w.origins[fn.Name()] = true
			}
			return true
		}
	case "EnsureOwnerOrRoot", "ensureOwner":
		w.origins[fn.Name()] = true
		return true
	case "Free":
		if fn.FullName() == "(*"+chainRoot+"/frame.Ctx).Free" {
			w.out.free = true
			return true
		}
	}
	return false
}

func (w *walk) visit(n ast.Node) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.TypeSwitchStmt:
			if w.overArguments(n) {
				for _, s := range n.Body.List {
					if clause := s.(*ast.CaseClause); w.concerns(clause) {
						for _, s := range clause.Body {
							w.visit(s)
						}
					}
				}
				return false
			}
		case *ast.Ident:
			switch o := w.info.Uses[n].(type) {
			case *types.Func:
				w.function(o)
			case *types.Const:
				w.constant(o)
			case *types.Var:
				w.variable(o)
			}
		}
		return true
	})
}

// overArguments tells whether a switch is over the type of a call's arguments.
func (w *walk) overArguments(n *ast.TypeSwitchStmt) bool {
	var x ast.Expr
	switch s := n.Assign.(type) {
	case *ast.AssignStmt:
		x = s.Rhs[0].(*ast.TypeAssertExpr).X
	case *ast.ExprStmt:
		x = s.X.(*ast.TypeAssertExpr).X
	}
	i, ok := w.info.Types[x].Type.Underlying().(*types.Interface)
	return ok && i.NumMethods() == 0
}

func (w *walk) concerns(clause *ast.CaseClause) bool {
	return len(clause.List) == 0 || slices.ContainsFunc(clause.List, func(e ast.Expr) bool {
		t := w.info.Types[e].Type
		return t != nil && types.Identical(t, types.NewPointer(w.args))
	})
}

// constant notes Substrate's own errors that are numbers.
func (w *walk) constant(o *types.Const) {
	if named, ok := o.Type().(*types.Named); ok && o.Pkg() != nil && o.Pkg().Path() == chainRoot+"/frame" {
		if kind, ok := strings.CutSuffix(named.Obj().Name(), "Error"); ok {
			w.errors[kind+"."+o.Name()] = true
		}
	}
}

// variable notes errors, and goes on with what a local variable was set to.
func (w *walk) variable(v *types.Var) {
	if w.seen[v] {
		return
	}
	w.seen[v] = true
	if name := w.code.errors[v]; name != "" {
		w.errors[name] = true
		return
	}
	if v.Pkg() != nil && v.Pkg().Path() == chainRoot+"/frame" && v.Parent() == v.Pkg().Scope() && v.Name() != "BadOrigin" {
		if v.Type() == types.Universe.Lookup("error").Type() {
			w.errors[strings.Replace(v.Name(), "Corrupt", "Corruption", 1)] = true
		}
		return
	}
	if set := w.locals[v]; set != nil {
		w.visit(set)
	}
}

// bind finds the code of the pallets of a runtime and gives their errors their names on the wire.
func (c *code) bind(t *testing.T, pallets []*frame.Description) map[string]*callCode {
	t.Helper()
	out := map[string]*callCode{}
	byType := map[string][]string{}
	for name := range c.calls {
		at := strings.LastIndex(name, ".")
		byType[name[:at]] = append(byType[name[:at]], name[at+1:])
	}
	for _, d := range pallets {
		var names []string
		for _, v := range d.Calls {
			names = append(names, v.Name)
		}
		if len(names) == 0 {
			continue
		}
		slices.Sort(names)
		found := ""
		for typ, list := range byType {
			if slices.Sort(list); slices.Equal(list, names) {
				found = typ
			}
		}
		if found == "" {
			t.Errorf("the pallet %s was not found in the program's text", d.Name)
			continue
		}
		for _, name := range names {
			out[d.Name+"."+name] = c.calls[found+"."+name]
		}
		errs := member(c.calls[found+"."+names[0]].field.Pkg().Scope().Lookup(found[strings.LastIndex(found, ".")+1:]).Type(), c.calls[found+"."+names[0]].field.Pkg(), "Error")
		if errs == nil {
			continue
		}
		for i := range errs.NumFields() {
			c.errors[errs.Field(i)] = d.Name + "." + errs.Field(i).Name()
		}
	}
	return out
}
