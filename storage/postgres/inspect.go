package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/platforma/platforma/fault"
)

// Finding is one thing about a database that keeps tenants, or services, less
// apart than the library promises.
type Finding struct {
	// Rule is the stable name of the rule that is broken, such as
	// "table-not-forced"; docs/postgres.md lists them all.
	Rule string
	// Object is what breaks it, such as "table customer.customers".
	Object string
	// Meaning says what may happen because of it.
	Meaning string
	// Mend is the SQL that mends it, for the role that migrates. Where no SQL
	// does, such as where the server is too old, it is a comment that says what
	// does.
	Mend string
	// Superuser says that the role that migrates may be too weak for Mend.
	Superuser bool
}

// String is the finding in a few lines, the SQL last.
func (f Finding) String() string {
	by := ""
	if f.Superuser && !strings.HasPrefix(f.Mend, "--") {
		by = " -- as a superuser"
	}
	return fmt.Sprintf("%s: %s: %s\n\t%s%s", f.Rule, f.Object, f.Meaning, strings.ReplaceAll(f.Mend, "\n", "\n\t"), by)
}

// Report is what an inspection found.
type Report struct {
	// Findings are what [Open] refuses the database for; without any it is safe.
	Findings []Finding
	// Advice is what would make a safe database safer, and is not every host's to
	// have: it needs a superuser. It keeps no database from being opened.
	Advice []Finding
}

// String lists the findings, and behind them the advice.
func (r Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "findings: %d", len(r.Findings))
	for _, f := range r.Findings {
		b.WriteString("\n" + f.String())
	}
	if len(r.Advice) > 0 {
		fmt.Fprintf(&b, "\nadvice: %d", len(r.Advice))
	}
	for _, f := range r.Advice {
		b.WriteString("\n" + f.String())
	}
	return b.String()
}

// InspectOptions are what an inspection looks at; nil means the defaults.
type InspectOptions struct {
	// Prefix begins the names of the library's roles, as the database was
	// migrated with; empty is the database's name.
	Prefix string
	// Logins are the roles that the application logs in as. Empty is who the DSN
	// logs in as: for the application itself, and wrong for the role that
	// migrates, which owns the tables.
	Logins []string
	// Tables are the host's own tables that must be under the policy, each as SQL
	// writes it with its schema. Those that were put under it are found without
	// being named, as long as they have the policy, the check of the tenant's
	// column, or such a column and a grant to the host's role.
	Tables []string
	// Sealed says that the database has to be sealed, see [Seal]: what is not is
	// then a finding, and no advice.
	Sealed bool
}

// Inspect looks at what the catalog of a database says about everything that
// keeps tenants and services apart, and returns what is wrong with it. It
// changes nothing, and needs no more than to be let into the database, so that
// the application's login will do; and so will the role that migrates, in a
// pipeline after [Migrate], with the application's login in the options.
//
// What is found is no error. Errors are fault.ErrUnavailable: the database did
// not answer.
func Inspect(ctx context.Context, dsn string, o *InspectOptions) (Report, error) {
	if o == nil {
		o = &InspectOptions{}
	}
	report, err := inspect(ctx, dsn, *o)
	if err != nil {
		return Report{}, &fault.Error{Op: "postgres.inspect", Kind: fault.ErrUnavailable, Err: err}
	}
	return report, nil
}

func inspect(ctx context.Context, dsn string, o InspectOptions) (_ Report, err error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return Report{}, err
	}
	config.RuntimeParams["standard_conforming_strings"] = "on"
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return Report{}, err
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	facts, err := look(ctx, conn.PgConn(), o)
	return facts.report(), err
}
