package storagetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/tenant"
)

// everyClauses are the rules that each method of each store keeps.
func everyClauses() []clause {
	var all []clause
	for _, of := range stores {
		rule := func(name, rule string, test func(*testing.T, *session, []method)) {
			all = append(all, clause{of.service + "/" + name, rule, func(t *testing.T, s *session) {
				test(t, s, methods(of.store))
			}})
		}
		rule("every method needs its scope",
			"without its scope, or in another kind of scope, a method is ErrNoScope before any I/O: nobody reads or writes by accident",
			everyScope)
		rule("every method ends with its context",
			"in a context that has ended a method is ErrUnavailable, caused by what ended it, and nothing is stored", everyContext)
		rule("every method shares nothing",
			"what is handed in or out is never kept or changed: a caller who reuses a map must not change what is stored", everyAlias)
		rule("every answer hides other tenants",
			"another tenant's entity answers as one that is not there, to the byte: an answer must not tell what others have", everyOther)
		if of.service == "event" {
			continue
		}
		rule("every change has its events",
			"a change and its events are stored together, or neither is: an event of what did not happen is a lie, "+
				"and a change without one is lost to all who follow",
			everyEvent)
		rule("every command happens once",
			"the receipt of a command refuses its repetition with ErrRepeated, before all else, and nothing is stored", everyReceipt)
		rule("every delivery happens once",
			"the receipt of a delivered event refuses a second delivery with ErrDelivered, before all else, and nothing is stored",
			everyDelivery)
		rule("every key has one winner", "of commands with one key that come at once one is done, and the receipt is its own", everyKeyRace)
		rule("every delivery has one winner", "of deliveries of one event that come at once one is done", everyDeliveryRace)
		rule("no update is lost",
			"a change of what was read before another change is ErrConflict: who retries loses nothing of the other's", everyUpdate)
		rule("every version has one saver",
			"of those who save one version at once one succeeds, the others are ErrConflict", everySaver)
	}
	return all
}

func everyScope(t *testing.T, s *session, all []method) {
	w := s.newWorld(t)
	background := context.Background()
	ended, cancel := context.WithCancel(background)
	cancel()
	wrong := map[string]context.Context{
		"no scope": background, "a scope that was taken away": scope.None(in(w.tenant)), "no scope, in a context that has ended": ended,
		"a tenant's id that is none":   scope.Tenant(background, "ten_x' OR true --"),
		"an empty tenant's id":         scope.Tenant(background, ""),
		"a user's id that is none":     scope.User(background, w.tenant, "' OR true --"),
		"the id of something else":     scope.Tenant(background, tenant.ID(w.customer.ID)),
		"a tenant's id in upper case":  scope.Tenant(background, tenant.ID(strings.ToUpper(string(w.tenant)))),
		"an id that goes on too long":  scope.Tenant(background, w.tenant+"0"),
		"a tenant's id with a newline": scope.Tenant(background, w.tenant+"\n"),
	}
	tenants := map[string]context.Context{
		"a tenant's scope":                 in(w.tenant),
		"a user's scope":                   scope.User(background, w.tenant, string(w.user.ID)),
		"the system's scope":               scope.System(background, w.tenant),
		"the operator's scope of a tenant": scope.OperatorOf(background, w.tenant),
	}
	for _, m := range all {
		_, call := m.bind(t, s, w)
		before := s.everything(t, w.tenant)
		try := func(what string, ctx context.Context) {
			t.Helper()
			if _, err := call(ctx); fault.KindOf(err) != fault.ErrNoScope {
				t.Errorf("%s in %s: error is %v, want %q", m.called(), what, err, fault.ErrNoScope)
			}
		}
		for what, ctx := range wrong {
			try(what, ctx)
		}
		switch m.reach {
		case within, unborn:
			try("the operator's scope across tenants", operator())
		case across:
			for what, ctx := range tenants {
				try(what, ctx)
			}
		case either:
		}
		same(t, "what is stored after "+m.called()+" without its scope", s.everything(t, w.tenant), before)
		if m.effect != reads || m.reach == across {
			continue
		}
		want := get(call(m.scoped(background, w)))(t)
		for what, ctx := range map[string]context.Context{
			"a user's scope":                   tenants["a user's scope"],
			"the system's scope":               tenants["the system's scope"],
			"the operator's scope of a tenant": tenants["the operator's scope of a tenant"],
		} {
			same(t, "the answer of "+m.called()+" in "+what, get(call(ctx))(t), want)
		}
	}
}

