package broker_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What this module brings to who imports it, beside the library: Watermill, and
// what that needs.
func TestModules(t *testing.T) {
	t.Parallel()
	modules := func(args ...string) (all []string) {
		command := append([]string{"list", "-f", "{{with .Module}}{{.Path}}{{end}}"}, args...)
		out, err := exec.CommandContext(t.Context(), "go", command...).Output()
		require.NoError(t, err)
		all = strings.Fields(string(out))
		slices.Sort(all)
		return slices.Compact(all)
	}
	library := modules("-deps", "github.com/platforma/platforma")
	brought := slices.DeleteFunc(modules("-deps", "."), func(m string) bool {
		return slices.Contains(library, m) || m == "github.com/platforma/platforma/broker"
	})
	require.Equal(t, []string{
		"github.com/ThreeDotsLabs/watermill",
		"github.com/google/uuid",
		"github.com/lithammer/shortuuid/v3",
		"github.com/oklog/ulid",
		"github.com/pkg/errors",
	}, brought)
}
