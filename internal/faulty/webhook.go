package faulty

import (
	"context"
	"slices"
	"time"

	"github.com/platforma/platforma/event"
	"github.com/platforma/platforma/page"
	"github.com/platforma/platforma/webhook"
)

// webhookFaults forget deliveries, give an endpoint to two, or to the wrong one.
func webhookFaults() []Fault {
	return append(sendingFaults(), []Fault{
		{Name: "Webhooks.Claim gives an endpoint to two", What: "a claim is not looked at", plant: func(d *database) {
			claim := d.Webhooks.Claim
			held := remember[string, []webhook.Claim]()
			d.Webhooks.Claim = func(ctx context.Context, r webhook.ClaimRequest) ([]webhook.Claim, error) {
				claims, err := claim(ctx, r)
				last, _ := held.get("")
				held.set("", claims)
				if err == nil && len(claims) == 0 {
					return last, nil
				}
				return claims, err
			}
		}},
		{Name: "Webhooks.Claim leases for ever", What: "what a worker that died held is never sent", plant: func(d *database) {
			arguments(d, "Webhooks.Claim", func(r *webhook.ClaimRequest) { r.Lease = 1000 * time.Hour })
		}},
		{Name: "Webhooks.Claim takes what is not due", What: "retries come before their time", plant: func(d *database) {
			arguments(d, "Webhooks.Claim", func(r *webhook.ClaimRequest) { r.Immediate = true })
		}},
		{
			Name: "Webhooks.Claim ignores that it is wanted at once", What: "retries wait for their time all the same",
			plant: func(d *database) {
				arguments(d, "Webhooks.Claim", func(r *webhook.ClaimRequest) { r.Immediate = false })
			},
		},
		{Name: "Webhooks.Claim has no limit", What: "one worker takes all endpoints", plant: func(d *database) {
			arguments(d, "Webhooks.Claim", func(r *webhook.ClaimRequest) { r.Limit = 1 << 20 })
		}},
		{Name: "Webhooks.Claim takes no turns", What: "the endpoint that had the last turn has the next one", plant: func(d *database) {
			claim, release := d.Webhooks.Claim, d.Webhooks.Release
			d.Webhooks.Claim = func(ctx context.Context, r webhook.ClaimRequest) ([]webhook.Claim, error) {
				limit := r.Limit
				r.Limit = 1 << 20
				claims, err := claim(ctx, r)
				claims = reversed(claims)
				for _, c := range claims[min(limit, len(claims)):] {
					_ = release(ctx, c, 0)
				}
				return claims[:min(limit, len(claims))], err
			}
		}},
		{Name: "Webhooks.Claim counts no epochs", What: "two claims of an endpoint cannot be told apart", plant: func(d *database) {
			answers(d, "Webhooks.Claim", func(c *webhook.Claim) { c.Epoch = 1 })
		}},
		{Name: "Webhooks.Release ignores the epoch", What: "who has lost an endpoint gives it back all the same", plant: func(d *database) {
			epochs := remember[webhook.ID, int64]()
			answers(d, "Webhooks.Claim", func(c *webhook.Claim) { epochs.set(c.Endpoint, c.Epoch) })
			release := d.Webhooks.Release
			d.Webhooks.Release = func(ctx context.Context, c webhook.Claim, hidden time.Duration) error {
				c.Epoch, _ = epochs.get(c.Endpoint)
				return release(ctx, c, hidden)
			}
		}},
		{Name: "Webhooks.Release hides nothing", What: "what could not be stored is tried again at once", plant: func(d *database) {
			release := d.Webhooks.Release
			d.Webhooks.Release = func(ctx context.Context, c webhook.Claim, _ time.Duration) error { return release(ctx, c, 0) }
		}},
		{Name: "Webhooks.Next is always now", What: "workers poll without a pause", plant: func(d *database) {
			next := d.Webhooks.Next
			d.Webhooks.Next = func(ctx context.Context, now time.Time, immediate bool) (time.Duration, bool, error) {
				_, ok, err := next(ctx, now, immediate)
				return 0, ok, err
			}
		}},
		{
			Name: "Webhooks.Next sees work where there is none", What: "workers wait for nothing",
			Also: []string{"webhook/no delivery is forgotten"}, plant: func(d *database) {
				next := d.Webhooks.Next
				d.Webhooks.Next = func(ctx context.Context, now time.Time, immediate bool) (time.Duration, bool, error) {
					wait, _, err := next(ctx, now, immediate)
					return wait, true, err
				}
			},
		},
	}...)
}

