package catalog

import "context"

// Quote prices items, for people to look at: nothing is reserved. All that
// keeps an item from being sold is named, by its path in the request: a
// product that is not there (fault.ErrNotFound), one that is not active, not
// sold in the region, in a region that the tenant does not allow, without a
// price in the currency, a quantity or a configuration that cannot be (all
// fault.ErrInvalid). It costs one read.
func (s *Service) Quote(ctx context.Context, r QuoteRequest) (Quote, error) {
	quote, _, err := s.Price(ctx, r)
	return quote, err
}

// Price is [Service.Quote] with what an order keeps: a snapshot for each item,
// in their order.
func (s *Service) Price(ctx context.Context, r QuoteRequest) (q Quote, snapshots []Snapshot, err error) {
	access, err := s.gate.Read(ctx, "catalog.quote")
	if err != nil {
		return Quote{}, nil, err
	}
	defer access.End(&err, entity, "")
	products, err := s.products(ctx, r.products())
	if err != nil {
		return Quote{}, nil, err
	}
	return engine{products: products, settings: access.Settings, at: access.Now}.quote(r)
}
