package money_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/money"
)

func TestNewQuantity(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"0": "0", "-0": "0", "730": "730", "2.50": "2.5", "0.000000000001": "0.000000000001",
		strings.Repeat("9", 18): strings.Repeat("9", 18),
	} {
		require.Equal(t, want, quantity(t, text).String())
	}
	for _, text := range []string{
		"", "-1", "-0.1", "+1", "1e3", "01", "1.", "NaN", "0.0000000000001", "1" + strings.Repeat("0", 18),
	} {
		_, err := money.NewQuantity(text)
		require.ErrorIs(t, err, fault.ErrInvalid, "%q", text)
	}
	require.Equal(t, money.Quantity{}, quantity(t, "0.00"))
}

func TestQuantityOf(t *testing.T) {
	t.Parallel()
	for _, count := range []int64{0, 1, 730, 1500, 1e18 - 1} {
		q, err := money.QuantityOf(count)
		require.NoError(t, err)
		require.Equal(t, fmt.Sprint(count), q.String())
		require.Equal(t, quantity(t, fmt.Sprint(count)), q)
	}
	for _, count := range []int64{-1, math.MinInt64, 1e18, math.MaxInt64} {
		_, err := money.QuantityOf(count)
		require.ErrorIs(t, err, fault.ErrInvalid, count)
	}
}

func TestQuantityArithmeticIsExactOrRefused(t *testing.T) {
	t.Parallel()
	limit := rational(t, "1"+strings.Repeat("0", 18))
	step := rational(t, "1000000000000")
	representable := func(r *big.Rat) bool {
		return r.Sign() >= 0 && r.Cmp(limit) < 0 && new(big.Rat).Mul(r, step).IsInt()
	}
	rapid.Check(t, func(t *rapid.T) {
		q, p := anyQuantity().Draw(t, "q"), anyQuantity().Draw(t, "p")
		x, y := rational(t, q.String()), rational(t, p.String())
		for name, one := range map[string]struct {
			do   func(money.Quantity) (money.Quantity, error)
			want *big.Rat
		}{
			"add": {q.Add, new(big.Rat).Add(x, y)},
			"sub": {q.Sub, new(big.Rat).Sub(x, y)},
			"mul": {q.Mul, new(big.Rat).Mul(x, y)},
		} {
			got, err := one.do(p)
			if !representable(one.want) {
				require.ErrorIs(t, err, fault.ErrInvalid, name)
				continue
			}
			require.NoError(t, err, name)
			require.Zero(t, one.want.Cmp(rational(t, got.String())), name)
		}
		require.Equal(t, x.Cmp(y), q.Cmp(p))
		require.Equal(t, x.Cmp(y) == 0, q.Equal(p))
		require.Equal(t, x.Cmp(y) == 0, cmp.Equal(q, p))
		require.Equal(t, x.Sign() == 0, q.IsZero())
		back, err := money.NewQuantity(q.String())
		require.NoError(t, err)
		require.Equal(t, q, back)
	})
}

func TestQuantityInJSON(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal([]money.Quantity{{}, quantity(t, "2.50")})
	require.NoError(t, err)
	require.Equal(t, `["0","2.5"]`, string(text))
	var back []money.Quantity
	require.NoError(t, json.Unmarshal(text, &back))
	require.Equal(t, []money.Quantity{{}, quantity(t, "2.5")}, back)

	kept := quantity(t, "7")
	for _, bad := range []string{`"-1"`, `""`, `"1e3"`, `7`, `{}`} {
		require.Error(t, json.Unmarshal([]byte(bad), &kept), bad)
		require.Equal(t, "7", kept.String())
	}
}

func ExampleQuantity() {
	disks, _ := money.QuantityOf(3)
	size, _ := money.NewQuantity("2.50")
	total, err := disks.Mul(size)
	fmt.Println(total, err)
	// Output:
	// 7.5 <nil>
}
