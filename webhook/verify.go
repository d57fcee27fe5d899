package webhook

import (
	"crypto/subtle"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/platforma/platforma/fault"
)

// Tolerance is how far a request's time may be from the receiver's, unless it
// says otherwise.
const Tolerance = 5 * time.Minute

// Verify is for receivers: it says whether a request is signed with one of the
// secrets, was sent no longer ago than the tolerance, and no further in the
// future. The body is all of it, byte by byte as it was received; no tolerance is
// [Tolerance]. A request may still be a repeat: the header webhook-id says of
// which event.
//
// What is missing, malformed, too old, too new or signed with another secret is
// fault.ErrInvalid, with the name of the header that says so. A bad secret among
// those given is fault.ErrInvalid without one. It quotes nothing of any.
func Verify(header http.Header, body []byte, secrets []Secret, tolerance time.Duration, now time.Time) error {
	const operation = "webhook.verify"
	if tolerance <= 0 {
		tolerance = Tolerance
	}
	id, timestamp := header.Get(HeaderID), header.Get(HeaderTimestamp)
	var f fault.Fields
	if id == "" {
		f.Add(HeaderID, "must be there")
	}
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	age := now.Sub(time.Unix(seconds, 0))
	switch {
	case err != nil:
		f.Add(HeaderTimestamp, "must be the seconds since 1970")
	case age > tolerance:
		f.Add(HeaderTimestamp, "must be at most %s ago", tolerance)
	case age < -tolerance:
		f.Add(HeaderTimestamp, "must be at most %s ahead", tolerance)
	}
	// Also where something else is wrong already, so that the time which that
	// takes tells nothing.
	signed, err := signedWith(header.Values(HeaderSignature), id, timestamp, body, secrets)
	if err != nil {
		return fault.At(err, operation, "", "")
	}
	if !signed {
		f.Add(HeaderSignature, "must be a signature with one of the secrets")
	}
	return f.Err(operation, "", "")
}

// signedWith says whether one of the signatures is one with one of the secrets.
func signedWith(given []string, id, timestamp string, body []byte, secrets []Secret) (bool, error) {
	found := 0
	for _, s := range secrets {
		key, err := s.bytes()
		if err != nil {
			return false, err
		}
		want := []byte(signature(key, id, timestamp, body))
		for one := range strings.FieldsSeq(strings.Join(given, " ")) {
			found |= subtle.ConstantTimeCompare([]byte(one), want)
		}
	}
	return found == 1, nil
}
