package catalog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/scope"
	"github.com/platforma/platforma/tenant"
)

func TestALifeOfAProduct(t *testing.T) {
	t.Parallel()
	s := newService(t, nil)
	d := draft()
	p, err := s.Create(s.ctx, d)
	require.NoError(t, err)
	want := machine()
	want.ID, want.Version, want.Status = p.ID, 1, StatusDraft
	require.Empty(t, cmp.Diff(want, p))
	d.Regions[0], d.Specs.Attributes["family"], d.Pricing[0].Name = "z", "z", "z"
	got, err := s.Get(s.ctx, p.ID)
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(want, got), "nothing of the caller's is kept")

	p, err = s.Update(s.ctx, p.ID, Change{SKU: new("vm-s"), Version: 1})
	require.NoError(t, err)
	require.Equal(t, int64(2), p.Version)
	p, err = s.Activate(s.ctx, p.ID)
	require.NoError(t, err)
	require.Equal(t, StatusActive, p.Status)
	_, err = s.Update(s.ctx, p.ID, Change{Name: new("Smaller machine"), SKU: new("vm-s"), Regions: []string{"nyc1", "tor1", "ams1"}})
	require.NoError(t, err, "the same SKU is no change of it")
	p, err = s.BySKU(s.ctx, "vm-s")
	require.NoError(t, err)
	require.Equal(t, "Smaller machine", p.Name)
	p, err = s.Archive(s.ctx, p.ID)
	require.NoError(t, err)
	p, err = s.Activate(s.ctx, p.ID)
	require.NoError(t, err)
	require.Equal(t, []string{"created", "updated", "activated", "updated", "archived", "activated"}, s.store.events())

	last := s.store.commits[len(s.store.commits)-1]
	require.Equal(t, p.terms(), last.Terms)
	e := last.Events[0]
	require.Equal(t, string(p.ID), e.Subject)
	require.Equal(t, p.Version, e.Version)
	var data Product
	require.NoError(t, json.Unmarshal(e.Data, &data))
	require.Empty(t, cmp.Diff(p, data), "an event holds the whole product")
}

func TestADraftMayBeIncompleteButNotWrong(t *testing.T) {
	t.Parallel()
	s := newService(t, nil)
	p, err := s.Create(s.ctx, Draft{Name: "Later", SKU: "later", Category: CategoryCompute})
	require.NoError(t, err)
	_, err = s.Activate(s.ctx, p.ID)
	require.ErrorIs(t, err, fault.ErrInvalid)
	require.Equal(t, []string{"regions", "pricing"}, faults(t, err))

	_, err = s.Create(s.ctx, Draft{SKU: "a b", Specs: ProductSpecs{GPUCount: -1}, Key: "\x00"})
	require.ErrorIs(t, err, fault.ErrInvalid)
	require.Equal(t, []string{"name", "sku", "category", "specs.gpu_count", "key"}, faults(t, err))
	require.ErrorContains(t, err, "catalog.create product")

	_, err = s.Create(s.ctx, Draft{Name: "Again", SKU: "later", Category: CategoryService})
	require.ErrorIs(t, err, fault.ErrExists)
	require.Equal(t, []string{"sku"}, faults(t, err))
	require.Len(t, s.store.products, 1)
}

