package model

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/platforma/platforma"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/scope"
)

// world is a sequence under way: the databases in step, and the model.
type world struct {
	number int
	// now is the time. It began at began, was never later than latest, and was
	// started when the present process started.
	now, began, latest, started time.Time
	// starts counts the processes.
	starts  int
	systems []*system
	rules   *rules
	cursors map[string]cursor
	// seen counts what came of each kind of command.
	seen map[outcome]int
}

// outcome is a kind of command and what came of it: "" or the kind of refusal.
type outcome struct {
	op   string
	kind fault.Kind
}

// plan is a command as it is to be done: by a system, and by the rules.
type plan struct {
	// scope is who asks, for whom.
	scope who
	// call asks a platform. Nil asks nobody: the command is about the world.
	call func(ctx context.Context, p *platforma.Platform) (any, error)
	// rule says what the answer must be. It is shown the first system's, to
	// learn the ids in it; of a refusal it is the zero value.
	rule func(got any) (any, *refusal)
}

// planned is a plan whose answers are of one type.
func planned[T any](
	by who, call func(context.Context, *platforma.Platform) (T, error), rule func(got T) (T, *refusal),
) plan {
	return plan{
		scope: by,
		call:  func(ctx context.Context, p *platforma.Platform) (any, error) { return call(ctx, p) },
		rule: func(got any) (any, *refusal) {
			v, _ := got.(T) // an answer without a value is none
			return rule(v)
		},
	}
}

// refusal is why the rules refuse a command.
type refusal struct {
	kind fault.Kind
	// paths are the fields that are named, where the rules say so.
	paths []string
}

func refuse(kind fault.Kind, paths ...string) *refusal { return &refusal{kind, paths} }

// answer is what a system said, in a form that can be compared byte for byte.
type answer struct {
	value  any
	text   string
	kind   fault.Kind
	paths  []string
	reason string
}

func answerOf(value any, err error) answer {
	a := answer{value: value, kind: fault.KindOf(err)}
	if err == nil {
		a.text = text(value)
		return a
	}
	a.reason = err.Error()
	if e, ok := errors.AsType[*fault.Error](err); ok {
		for _, f := range e.Fields {
			a.paths = append(a.paths, f.Path)
		}
	}
	return a
}

func text(value any) string {
	b, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// run runs a sequence to its end, and looks at everything then.
func (w *world) run(commands []command) error {
	for i, c := range commands {
		if err := w.do(c); err != nil {
			return fmt.Errorf("command %d, %s: %w", i, c, err)
		}
	}
	if err := w.end(); err != nil {
		return fmt.Errorf("in the end: %w", err)
	}
	return nil
}

// do does one command everywhere and compares the answers.
func (w *world) do(c command) error {
	p := ops[c.Op].plan(w, c)
	w.rules.now, w.rules.complaint = w.now, ""
	if p.call == nil {
		_, _ = p.rule(nil)
		w.seen[outcome{c.Op, ""}]++
		return w.rules.complained()
	}
	a, err := w.ask(p)
	if err != nil {
		return err
	}
	w.seen[outcome{c.Op, a.kind}]++
	return nil
}

// ask asks all systems and the rules, which must all say the same.
func (w *world) ask(p plan) (answer, error) {
	var first answer
	for i, s := range w.systems {
		a := s.ask(p.scope.in(context.Background()), p)
		if i == 0 {
			first = a
			continue
		}
		if a.text != first.text || a.reason != first.reason {
			return first, fmt.Errorf("%s and %s differ: %s", w.systems[0].name, s.name,
				difference(first.text+first.reason, a.text+a.reason))
		}
	}
	want, no := p.rule(first.value)
	return first, w.judge(first, want, no)
}

// judge compares an answer with what the rules say.
func (w *world) judge(a answer, want any, no *refusal) error {
	expected := answer{text: text(want)}
	if no != nil {
		expected = answer{kind: no.kind, paths: no.paths}
	}
	switch {
	case a.kind != expected.kind:
		return fmt.Errorf("the rules say %q, the answer is %q: %s%s", string(expected.kind), string(a.kind), a.reason, a.text)
	case no == nil && a.text != expected.text:
		return fmt.Errorf("the answer is not what the rules say: %s", difference(expected.text, a.text))
	case len(expected.paths) > 0 && !cmp.Equal(expected.paths, a.paths):
		return fmt.Errorf("the rules name %v, the answer %v", expected.paths, a.paths)
	}
	return w.rules.complained()
}

// difference shows where two texts in JSON differ.
func difference(want, got string) string {
	var a, b any
	if json.Unmarshal([]byte(want), &a) != nil || json.Unmarshal([]byte(got), &b) != nil || cmp.Equal(a, b) {
		return fmt.Sprintf("\n- %s\n+ %s", want, got)
	}
	return cmp.Diff(a, b)
}

// who is whose scope it is.
type who struct {
	kind   scope.Kind // 0: nobody's
	tenant scope.TenantID
	user   string
}

func (s who) in(ctx context.Context) context.Context {
	switch {
	case s.kind == 0:
		return ctx
	case s.kind == scope.KindOperator && s.tenant == "":
		return scope.Operator(ctx)
	case s.kind == scope.KindOperator:
		return scope.OperatorOf(ctx, s.tenant)
	case s.kind == scope.KindSystem:
		return scope.System(ctx, s.tenant)
	case s.user != "":
		return scope.User(ctx, s.tenant, s.user)
	default:
		return scope.Tenant(ctx, s.tenant)
	}
}

func (s who) actor() string {
	switch {
	case s.kind == scope.KindOperator:
		return "operator"
	case s.kind == scope.KindSystem:
		return "system"
	case s.user != "":
		return s.user
	default:
		return "host"
	}
}

// by is who acts in a command, in the command's tenant.
func (w *world) by(c command) who {
	s := who{kind: scope.KindTenant, tenant: scope.TenantID(w.tenant(c.In))}
	switch c.By {
	case byHost:
	case byOperator:
		s.kind = scope.KindOperator
	case bySystem:
		s.kind = scope.KindSystem
	case byNobody:
		return who{}
	default:
		s.user = w.rules.user(c.By - 1)
	}
	return s
}

// operator is who acts in a command that only the operator may do: with the
// numbers of others, these.
func (w *world) operator(c command) who {
	if c.By == byHost {
		return who{kind: scope.KindOperator}
	}
	if c.By == bySystem {
		return who{kind: scope.KindTenant, tenant: scope.TenantID(w.tenant(c.In))}
	}
	return w.by(c)
}

// tenant is the id of a tenant by its number.
func (w *world) tenant(n int) string {
	if n >= len(w.rules.order) || n == unknown {
		return nobody("ten")
	}
	return w.rules.order[n]
}

// nobody is an id that is nobody's.
func nobody(prefix string) string { return prefix + "_01h455vb4pex5vsknk084sn02q" }

// pick is the id of an entity by its number: ids are those of the scope's
// tenant, oldest first, others those of all other tenants.
func pick(n int, prefix string, own, others []string) string {
	switch {
	case n == malformed:
		return prefix + "_no"
	case n == foreign && len(others) > 0:
		return others[0]
	case n >= foreign || len(own) == 0:
		return nobody(prefix)
	default:
		return own[len(own)-1-n%len(own)]
	}
}
