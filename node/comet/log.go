package comet

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	cometlog "github.com/cometbft/cometbft/libs/log"

	"github.com/myelin-go/myelin/bt"
)

// logger gives CometBFT's words to ours, a step quieter: what it tells of each block is for those who debug it.
type logger struct {
	log    *slog.Logger
	engine *Engine
}

func (l logger) Debug(string, ...any)       {}
func (l logger) Info(msg string, kv ...any) { l.print(slog.LevelDebug, msg, kv) }
func (l logger) Warn(msg string, kv ...any) { l.print(slog.LevelInfo, msg, kv) }
func (l logger) With(kv ...any) cometlog.Logger {
	return logger{log: l.log.With(kv...), engine: l.engine}
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
	if l.engine.state.Load() == closed { // its parts complain of each other's end
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

// explain says in a person's words why consensus and ledger do not fit.
func explain(err error, head bt.BlockNumber) error {
	if strings.Contains(err.Error(), "higher than core") { // CometBFT's handshake keeps only the words of its error
		return fmt.Errorf("the chain in the base path is at block %d, beyond the blocks of its network: another engine went on with it; revert it there or name another base path: %w", head, err)
	}
	return err
}