func TestWhatAStatusAllowsToChange(t *testing.T) {
	t.Parallel()
	s := newService(t, nil)
	p, err := s.Create(s.ctx, draft())
	require.NoError(t, err)
	_, err = s.Update(s.ctx, p.ID, Change{Name: new(""), Regions: []string{"x y"}})
	require.ErrorIs(t, err, fault.ErrInvalid)
	require.Subset(t, faults(t, err), []string{"name", "regions[0]"})
	_, err = s.Update(s.ctx, p.ID, Change{Pricing: Pricing{}})
	require.NoError(t, err, "a draft may lose its prices")
	_, err = s.Update(s.ctx, p.ID, Change{Pricing: machine().Pricing})
	require.NoError(t, err)
	_, err = s.Activate(s.ctx, p.ID)
	require.NoError(t, err)

	for _, c := range []Change{{SKU: new("other")}, {Category: new(CategoryService)}} {
		_, err = s.Update(s.ctx, p.ID, c)
		require.ErrorIs(t, err, fault.ErrState)
	}
	_, err = s.Update(s.ctx, p.ID, Change{Pricing: Pricing{}, ProvisioningTemplateID: new("")})
	require.ErrorIs(t, err, fault.ErrInvalid, "an active product stays fit to be sold")
	require.Equal(t, []string{"pricing", "provisioning_template_id"}, faults(t, err))
	_, err = s.Activate(s.ctx, p.ID)
	require.ErrorIs(t, err, fault.ErrState)
	require.ErrorContains(t, err, "archive is possible")

	_, err = s.Archive(s.ctx, p.ID)
	require.NoError(t, err)
	_, err = s.Update(s.ctx, p.ID, Change{Name: new("x")})
	require.ErrorIs(t, err, fault.ErrState)
	_, err = s.Archive(s.ctx, p.ID)
	require.ErrorIs(t, err, fault.ErrState)
}

func TestAStaleChangeIsRefusedAndARaceIsRunAgain(t *testing.T) {
	t.Parallel()
	s := newService(t, nil)
	p, err := s.Create(s.ctx, draft())
	require.NoError(t, err)
	lost := 3
	s.store.before = func() error {
		lost--
		if lost >= 0 {
			return fault.ErrConflict
		}
		return nil
	}
	p, err = s.Update(s.ctx, p.ID, Change{Name: new("b")})
	require.NoError(t, err)
	_, err = s.Update(s.ctx, p.ID, Change{Name: new("c"), Version: 1})
	require.ErrorIs(t, err, fault.ErrConflict)
	require.Equal(t, int64(2), p.Version)
}

func TestAKeyedCreationHappensOnce(t *testing.T) {
	t.Parallel()
	s := newService(t, nil)
	d := draft()
	d.Key = "k"
	first, err := s.Create(s.ctx, d)
	require.NoError(t, err)
	again, err := s.Create(s.ctx, d)
	require.NoError(t, err)
	require.Equal(t, first, again)
	d.Pricing = Pricing{flat("a", "", PeriodHour, "2", "USD")}
	_, err = s.Create(s.ctx, d)
	require.ErrorIs(t, err, fault.ErrKeyReused)
	require.Len(t, s.store.products, 1)
}

func TestAGuardKeepsAProductFromBeingArchived(t *testing.T) {
	t.Parallel()
	var asked ID
	s := newService(t, func(_ context.Context, id ID) error {
		asked = id
		return fault.New(fault.ErrState, "2 orders run on it")
	})
	p, err := s.Create(s.ctx, draft())
	require.NoError(t, err)
	_, err = s.Archive(s.ctx, p.ID)
	require.ErrorIs(t, err, fault.ErrState)
	require.ErrorContains(t, err, "2 orders")
	require.Equal(t, p.ID, asked)
	require.Equal(t, []string{"created"}, s.store.events())
	s.store.products[0].Status, asked = StatusArchived, ""
	_, err = s.Archive(s.ctx, p.ID)
	require.ErrorContains(t, err, "activate is possible")
	require.Empty(t, asked, "it is not asked about what is not possible")
}

