package id

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/platforma/platforma/fault"
)

// decode is encode the other way round, written from the specification: the
// digits are one number of 130 bits, whose top two are 0.
func decode(t require.TestingT, digits string) (hi, lo uint64) {
	for i := range len(digits) {
		value := strings.IndexByte("0123456789abcdefghjkmnpqrstvwxyz", digits[i])
		require.NotEqual(t, -1, value)
		hi = hi<<5 | lo>>59
		lo = lo<<5 | uint64(value)
	}
	return hi, lo
}

// The examples of the TypeID specification (github.com/jetify-com/typeid,
// spec/valid.yml), as UUIDs in two halves.
func TestDigitsAreTypeIDs(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		hi, lo uint64
		digits string
	}{
		{0, 0, "00000000000000000000000000"},
		{0, 1, "00000000000000000000000001"},
		{0, 10, "0000000000000000000000000a"},
		{0, 16, "0000000000000000000000000g"},
		{0, 32, "00000000000000000000000010"},
		{math.MaxUint64, math.MaxUint64, "7zzzzzzzzzzzzzzzzzzzzzzzzz"},
		{0x0110c8531d0952d8, 0xd73e1194e95b5f19, "0123456789abcdefghjkmnpqrs"},
		{0x0001020304050607, 0x08090a0b0c0d0e0f, "00041061050r3gg28a1c60t3gf"},
		{0x01890a5dac96774b, 0xbcceb302099a8057, "01h455vb4pex5vsknk084sn02q"},
	} {
		require.Equal(t, row.digits, encode(row.hi, row.lo))
		require.True(t, Valid("prefix", "prefix_"+row.digits))
		hi, lo := decode(t, row.digits)
		require.Equal(t, []uint64{row.hi, row.lo}, []uint64{hi, lo})
	}
}

func TestDigitsAndBitsAreOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		one := []uint64{rapid.Uint64().Draw(t, "hi"), rapid.Uint64().Draw(t, "lo")}
		two := []uint64{rapid.Uint64().Draw(t, "hi"), rapid.Uint64().Draw(t, "lo")}
		text := encode(one[0], one[1])
		require.True(t, Valid("x", "x_"+text))
		hi, lo := decode(t, text)
		require.Equal(t, one[0], hi)
		require.Equal(t, one[1], lo)
		require.Equal(t, slices.Compare(one, two), strings.Compare(text, encode(two[0], two[1])), "texts sort as numbers")
	})
}

func TestNewHoldsTheTimeInAUUIDv7(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 678_901_000, time.UTC)
	s := NewSource(func() time.Time { return at }, rand.NewPCG(1, 2))
	for range 3 {
		text := s.New("cust")
		require.True(t, Valid("cust", text), text)
		hi, lo := decode(t, strings.TrimPrefix(text, "cust_"))
		require.Equal(t, uint64(at.UnixMilli()), hi>>16, "48 bits of milliseconds")
		require.Equal(t, uint64(7), hi>>12&0xf, "the version")
		require.Equal(t, uint64(0b10), lo>>62, "the variant")
		at = at.Add(time.Hour)
	}
	first := func(entropy rand.Source) string {
		return NewSource(func() time.Time { return at }, entropy).New("cust")
	}
	one, two := first(rand.NewPCG(1, 2)), first(rand.NewPCG(1, 2))
	require.Equal(t, one, two, "the same clock and entropy make the same ids")
	one, two = first(nil), first(nil)
	require.NotEqual(t, one, two, "without entropy of one's own they cannot be guessed")
	require.True(t, Valid("cust", NewSource(nil, nil).New("cust")))
}

func TestIDsIncreaseWhateverTheClockDoes(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for what, step := range map[string]func(i int) time.Duration{
		"runs on":           func(i int) time.Duration { return time.Duration(i) * time.Millisecond },
		"stands still":      func(int) time.Duration { return 0 },
		"runs back":         func(i int) time.Duration { return -time.Duration(i) * time.Hour },
		"is before 1970":    func(int) time.Duration { return -100 * 365 * 24 * time.Hour },
		"jumps to and fro":  func(i int) time.Duration { return time.Duration(i%3-1) * time.Hour },
		"ticks every tenth": func(i int) time.Duration { return time.Duration(i/10) * time.Millisecond },
	} {
		i := 0
		s := NewSource(func() time.Time { i++; return start.Add(step(i)) }, rand.NewPCG(1, 2))
		var last string
		for range 1000 {
			next := s.New("evt")
			require.True(t, Valid("evt", next), next)
			require.Less(t, last, next, "a clock that %s", what)
			last = next
		}
	}
}

// entropy answers the largest number each time, so that every carry happens.
type entropy struct{}

func (entropy) Uint64() uint64 { return math.MaxUint64 }