func everyContext(t *testing.T, s *session, all []method) {
	w := s.newWorld(t)
	for _, m := range all {
		_, call := m.bind(t, s, w)
		before := s.everything(t, w.tenant)
		cancelled, cancel := context.WithCancel(m.scoped(context.Background(), w))
		cancel()
		expired, cancel := context.WithDeadline(m.scoped(context.Background(), w), time.Unix(0, 0))
		for ctx, cause := range map[context.Context]error{cancelled: context.Canceled, expired: context.DeadlineExceeded} {
			_, err := call(ctx)
			if fault.KindOf(err) != fault.ErrUnavailable || !errors.Is(err, cause) {
				t.Errorf("%s: error is %v, want %q caused by %q", m.called(), err, fault.ErrUnavailable, cause)
			}
		}
		cancel()
		same(t, "what is stored after "+m.called()+" in a context that has ended", s.everything(t, w.tenant), before)
		// That it was the context alone is proven by the same call in another one.
		if _, err := call(m.scoped(context.Background(), w)); err != nil {
			t.Errorf("%s in a context that goes on: %v", m.called(), err)
		}
	}
}

func everyAlias(t *testing.T, s *session, all []method) {
	w := s.newWorld(t)
	for _, m := range all {
		arguments, call := m.bind(t, s, w)
		given := clone(arguments)
		ctx := m.scoped(context.Background(), w)
		out, err := call(ctx)
		if err != nil {
			t.Fatalf("%s: %v", m.called(), err)
		}
		same(t, "what was handed to "+m.called(), arguments, given)
		if m.effect == reads {
			want := clone(out)
			scramble(out)
			same(t, "what "+m.called()+" reads after what it handed out before was changed", get(call(ctx))(t), want)
			continue
		}
		stored := clone(s.everything(t, m.owner(w)))
		scramble(arguments)
		same(t, "what is stored after the arguments of "+m.called()+" were changed", s.everything(t, m.owner(w)), stored)
	}
	stored := s.everything(t, w.tenant)
	want := clone(stored)
	scramble(stored)
	same(t, "what is stored after all that was read was changed", s.everything(t, w.tenant), want)
}

func everyOther(t *testing.T, s *session, all []method) {
	other := s.newWorld(t)
	own := s.everything(t, other.tenant)
	w := s.newWorld(t)
	same(t, "what a tenant has after another one has come", s.everything(t, other.tenant), own)
	// Nobody has what is in this one.
	nobodys := s.draftWorld(t, other.tenant, s.word())
	theirs := in(other.tenant)
	for _, m := range all {
		if m.reach == across || m.reach == unborn {
			continue
		}
		_, call := m.bind(t, s, w)
		before := s.everything(t, w.tenant)
		switch {
		case m.effect == creates:
			// Ids are unique in a tenant, and so is all that must be; whose a new
			// thing is, the scope says and nothing in it.
			get(call(in(w.tenant)))(t)
			before = s.everything(t, w.tenant)
			if _, err := call(theirs); err != nil {
				t.Errorf("%s of what another tenant has already: error is %v, want none: it must not tell what others have",
					m.called(), err)
			}
		case m.effect == deletes:
			_, theirsToo := call(theirs)
			get(call(in(w.tenant)))(t)
			_, nobodys := call(theirs)
			same(t, "the error of "+m.called()+" about another tenant's", nameless(theirsToo, w), nameless(nobodys, w))
			if theirsToo == nil {
				t.Errorf("%s deleted what another tenant has", m.called())
			}
			continue
		case m.variant == "of the usage", m.store == "Tenants" && m.name == "Save":
			continue // there is one in every tenant, so that there is no other to ask for
		default:
			_, about := m.bind(t, s, nobodys)
			out, err := call(theirs)
			want, wanted := about(theirs)
			same(t, "the answer of "+m.called()+" about another tenant's", out, want)
			same(t, "the error of "+m.called()+" about another tenant's", nameless(err, w), nameless(wanted, nobodys))
			if err == nil && m.effect != reads {
				t.Errorf("%s changed what another tenant has", m.called())
			}
		}
		same(t, "what a tenant has after "+m.called()+" in another one", s.everything(t, w.tenant), before)
	}
	if text := fmt.Sprintf("%+v", s.everything(t, other.tenant)); strings.Contains(text, string(w.tenant)) {
		t.Errorf("a tenant has something that says to be another one's: %s", text)
	}
}