func TestProductsAreListedAndFound(t *testing.T) {
	t.Parallel()
	s := newService(t, nil)
	for _, sku := range []string{"vm-1", "vm-2", "vm-3"} {
		_, err := s.Create(s.ctx, named(sku))
		require.NoError(t, err)
	}
	_, err := s.Create(s.ctx, Draft{Name: "Support", SKU: "gold", Category: CategoryService})
	require.NoError(t, err)
	_, err = s.Activate(s.ctx, s.store.products[1].ID)
	require.NoError(t, err)
	skus := func(q Query) (all []string) {
		for p, err := range s.All(s.ctx, q) {
			require.NoError(t, err)
			all = append(all, p.SKU)
		}
		return all
	}
	require.Equal(t, []string{"vm-1", "vm-2", "vm-3", "gold"}, skus(Query{Request: page.Request{Limit: 2}}))
	require.Equal(t, []string{"vm-2"}, skus(Query{Status: StatusActive}))
	require.Equal(t, []string{"gold"}, skus(Query{Category: CategoryService}))
	require.Equal(t, []string{"vm-1", "vm-2", "vm-3"}, skus(Query{Region: "tor1"}))
	require.Equal(t, []string{"vm-3"}, skus(Query{Text: "SMALL 3"}))
	require.Equal(t, []string{"gold"}, skus(Query{Text: "supp"}))
	require.Empty(t, skus(Query{Text: "supp small"}))

	_, err = s.List(s.ctx, Query{Status: "x", Request: page.Request{Limit: -1}})
	require.ErrorIs(t, err, fault.ErrInvalid)
	first, err := s.List(s.ctx, Query{Request: page.Request{Limit: 1}})
	require.NoError(t, err)
	_, err = s.List(s.ctx, Query{Category: CategoryService, Request: page.Request{Limit: 1, After: first.Next}})
	require.ErrorIs(t, err, fault.ErrInvalid, "a cursor is good for its own query")
}

func TestManyReadsOnceAndNamesWhatIsNotThere(t *testing.T) {
	t.Parallel()
	s := newService(t, nil)
	a, err := s.Create(s.ctx, named("a"))
	require.NoError(t, err)
	b, err := s.Create(s.ctx, named("b"))
	require.NoError(t, err)
	s.store.calls = nil
	got, err := s.Many(s.ctx, []ID{b.ID, a.ID, b.ID})
	require.NoError(t, err)
	require.Empty(t, cmp.Diff([]Product{b, a, b}, got))
	require.Equal(t, []string{"Many"}, s.store.calls)

	_, err = s.Many(s.ctx, []ID{a.ID, productID, b.ID, otherID})
	require.ErrorIs(t, err, fault.ErrNotFound)
	require.Equal(t, []string{"ids[1]", "ids[3]"}, faults(t, err))
	require.ErrorContains(t, err, string(productID))
	for _, ids := range [][]ID{nil, make([]ID, 501), {a.ID, "ten_x"}} {
		_, err = s.Many(s.ctx, ids)
		require.ErrorIs(t, err, fault.ErrInvalid)
	}
	require.Equal(t, []string{"ids[1]"}, faults(t, err))
}

func TestAQuoteCostsOneRead(t *testing.T) {
	t.Parallel()
	s := newService(t, nil)
	p, err := s.Create(s.ctx, draft())
	require.NoError(t, err)
	_, err = s.Activate(s.ctx, p.ID)
	require.NoError(t, err)
	s.store.calls = nil
	item := small(1, "")
	item.Product = p.ID
	q, snapshots, err := s.Price(s.ctx, QuoteRequest{Items: []QuoteItem{item, item, item}, Region: "nyc1"})
	require.NoError(t, err)
	require.Equal(t, []string{"Many"}, s.store.calls)
	require.Len(t, snapshots, 3)
	require.Equal(t, q.Lines[2], snapshots[2].Line)
	require.Equal(t, int64(2), q.Lines[0].ProductVersion)
	quote, err := s.Quote(s.ctx, QuoteRequest{Items: []QuoteItem{item, item, item}, Region: "nyc1"})
	require.NoError(t, err)
	require.Equal(t, q, quote)

	item.Product = otherID
	_, err = s.Quote(s.ctx, QuoteRequest{Items: []QuoteItem{item}})
	require.ErrorIs(t, err, fault.ErrNotFound)
	require.ErrorContains(t, err, "catalog.quote product "+string(otherID))
	s.store.calls = nil
	_, err = s.Quote(s.ctx, QuoteRequest{Items: make([]QuoteItem, 101)})
	require.ErrorIs(t, err, fault.ErrInvalid)
	require.Empty(t, s.store.calls, "nothing is read for what cannot be")
}