func TestCarriesRunOnIntoTheTime(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s := NewSource(func() time.Time { return at }, entropy{})
	last := s.New("evt")
	hi, _ := decode(t, last[4:])
	require.Equal(t, uint64(at.UnixMilli()), hi>>16)
	for i := range uint64(10) {
		next := s.New("evt")
		require.Less(t, last, next)
		hi, lo := decode(t, next[4:])
		require.Equal(t, uint64(at.UnixMilli())+1, hi>>16)
		require.Equal(t, uint64(7), hi>>12&0xf)
		require.Equal(t, uint64(0b10), lo>>62)
		require.Zero(t, hi&0xfff, "step %d", i)
		last = next
	}
}

func TestALowCarryStepsUpTheHighBits(t *testing.T) {
	t.Parallel()
	s := NewSource(time.Now, entropy{})
	s.lastTime, s.lastHigh, s.lastLow = 1<<47, 5, lowMask
	last := encode(s.lastTime<<16|7<<12|s.lastHigh, 0b10<<62|s.lastLow)
	next := s.New("x")[2:]
	require.Less(t, last, next)
	hi, lo := decode(t, next)
	require.Equal(t, uint64(6), hi&0xfff)
	require.Less(t, lo&lowMask, uint64(1)<<33)
}

func TestASourceIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	s := NewSource(nil, nil)
	var mu sync.Mutex
	var group sync.WaitGroup
	all := map[string]bool{}
	for range 8 {
		group.Go(func() {
			var own []string
			for range 500 {
				own = append(own, s.New("evt"))
			}
			mu.Lock()
			defer mu.Unlock()
			if !slices.IsSorted(own) {
				t.Error("the ids that one goroutine got do not increase")
			}
			for _, text := range own {
				all[text] = true
			}
		})
	}
	group.Wait()
	require.Len(t, all, 8*500)
}

func TestValid(t *testing.T) {
	t.Parallel()
	const good = "01h455vb4pex5vsknk084sn02q"
	require.True(t, Valid("ten", "ten_"+good))
	for what, text := range map[string]string{
		"empty": "", "no prefix": good, "an empty prefix": "_" + good, "another prefix": "usr_" + good,
		"a longer prefix": "tent_" + good, "a shorter prefix": "te_" + good, "two prefixes": "ten_ten_" + good,
		"no underscore": "ten" + good, "a hyphen": "ten-" + good, "two underscores": "ten__" + good[1:],
		"the prefix alone": "ten_", "a digit less": "ten_" + good[1:], "a digit more": "ten_" + good + "0",
		"upper case": "TEN_" + good, "upper-case digits": "ten_" + strings.ToUpper(good),
		"more than 128 bits": "ten_8" + good[1:], "a letter first": "ten_a" + good[1:],
		"i": "ten_" + good[:25] + "i", "l": "ten_" + good[:25] + "l", "o": "ten_" + good[:25] + "o", "u": "ten_" + good[:25] + "u",
		"a hyphen among the digits": "ten_01h455vb-pex5vsknk084sn02q",
		"a space before":            " ten_" + good, "a space after": "ten_" + good[1:] + " ", "a line feed": "ten_" + good + "\n",
		"a NUL": "ten_" + good[:25] + "\x00", "another script": "ten_" + good[:24] + "ä", "no UTF-8": "ten_" + good[:25] + "\xff",
		"a UUID": "ten_01890a5d-ac96-774b-bcce-b302099a8057",
	} {
		require.False(t, Valid("ten", text), what)
	}
}

func TestParseSaysWhatAnIDShouldHaveBeen(t *testing.T) {
	t.Parallel()
	require.NoError(t, Parse("ten", "ten_01h455vb4pex5vsknk084sn02q"))
	for text, rule := range map[string]string{
		"": "must not be empty", "usr_01h455vb4pex5vsknk084sn02q": `must be an id that begins with "ten_"`,
	} {
		var e *fault.Error
		require.ErrorAs(t, Parse("ten", text), &e)
		require.Equal(t, &fault.Error{Kind: fault.ErrInvalid, Fields: []fault.Field{{Path: "id", Rule: rule}}}, e)
	}
	var f fault.Fields
	Check(&f, "customer_id", "cust", "x")
	require.Equal(t, "customer_id", f.All()[0].Path)
}

func FuzzValid(f *testing.F) {
	for _, text := range []string{"ten_01h455vb4pex5vsknk084sn02q", "ten_", "ten_8zzzzzzzzzzzzzzzzzzzzzzzzz", ""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if Valid("ten", text) {
			require.Equal(t, text, "ten_"+encode(decode(t, text[4:])), "one id has one text")
		} else {
			require.ErrorIs(t, Parse("ten", text), fault.ErrInvalid)
		}
	})
}
