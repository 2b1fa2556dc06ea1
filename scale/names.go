package scale

import (
	"reflect"
	"strings"
	"unicode"
)

// FieldName is the name of a struct field in metadata: its tag `name:"…"`, or its Go name in snake case.
func FieldName(f reflect.StructField) string {
	if n := f.Tag.Get("name"); n != "" {
		return n
	}
	return SnakeCase(f.Name)
}

// SnakeCase turns a Go name into the wire's form: "SetWeights" becomes "set_weights". The wire writes "netuid" and "uids" as one word.
func SnakeCase(name string) string {
	var b strings.Builder
	runes := []rune(oneWord.Replace(name))
	for i, r := range runes {
		if unicode.IsUpper(r) && i > 0 {
			before, last := runes[i-1], i+1 == len(runes)
			if !unicode.IsUpper(before) || !last && unicode.IsLower(runes[i+1]) {
				b.WriteByte('_')
			}
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// IsTuple tells whether t is a struct whose fields have no names: one that embeds Tuple.
func IsTuple(t reflect.Type) bool {
	if t.Kind() != reflect.Struct || t.NumField() == 0 {
		return false
	}
	f := t.Field(0)
	return f.Anonymous && f.Type == reflect.TypeFor[Tuple]()
}

var oneWord = strings.NewReplacer("NetUIDs", "Netuids", "NetUID", "Netuid", "UIDs", "Uids")

// Union is implemented by types that encode themselves and are enums in the metadata: it lists the variants. Where Fields is not set and Type is no Unit, a
// variant has one unnamed field.
type Union interface{ Union() []EnumVariant }
