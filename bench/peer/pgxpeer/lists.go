package pgxpeer

import (
	"encoding/json"
	"time"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/event"
)

// The rows of a bulk write, as a list for each column.

func productLists(products []catalog.New) ([]any, error) {
	n := len(products)
	id, name, sku, category := make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	specs, status, template := make([]string, n), make([]string, n), make([]string, n)
	version, created, updated := make([]int64, n), make([]time.Time, n), make([]time.Time, n)
	for i, product := range products {
		p := product.Product
		text, err := json.Marshal(p.Specs)
		if err != nil {
			return nil, err
		}
		id[i], name[i], sku[i], category[i], specs[i] = string(p.ID), p.Name, p.SKU, string(p.Category), string(text)
		status[i], template[i] = string(p.Status), p.ProvisioningTemplateID
		version[i], created[i], updated[i] = p.Version, p.CreatedAt, p.UpdatedAt
	}
	return []any{id, version, name, sku, category, specs, status, template, created, updated}, nil
}

func regionLists(products []catalog.New) []any {
	n := 0
	for _, p := range products {
		n += len(p.Product.Regions)
	}
	product, region, line := make([]string, 0, n), make([]string, 0, n), make([]int64, 0, n)
	for _, p := range products {
		for i, r := range p.Product.Regions {
			product, region, line = append(product, string(p.Product.ID)), append(region, r), append(line, int64(i))
		}
	}
	return []any{product, region, line}
}

func ruleLists(products []catalog.New) ([]any, error) {
	n := 0
	for _, p := range products {
		n += len(p.Product.Pricing)
	}
	product, line, name, region := make([]string, 0, n), make([]int64, 0, n), make([]string, 0, n), make([]string, 0, n)
	currency, period, model := make([]string, 0, n), make([]string, 0, n), make([]string, 0, n)
	for _, p := range products {
		for i, r := range p.Product.Pricing {
			text, err := json.Marshal(r.Model)
			if err != nil {
				return nil, err
			}
			product, line, name = append(product, string(p.Product.ID)), append(line, int64(i)), append(name, r.Name)
			region, currency = append(region, r.Region), append(currency, string(r.Model.Currency()))
			period, model = append(period, string(r.Period)), append(model, string(text))
		}
	}
	return []any{product, line, name, region, currency, period, model}, nil
}

func termLists(products []catalog.New) []any {
	n := 0
	for _, p := range products {
		n += len(p.Terms)
	}
	key, value, id := make([]string, 0, n), make([]string, 0, n), make([]string, 0, n)
	for _, p := range products {
		for _, t := range p.Terms {
			key, value, id = append(key, t.Key), append(value, t.Value), append(id, string(p.Product.ID))
		}
	}
	return []any{key, value, id}
}

func eventLists(events []event.Event) []any {
	n := len(events)
	texts := func() []string { return make([]string, n) }
	id, kind, subject, actor, reason, correlation, causation, data := texts(), texts(), texts(), texts(), texts(), texts(), texts(), texts()
	version, at := make([]int64, n), make([]time.Time, n)
	for i, e := range events {
		id[i], kind[i], subject[i], version[i], at[i] = string(e.ID), e.Type, e.Subject, e.Version, e.Time
		actor[i], reason[i], correlation[i], causation[i], data[i] = e.Actor, e.Reason, e.Correlation, e.Causation, string(e.Data)
	}
	return []any{id, kind, subject, version, at, actor, reason, correlation, causation, data}
}