func TestEveryOperationPassesTheGate(t *testing.T) {
	t.Parallel()
	s := newService(t, nil)
	operations := map[tenant.Permission]func(context.Context) error{
		"catalog.create":   func(ctx context.Context) error { _, err := s.Create(ctx, draft()); return err },
		"catalog.import":   func(ctx context.Context) error { _, err := s.Import(ctx, nil, nil); return err },
		"catalog.get":      func(ctx context.Context) error { _, err := s.Get(ctx, productID); return err },
		"catalog.list":     func(ctx context.Context) error { _, err := s.List(ctx, Query{}); return err },
		"catalog.update":   func(ctx context.Context) error { _, err := s.Update(ctx, productID, Change{}); return err },
		"catalog.activate": func(ctx context.Context) error { _, err := s.Activate(ctx, productID); return err },
		"catalog.archive":  func(ctx context.Context) error { _, err := s.Archive(ctx, productID); return err },
		"catalog.quote":    func(ctx context.Context) error { _, err := s.Quote(ctx, QuoteRequest{}); return err },
	}
	require.Len(t, operations, len(Permissions()))
	user := scope.User(s.ctx, tenantID, "usr_01jc0000000000000000000001")
	for _, permission := range Permissions() {
		call := operations[permission]
		require.ErrorIs(t, call(t.Context()), fault.ErrNoScope, permission)
		s.standing.UserStatus, s.standing.Permissions = tenant.UserActive, nil
		require.ErrorIs(t, call(user), fault.ErrForbidden, permission)
		s.standing.Permissions = []tenant.Permission{permission}
		require.NotErrorIs(t, call(user), fault.ErrForbidden, permission)
		s.standing.Status = tenant.Suspended
		writes := permission != "catalog.get" && permission != "catalog.list" && permission != "catalog.quote"
		require.Equal(t, writes, errors.Is(call(s.ctx), fault.ErrSuspended), permission)
		s.standing.Status = tenant.Active
	}
	require.ErrorIs(t, func() error { _, err := s.BySKU(t.Context(), "a"); return err }(), fault.ErrNoScope)
	require.ErrorIs(t, func() error { _, err := s.Many(t.Context(), nil); return err }(), fault.ErrNoScope)
	for _, id := range []ID{"", "prod_1", "cust_01jc0000000000000000000001"} {
		_, err := s.Get(s.ctx, id)
		require.ErrorIs(t, err, fault.ErrInvalid)
		_, err = s.Archive(s.ctx, id)
		require.ErrorIs(t, err, fault.ErrInvalid)
	}
	_, err := s.BySKU(s.ctx, "a b")
	require.ErrorIs(t, err, fault.ErrInvalid)
}

func TestAnImportIsWrittenInWholeSteps(t *testing.T) {
	t.Parallel()
	s := newService(t, nil)
	var drafts []Draft
	for i := range 1100 {
		drafts = append(drafts, named(fmt.Sprintf("vm-%d", i)))
	}
	var told []int
	done, err := s.Import(s.ctx, drafts, &ImportOptions{Activate: true, Progress: func(done, total int) {
		require.Equal(t, 1100, total)
		told = append(told, done)
	}})
	require.NoError(t, err)
	require.Len(t, done.Created, 1100)
	require.Equal(t, []int{500, 1000, 1100}, told)
	require.Equal(t, []string{"Taken", "Taken", "Taken", "CreateMany", "CreateMany", "CreateMany"}, s.store.calls)
	p, err := s.Get(s.ctx, done.Created[700])
	require.NoError(t, err)
	require.Equal(t, "vm-700", p.SKU)
	require.Equal(t, StatusActive, p.Status)
	require.Equal(t, p.terms(), s.store.terms[p.ID])
	require.Equal(t, []string{"created", "activated"}, s.store.events()[:2])
	require.Len(t, s.store.events(), 2200)

	_, err = s.Import(s.ctx, []Draft{named("new"), named("vm-3"), named("vm-9")}, nil)
	require.ErrorIs(t, err, fault.ErrExists)
	require.Equal(t, []string{"drafts[1].sku", "drafts[2].sku"}, faults(t, err))
	done, err = s.Import(s.ctx, []Draft{named("vm-3"), named("new"), named("vm-9")}, &ImportOptions{SkipExisting: true})
	require.NoError(t, err)
	require.Len(t, done.Created, 1)
	require.Equal(t, []string{"vm-3", "vm-9"}, done.Skipped)
	p, err = s.BySKU(s.ctx, "new")
	require.NoError(t, err)
	require.Equal(t, StatusDraft, p.Status)
	done, err = s.Import(s.ctx, []Draft{named("vm-3")}, &ImportOptions{SkipExisting: true})
	require.NoError(t, err)
	require.Equal(t, Import{Skipped: []string{"vm-3"}}, done)
}

