package catalog

import (
	"fmt"
	"strings"
)

// String explains the quote as a person would read it: each line with its
// charges, then the total and what it is made of.
func (q Quote) String() string {
	var b strings.Builder
	for _, line := range q.Lines {
		b.WriteString(line.Explain())
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "total %s", q.Total)
	var parts []string
	if !q.OneTime.IsZero() {
		parts = append(parts, q.OneTime.String()+" once")
	}
	for _, total := range q.Recurring {
		parts = append(parts, total.Exact.String()+" "+total.Period.each())
	}
	if len(parts) > 0 {
		b.WriteString(": " + strings.Join(parts, ", "))
	}
	return b.String()
}

// Explain says what a line costs and why:
//
//	3 × vm-small (Small machine) in nyc1
//	  instance: 0.07143 USD an hour × 3 = 0.21429 USD
//	  disk: 50 GiB of disk × 0.0001 USD an hour × 3 = 0.015 USD
//	  together 0.22929 USD, rounded half to even: 0.23 USD
func (l Line) Explain() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d × %s", l.Quantity, l.SKU)
	if l.Name != l.SKU {
		fmt.Fprintf(&b, " (%s)", l.Name)
	}
	b.WriteString(inRegion(l.Region))
	for _, charge := range l.Charges {
		b.WriteString("\n  " + charge.String())
	}
	fmt.Fprintf(&b, "\n  together %s", l.Exact)
	if !l.Exact.Equal(l.Amount.Exact()) {
		fmt.Fprintf(&b, ", rounded half to even: %s", l.Amount)
	}
	return b.String()
}

// String reads "disk: 50 GiB of disk × 0.0001 USD an hour × 3 = 0.015 USD".
func (c Charge) String() string {
	var units string
	if c.Unit != "" {
		units = fmt.Sprintf("%s %s × ", c.Units, unitInWords(c.Unit))
	}
	return fmt.Sprintf("%s: %s%s %s × %d = %s", c.Rule, units, c.Rate, c.Period.each(), c.Quantity, c.Exact)
}

func (p Period) each() string {
	switch p {
	case PeriodHour:
		return "an hour"
	case PeriodDay:
		return "a day"
	case PeriodMonth:
		return "a month"
	case PeriodYear:
		return "a year"
	default:
		return string(p)
	}
}

func unitInWords(unit string) string {
	switch unit {
	case vcpus:
		return "vCPUs"
	case memoryGiB:
		return "GiB of memory"
	case diskGiB:
		return "GiB of disk"
	case gpuCount:
		return "GPUs"
	case bandwidthMbps:
		return "Mbit/s"
	case iops:
		return "IOPS"
	case ips:
		return "addresses"
	case trafficGiB:
		return "GiB of traffic"
	default:
		return unit
	}
}