// sendingFaults are about what is to be sent.
func sendingFaults() []Fault {
	written := func(name, what string, edit func(*webhook.Changes)) Fault {
		return Fault{Name: name, What: what, plant: func(d *database) {
			write := d.Webhooks.Write
			d.Webhooks.Write = func(ctx context.Context, c webhook.Changes, commit event.Commit) error {
				edit(&c)
				return write(ctx, c, commit)
			}
		}}
	}
	ignore := func(method, filter string, plant func(d *database)) Fault {
		return Fault{Name: method + " ignores the filter by " + filter, What: "what is not wanted is listed too", plant: plant}
	}
	return []Fault{
		written("Webhooks.Write counts no failures", "an endpoint that fails is never disabled",
			func(c *webhook.Changes) { c.Failures = nil }),
		written("Webhooks.Write heals nothing", "an endpoint that is well again is disabled all the same",
			func(c *webhook.Changes) { c.Healed = nil }),
		written("Webhooks.Write leaves what was deleted", "a deleted endpoint is there",
			func(c *webhook.Changes) { c.Deleted = nil }),
		{Name: "Webhooks.Due has another endpoint's", What: "what is due is read of the whole tenant", plant: func(d *database) {
			due, list := d.Webhooks.Due, d.Webhooks.List
			d.Webhooks.Due = func(ctx context.Context, id webhook.ID, now time.Time, limit int) ([]webhook.Delivery, error) {
				all, err := due(ctx, id, now, limit)
				endpoints, _ := list(ctx, webhook.Query{}, page.Window{Limit: 9})
				for _, e := range endpoints {
					if e.ID != id && err == nil {
						more, _ := due(ctx, e.ID, now, limit)
						all = append(all, more...)
					}
				}
				return all, err
			}
		}},
		{Name: "Webhooks.Due has what is not due", What: "retries come before their time", plant: func(d *database) {
			due := d.Webhooks.Due
			d.Webhooks.Due = func(ctx context.Context, id webhook.ID, now time.Time, limit int) ([]webhook.Delivery, error) {
				return due(ctx, id, now.Add(time.Hour), limit)
			}
		}},
		{Name: "Webhooks.Due has the latest first", What: "old deliveries wait for new ones", plant: func(d *database) {
			due := d.Webhooks.Due
			d.Webhooks.Due = func(ctx context.Context, id webhook.ID, now time.Time, limit int) ([]webhook.Delivery, error) {
				all, err := due(ctx, id, now, limit)
				return reversed(all), err
			}
		}},
		{Name: "Webhooks.Delivery writes the payload anew", What: "it is JSON, so the adapter keeps it as such", plant: func(d *database) {
			answers(d, "Webhooks.D*", func(of *webhook.Delivery) {
				if len(of.Payload) > 0 {
					of.Payload = append(slices.Clip(of.Payload), ' ')
				}
			})
		}},
		{Name: "Webhooks.Keys forgets the former secret", What: "receivers that have not learnt the new one refuse all", plant: func(d *database) {
			answers(d, "Webhooks.Keys", func(k *webhook.Keys) { k.Former, k.FormerUntil = "", nil })
		}},
		ignore("Webhooks.List", "status", dropping("Webhooks.List", func(q *webhook.Query) { q.Status = "" })),
		ignore("Webhooks.Deliveries", "endpoint", dropping("Webhooks.Deliveries", func(q *webhook.DeliveryQuery) { q.Endpoint = "" })),
		ignore("Webhooks.Deliveries", "status", dropping("Webhooks.Deliveries", func(q *webhook.DeliveryQuery) { q.Status = "" })),
		ignore("Webhooks.Deliveries", "event", dropping("Webhooks.Deliveries", func(q *webhook.DeliveryQuery) { q.Event = "" })),
		ignore("Webhooks.Attempts", "endpoint", dropping("Webhooks.Attempts", func(q *webhook.AttemptQuery) { q.Endpoint = "" })),
		ignore("Webhooks.Attempts", "delivery", dropping("Webhooks.Attempts", func(q *webhook.AttemptQuery) { q.Delivery = "" })),
	}
}
