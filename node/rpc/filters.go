package rpc

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/myelin-go/myelin/node/rpc/jsonrpc"
)

// filters are the methods about the node's log and its peers that an operator has.
func (a *api) filters(r *jsonrpc.Registry) {
	var first slog.Level
	if a.LogLevel != nil {
		first = a.LogLevel.Level()
	}
	fixed := jsonrpc.Errorf(jsonrpc.CodeServer, "The level of this node's log is fixed")
	r.Call(a.unsafe(func(_ context.Context, p jsonrpc.Params) (any, error) {
		var directives string
		if err := need(p, 1, &directives); err != nil {
			return nil, err
		}
		level, err := parseDirectives(directives)
		if err != nil {
			return nil, jsonrpc.Errorf(jsonrpc.CodeParams, "Invalid params: %v", err)
		}
		if a.LogLevel == nil {
			return nil, fixed
		}
		a.LogLevel.Set(min(level, a.LogLevel.Level()))
		return nil, nil
	}), "system_addLogFilter")
	r.Call(a.unsafe(func(_ context.Context, p jsonrpc.Params) (any, error) {
		if err := p.Bind(); err != nil {
			return nil, err
		}
		if a.LogLevel == nil {
			return nil, fixed
		}
		a.LogLevel.Set(first)
		return nil, nil
	}), "system_resetLogFilter")

	// Peers belong to consensus, which is told them when the node starts; Substrate's network of nodes is not there.
	for _, name := range []string{"system_addReservedPeer", "system_removeReservedPeer"} {
		r.Call(a.unsafe(func(_ context.Context, p jsonrpc.Params) (any, error) {
			var peer string
			if err := need(p, 1, &peer); err != nil {
				return nil, err
			}
			return nil, jsonrpc.Errorf(jsonrpc.CodeServer, "The peers of this node are named when it starts, by --peer: %q is neither added nor removed", peer)
		}), name)
	}
	r.Call(func(context.Context, jsonrpc.Params) (any, error) { return []string{}, nil }, "system_reservedPeers")
}

// parseDirectives reads Substrate's form, a list of target=level or level by commas, as the most verbose level in it: this node's log has no targets.
func parseDirectives(text string) (slog.Level, error) {
	levels := map[string]slog.Level{
		"off": slog.LevelError + 4, "error": slog.LevelError, "warn": slog.LevelWarn, "info": slog.LevelInfo, "debug": slog.LevelDebug, "trace": slog.LevelDebug - 4,
	}
	most := levels["off"]
	for _, directive := range strings.Split(text, ",") {
		name := strings.TrimSpace(directive[strings.LastIndex(directive, "=")+1:])
		level, ok := levels[strings.ToLower(name)]
		if !ok {
			return 0, fmt.Errorf("%q is no level, want off, error, warn, info, debug or trace, or target=level", name)
		}
		most = min(most, level)
	}
	return most, nil
}