func TestAnImportNamesAllThatIsWrongAndWritesNothing(t *testing.T) {
	t.Parallel()
	s := newService(t, nil)
	drafts := []Draft{named("a"), named(""), named("b"), named("a"), named("c")}
	drafts[2].Name, drafts[2].Pricing, drafts[4].Key = "", nil, "k"
	_, err := s.Import(s.ctx, drafts, &ImportOptions{Activate: true})
	require.ErrorIs(t, err, fault.ErrInvalid)
	require.Equal(t, []string{"drafts[1].sku", "drafts[2].name", "drafts[2].pricing", "drafts[3].sku", "drafts[4].key"}, faults(t, err))
	require.Empty(t, s.store.calls)
	done, err := s.Import(s.ctx, nil, nil)
	require.NoError(t, err)
	require.Zero(t, done)
}

func TestAnImportThatFailsHalfwaySaysWhatItDid(t *testing.T) {
	t.Parallel()
	s := newService(t, nil)
	var drafts []Draft
	for i := range 501 {
		drafts = append(drafts, named(fmt.Sprintf("vm-%d", i)))
	}
	writes := 0
	s.store.before = func() error {
		if writes++; writes == 2 {
			return errBroken
		}
		return nil
	}
	done, err := s.Import(s.ctx, drafts, nil)
	require.ErrorIs(t, err, fault.ErrUnavailable)
	require.ErrorIs(t, err, errBroken)
	require.Len(t, done.Created, 500)
	done, err = s.Import(s.ctx, drafts, &ImportOptions{SkipExisting: true})
	require.NoError(t, err)
	require.Len(t, done.Created, 1)
	require.Len(t, done.Skipped, 500)

	handler := scope.WithDelivery(s.ctx, &scope.Delivery{Subscription: "s", Event: "evt_01jc0000000000000000000001"})
	_, err = s.Import(handler, drafts, nil)
	require.ErrorIs(t, err, fault.ErrState, "an event handler makes one write")
}

func TestAnEventHandlersWriteCarriesItsDelivery(t *testing.T) {
	t.Parallel()
	s := newService(t, nil)
	delivery := &scope.Delivery{Subscription: "s", Event: "evt_01jc0000000000000000000001"}
	ctx := scope.WithDelivery(s.ctx, delivery)
	s.store.before = func() error { return errBroken }
	_, err := s.Create(ctx, draft())
	require.ErrorIs(t, err, errBroken)
	s.store.before = nil
	_, err = s.Import(ctx, []Draft{named("a")}, nil)
	require.NoError(t, err, "what failed gave the delivery back")
	require.Same(t, delivery, s.store.commits[0].Delivery)
	require.Equal(t, event.ID("evt_01jc0000000000000000000001"), event.ID(s.store.commits[0].Events[0].Causation))
	_, err = s.Create(ctx, draft())
	require.ErrorIs(t, err, fault.ErrState)
}
