package sqlstore

import (
	"reflect"

	"github.com/platforma/platforma/catalog"
	"github.com/platforma/platforma/money"
	"github.com/platforma/platforma/order"
)

// bindRates binds the rates of an order's item. They are written by
// encoding/json.
func bindRates(field reflect.Value) binding {
	p := pointer[[]order.Rate](field)
	b := bindJSON(field)
	return binding{encode: b.encode, decode: func(v Values, column int) (err error) {
		var ok bool
		if *p, ok = plainRates(v.Bytes(column)); !ok {
			err = b.decode(v, column)
		}
		return err
	}}
}

// plainRates reads a list of rates.
func plainRates(text []byte) ([]order.Rate, bool) {
	p, ok := plainly(text)
	if !ok || !p.next("[") {
		return nil, false
	}
	rates := make([]order.Rate, 0, 1)
	for {
		rate, ok := p.rate()
		if !ok {
			return nil, false
		}
		rates = append(rates, rate)
		if p.next("]") {
			return rates, p.end()
		}
		if !p.next(",") {
			return nil, false
		}
	}
}

func (p *plain) rate() (r order.Rate, ok bool) {
	if r.Rule, ok = p.member(`{"rule":`); !ok {
		return r, false
	}
	period, ok := p.member(`,"period":`)
	if !ok {
		return r, false
	}
	r.Period = catalog.Period(period)
	if p.next(`,"unit":`) {
		if r.Unit, ok = p.text(); !ok {
			return r, false
		}
	}
	number, ok := p.member(`,"rate":{"number":`)
	if !ok {
		return r, false
	}
	currency, ok := p.member(`,"currency":`)
	if !ok || !p.next("}") || !p.next("}") {
		return r, false
	}
	rate, err := money.NewRate(number, money.Currency(currency))
	r.Rate = rate
	return r, err == nil
}
