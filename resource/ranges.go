package resource

import (
	"math/big"
	"net/netip"
	"slices"
	"strings"

	"github.com/platforma/platforma/fault"
)

// Range is a run of addresses of one family, both ends included. Its text form
// is "10.0.0.5", or "10.0.0.5-10.0.0.9".
type Range struct {
	From, To netip.Addr
}

// ParseRange reads the text form. Anything else, an address with a zone or an
// IPv4 address written as IPv6 among them, is [fault.ErrInvalid].
func ParseRange(text string) (Range, error) {
	first, last, ranged := strings.Cut(text, "-")
	if !ranged {
		last = first
	}
	from, okFrom := parseAddress(first)
	to, okTo := parseAddress(last)
	if !okFrom || !okTo || from.BitLen() != to.BitLen() || to.Less(from) {
		var f fault.Fields
		f.Add("range", `must be an address or two, such as "10.0.0.5" or "10.0.0.5-10.0.0.9"`)
		return Range{}, f.Err("", "", "")
	}
	return Range{From: from, To: to}, nil
}

// parseAddress reads a plain address.
func parseAddress(text string) (netip.Addr, bool) {
	addr, err := netip.ParseAddr(text)
	return addr, err == nil && plain(addr)
}

// plain addresses are valid, without a zone, and not IPv4 written as IPv6.
func plain(addr netip.Addr) bool { return addr.IsValid() && addr.Zone() == "" && !addr.Is4In6() }

// String is the text form.
func (r Range) String() string {
	if r.From == r.To {
		return r.From.String()
	}
	return r.From.String() + "-" + r.To.String()
}

// MarshalText writes the text form.
func (r Range) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText is [ParseRange].
func (r *Range) UnmarshalText(text []byte) (err error) {
	*r, err = ParseRange(string(text))
	return err
}

// Ranges is a set of addresses of one family: sorted, and with a gap between
// each two.
type Ranges []Range

// rangesOf makes the set of all addresses of a list.
func rangesOf(list []Range) Ranges {
	sorted := slices.Clone(list)
	slices.SortFunc(sorted, func(a, b Range) int { return a.From.Compare(b.From) })
	var set Ranges
	for _, r := range sorted {
		last := len(set) - 1
		if last >= 0 && (r.From.Compare(set[last].To) <= 0 || set[last].To.Next() == r.From) {
			if set[last].To.Less(r.To) {
				set[last].To = r.To
			}
			continue
		}
		set = append(set, r)
	}
	return set
}

// around returns the range that an address is in.
func (s Ranges) around(addr netip.Addr) (Range, bool) {
	i, _ := s.search(addr)
	if i < len(s) && s[i].From.Compare(addr) <= 0 {
		return s[i], true
	}
	return Range{}, false
}

// search finds the first range that does not end before an address.
func (s Ranges) search(addr netip.Addr) (int, bool) {
	return slices.BinarySearchFunc(s, addr, func(r Range, a netip.Addr) int { return r.To.Compare(a) })
}

// with is the set and an address.
func (s Ranges) with(addr netip.Addr) Ranges {
	if _, in := s.around(addr); in {
		return s
	}
	i, _ := s.search(addr)
	joinsLeft := i > 0 && s[i-1].To.Next() == addr
	joinsRight := i < len(s) && addr.Next() == s[i].From
	set := slices.Clone(s)
	switch {
	case joinsLeft && joinsRight:
		set[i-1].To = set[i].To
		return slices.Delete(set, i, i+1)
	case joinsLeft:
		set[i-1].To = addr
	case joinsRight:
		set[i].From = addr
	default:
		set = slices.Insert(set, i, Range{From: addr, To: addr})
	}
	return set
}

// without is the set less an address.
func (s Ranges) without(addr netip.Addr) Ranges {
	r, in := s.around(addr)
	if !in {
		return s
	}
	i, _ := s.search(addr)
	var rest []Range
	if r.From != addr {
		rest = append(rest, Range{From: r.From, To: addr.Prev()})
	}
	if r.To != addr {
		rest = append(rest, Range{From: addr.Next(), To: r.To})
	}
	return slices.Replace(slices.Clone(s), i, i+1, rest...)
}

// size is how many addresses there are.
func (s Ranges) size() *big.Int {
	total := new(big.Int)
	for _, r := range s {
		from, to := r.From.As16(), r.To.As16()
		count := new(big.Int).Sub(new(big.Int).SetBytes(to[:]), new(big.Int).SetBytes(from[:]))
		total.Add(total, count.Add(count, big.NewInt(1)))
	}
	return total
}