// nameless is what an error says, without what it was about.
func nameless(err error, w *world) string {
	if err == nil {
		return ""
	}
	text := string(fault.KindOf(err)) + " " + err.Error()
	for _, id := range []string{
		string(w.tenant), string(w.role.ID), string(w.user.ID), string(w.customer.ID), string(w.product.ID), string(w.order.ID),
		string(w.stock.cluster.ID), string(w.stock.network.ID), string(w.stock.resource.ID), string(w.stock.instance.ID),
		string(w.mailbox.endpoint.ID), string(w.mailbox.delivery.ID), string(w.mailbox.attempt.ID),
		string(w.event.ID), w.key, w.role.Name, w.user.Email, w.customer.Email, w.product.SKU,
	} {
		text = strings.ReplaceAll(text, id, "…")
	}
	return text
}

func everyEvent(t *testing.T, s *session, all []method) {
	w := s.newWorld(t)
	for _, m := range all {
		if !m.commits() {
			continue
		}
		arguments, call := m.bind(t, s, w)
		commit, _ := arguments[1].(event.Commit)
		ctx := m.scoped(context.Background(), w)
		get(call(ctx))(t)
		own := in(m.owner(w))
		for _, want := range commit.Events {
			got, err := s.Events().Get(own, m.service, want.ID)
			if err != nil {
				t.Fatalf("%s has stored the change without its event: %v", m.called(), err)
			}
			got.Position, want.Tenant = 0, m.owner(w)
			same(t, "the event of "+m.called(), got, want)
		}
		before := s.everything(t, m.owner(w))
		_, err := call(ctx)
		want := map[effect]fault.Kind{creates: fault.ErrExists, saves: fault.ErrConflict, deletes: fault.ErrConflict}[m.effect]
		if fault.KindOf(err) != want {
			t.Errorf("%s for the second time: error is %v, want %q", m.called(), err, want)
		}
		same(t, "what is stored after "+m.called()+" was refused", s.everything(t, m.owner(w)), before)
	}
}

func everyReceipt(t *testing.T, s *session, all []method) {
	everyRepeat(t, s, all, event.ErrRepeated, func(w *world) {
		w.receipt = &event.Receipt{Key: s.ids.New("key"), Hash: "h"}
	})
}

func everyDelivery(t *testing.T, s *session, all []method) {
	everyRepeat(t, s, all, event.ErrDelivered, func(w *world) {
		w.delivery = &scope.Delivery{Subscription: "mirror", Event: s.ids.New(event.Prefix)}
	})
}

// everyRepeat repeats what was done, as it is and with something else.
func everyRepeat(t *testing.T, s *session, all []method, cause error, mark func(*world)) {
	t.Helper()
	w := s.newWorld(t)
	for _, m := range all {
		if !m.commits() {
			continue
		}
		w.unborn = tenant.ID(s.ids.New("ten"))
		mark(w)
		arguments, first := m.bind(t, s, w)
		get(first(m.scoped(context.Background(), w)))(t)
		commit, _ := arguments[1].(event.Commit)
		if commit.Receipt != nil {
			ctx := in(m.owner(w))
			if m.reach == unborn {
				ctx = operator()
			}
			got := get(s.receiptOf(ctx, m, commit.Receipt.Key))(t)
			same(t, "the receipt of "+m.called(), got, *commit.Receipt)
		}
		owner := m.owner(w)
		if m.reach == unborn {
			// Deliveries are in the scope's tenant, and commands across tenants.
			if commit.Receipt != nil {
				w.unborn = tenant.ID(s.ids.New("ten"))
			}
		}
		_, another := m.bind(t, s, w)
		before := s.everything(t, owner)
		for what, again := range map[string]call{"the same": first, "another": another} {
			_, err := again(m.scoped(context.Background(), w))
			if fault.KindOf(err) != fault.ErrExists || !errors.Is(err, cause) {
				t.Errorf("%s with a receipt that is there, for %s: error is %v, want %q", m.called(), what, err, cause)
			}
		}
		same(t, "what is stored after "+m.called()+" was repeated", s.everything(t, owner), before)
	}
}

// receiptOf reads a receipt of a method's service.
func (s *session) receiptOf(ctx context.Context, m method, key string) (event.Receipt, error) {
	read := map[string]func(context.Context, string, string) (event.Receipt, error){
		"tenant": s.Tenants().Receipt, "customer": s.Customers().Receipt, "catalog": s.Catalog().Receipt,
		"order": s.Orders().Receipt, "resource": s.Resources().Receipt, "webhook": s.Webhooks().Receipt,
	}[m.service]
	return read(ctx, operation(m.service), key)
}
