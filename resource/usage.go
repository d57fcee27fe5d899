package resource

import (
	"fmt"
	"time"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/tenant"
)

// Usage is the tenant's ledger of what its limits bound. It changes in the
// same write as the resources it counts, so that no two orders pass the limit
// together.
type Usage struct {
	TenantID tenant.ID `json:"tenant_id"`
	// Live is how many placed resources are not terminated.
	Live      int64     `json:"live"`
	Version   int64     `json:"version"`
	UpdatedAt time.Time `json:"updated_at"`
}

// admit says whether so many more resources are within a limit; 0 is none.
func (u Usage) admit(more, limit int64) error {
	if limit > 0 && u.Live+more > limit {
		return &fault.Error{Kind: fault.ErrExhausted, Err: fmt.Errorf(
			"needs %d resources, the tenant has %d of at most %d", more, u.Live, limit)}
	}
	return nil
}
