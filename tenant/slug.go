package tenant

import (
	"regexp"
	"strings"

	"github.com/platforma/platforma/fault"
	"github.com/platforma/platforma/internal/words"
)

// maxSlug is the longest DNS label (RFC 1035), so that a slug can be one.
const maxSlug = 63

var slugPattern = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

func checkSlug(f *fault.Fields, slug string) {
	if slug != "" && (len(slug) > maxSlug || !slugPattern.MatchString(slug)) {
		f.Add("slug", "must be lower-case letters and digits, joined by single hyphens, at most %d characters", maxSlug)
	}
}

// slugOf makes a slug from a name: its letters without their accents and its
// digits, with hyphens between. A name without any gives "".
func slugOf(name string) string {
	parts := strings.FieldsFunc(words.Fold(name), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	slug := strings.Join(parts, "-")
	return strings.Trim(slug[:min(len(slug), maxSlug)], "-")
}
