package resource

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/platforma/platforma/fault"
)

func ExampleParseRange() {
	r, err := ParseRange("10.0.0.5-10.0.0.9")
	fmt.Println(r.From, r.To, err)
	// Output: 10.0.0.5 10.0.0.9 <nil>
}

func TestParseRangeRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "-", "10.0.0.1-", "-10.0.0.1", "10.0.0.9-10.0.0.5", "10.0.0.1-2001:db8::1", "10.0.0", "10.0.0.0/24", " 10.0.0.1",
		"10.0.0.1-10.0.0.2-10.0.0.3", "fe80::1%eth0", "::ffff:10.0.0.1", "010.0.0.1", "host", "10.0.0.1\x00",
	} {
		_, err := ParseRange(text)
		require.ErrorIs(t, err, fault.ErrInvalid, "%q", text)
	}
}

// TestRangesAreASet compares with a plain set of the addresses of a small
// block, of both families, also at the ends of their worlds.
func TestRangesAreASet(t *testing.T) {
	t.Parallel()
	for _, first := range []string{
		"0.0.0.0", "10.0.0.250", "255.255.255.240", "::", "2001:db8::fff0", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff0",
	} {
		block := []netip.Addr{netip.MustParseAddr(first)}
		for len(block) < 16 {
			block = append(block, block[len(block)-1].Next())
		}
		rapid.Check(t, func(t *rapid.T) {
			var list []Range
			set := map[int]bool{}
			for range rapid.IntRange(0, 4).Draw(t, "ranges") {
				from := rapid.IntRange(0, 15).Draw(t, "from")
				to := rapid.IntRange(from, 15).Draw(t, "to")
				list = append(list, Range{block[from], block[to]})
				for i := from; i <= to; i++ {
					set[i] = true
				}
			}
			ranges := rangesOf(list)
			for range rapid.IntRange(0, 20).Draw(t, "steps") {
				i := rapid.IntRange(0, 15).Draw(t, "address")
				before := fmt.Sprint(ranges)
				kept := ranges
				if rapid.Bool().Draw(t, "add") {
					ranges, set[i] = ranges.with(block[i]), true
				} else {
					ranges = ranges.without(block[i])
					delete(set, i)
				}
				require.Equal(t, before, fmt.Sprint(kept), "a set never changes in place")
			}
			require.Equal(t, fmt.Sprint(len(set)), ranges.size().String())
			for i, addr := range block {
				r, in := ranges.around(addr)
				require.Equal(t, set[i], in, "%s in %s", addr, ranges)
				require.True(t, !in || !addr.Less(r.From) && !r.To.Less(addr))
			}
			for i := 1; i < len(ranges); i++ {
				require.True(t, ranges[i-1].To.Next().Less(ranges[i].From), "%s: sorted, with gaps", ranges)
			}
			text, err := json.Marshal(ranges)
			require.NoError(t, err)
			var back Ranges
			require.NoError(t, json.Unmarshal(text, &back))
			require.Equal(t, ranges, back)
		})
	}
}
