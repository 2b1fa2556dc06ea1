package comet

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	cometlog "github.com/cometbft/cometbft/libs/log"
)

// logger gives CometBFT's words to ours, a step quieter: what it tells of each block is for those who debug it.
type logger struct {
	log    *slog.Logger
	engine *Engine
	peers  bool // the part that talks to peers: a connection that ends is no error of ours
}

func (l logger) Debug(string, ...any)       {}
func (l logger) Info(msg string, kv ...any) { l.print(slog.LevelDebug, msg, kv) }
func (l logger) Warn(msg string, kv ...any) { l.print(slog.LevelInfo, msg, kv) }

// With adds pairs to everything that is told.
func (l logger) With(kv ...any) cometlog.Logger {
	l.log = l.log.With(kv...)
	l.peers = l.peers || len(kv) >= 2 && kv[0] == "module" && kv[1] == "p2p"
	return l
}

// Error is also where a halt of consensus shows: CometBFT catches the panic of its main loop, logs it and leaves the rest of the node running.
func (l logger) Error(msg string, kv ...any) {
	if strings.HasPrefix(msg, "CONSENSUS FAILURE") {
		why := any("unknown")
		for i := 0; i+1 < len(kv); i += 2 {
			if kv[i] == "err" {
				why = kv[i+1]
			}
		}
		l.engine.fail(fmt.Errorf("consensus halted: %v", why))
	}
	level := slog.LevelWarn
	if l.peers || l.engine.state.Load() == closed { // at its end its parts complain of each other
		level = slog.LevelDebug
	}
	l.print(level, msg, kv)
}

func (l logger) print(level slog.Level, msg string, kv []any) {
	if !l.log.Enabled(context.Background(), level) {
		return
	}
	for i := 1; i < len(kv); i += 2 {
		if s, ok := kv[i].(fmt.Stringer); ok {
			kv[i] = s.String()
		}
	}
	l.log.Log(context.Background(), level, "consensus: "+msg, kv...)
}
