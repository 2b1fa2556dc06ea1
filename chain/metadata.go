package chain

// Metadata is the runtime's description of itself in a version, raw: "meta", the version, the content. Versions 14 and 15 are served.
func (r *Runtime) Metadata(version uint32) ([]byte, bool) {
	raw, ok := r.metadata[version]
	return raw, ok
}
