package resource

import (
	"context"
	"log/slog"
	"runtime/debug"
)

// call applies the action under way. What goes wrong in it leaves the outcome
// unknown.
func (w *Worker) call(ctx context.Context, p Provisioner, r Resource) (o Outcome) {
	ctx, cancel := context.WithTimeout(ctx, w.options.Timeout)
	defer cancel()
	defer w.survive(ctx, r, func() { o = Outcome{Result: Unknown, Reason: "the provisioner panicked"} })
	o, err := p.Apply(ctx, requestFor(r))
	if err != nil {
		return Outcome{Result: Unknown, Reason: err.Error()}
	}
	return o
}

// look observes what came of the action under way, and judges it.
func (w *Worker) look(ctx context.Context, p Provisioner, r Resource) (o Outcome) {
	ctx, cancel := context.WithTimeout(ctx, w.options.Timeout)
	defer cancel()
	defer w.survive(ctx, r, func() { o = Outcome{Result: Unknown, Reason: "the provisioner panicked"} })
	seen, err := p.Observe(ctx, requestFor(r))
	if err != nil {
		return Outcome{Result: Unknown, Reason: err.Error()}
	}
	return judge(r, seen)
}

// survive catches a provisioner's panic.
func (w *Worker) survive(ctx context.Context, r Resource, unknown func()) {
	if caught := recover(); caught != nil {
		w.log.LogAttrs(ctx, slog.LevelError, "provisioner panicked", slog.String("tenant", string(r.TenantID)),
			slog.String("resource", string(r.ID)), slog.String("action", string(r.Action)),
			slog.String("stack", string(debug.Stack())))
		unknown()
	}
}

// requestFor is what a provisioner is asked about the action under way.
func requestFor(r Resource) Request {
	return Request{Token: r.Token, Action: r.Action, Desired: r.clone(), Attempt: r.Tries}
}
