package postgresserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
)

// Oldest is the oldest major version that Start runs.
const Oldest = 15

// EnvBin names the environment variable that holds the folder of PostgreSQL's
// programs, when it is not one of the usual ones.
const EnvBin = "PLATFORMA_POSTGRES_BIN"

// ErrNoPostgres is returned where no PostgreSQL of a sufficient version is
// installed.
var ErrNoPostgres = errors.New("no PostgreSQL")

// Binaries are the server programs of one PostgreSQL installation.
type Binaries struct {
	// Dir is their folder.
	Dir string
	// Version is the release: "15.14".
	Version string
	// Major is the release's first number: 15.
	Major int
}

// Find looks for PostgreSQL's server programs: in the folder that EnvBin
// names and nowhere else if it is set, on the PATH, then in the folders that
// packages use, the newest release first.
func Find(ctx context.Context) (Binaries, error) {
	if dir := os.Getenv(EnvBin); dir != "" {
		bin, err := inspect(ctx, dir)
		if err != nil {
			return Binaries{}, fmt.Errorf("postgresserver: %s: %w", EnvBin, err)
		}
		return bin, nil
	}
	if path, err := exec.LookPath("initdb"); err == nil {
		// What is on the PATH may be a link into the folder of the release.
		for _, p := range []string{resolved(path), path} {
			if bin, err := inspect(ctx, filepath.Dir(p)); err == nil {
				return bin, nil
			}
		}
	}
	if bin, ok := newest(ctx, places()); ok {
		return bin, nil
	}
	return Binaries{}, fmt.Errorf("postgresserver: %w %d or later here: %s, or name the folder of initdb in %s",
		ErrNoPostgres, Oldest, remedy(), EnvBin)
}

// binaries is Find for Start: it may install what it does not find.
func binaries(ctx context.Context, opts *Options) (Binaries, error) {
	if opts.Bin != "" {
		bin, err := inspect(ctx, opts.Bin)
		if err != nil {
			return Binaries{}, fmt.Errorf("postgresserver: %w", err)
		}
		return bin, nil
	}
	bin, err := Find(ctx)
	if !errors.Is(err, ErrNoPostgres) || !opts.Install || !canInstall() {
		return bin, err
	}
	if err := install(ctx); err != nil {
		return Binaries{}, fmt.Errorf("postgresserver: %w", err)
	}
	return Find(ctx)
}

// places returns the folders in which packages put the server's programs.
func places() []string {
	var found []string
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin",                          // Debian, Ubuntu
		"/usr/pgsql-*/bin",                                   // PostgreSQL's own RPMs
		"/usr/libexec/postgresql*",                           // Alpine
		"/usr/local/pgsql/bin",                               // built from source
		"/opt/homebrew/opt/postgresql*/bin",                  // Homebrew on Apple silicon
		"/usr/local/opt/postgresql*/bin",                     // Homebrew on Intel
		"/home/linuxbrew/.linuxbrew/opt/postgresql*/bin",     // Homebrew on Linux
		"/Applications/Postgres.app/Contents/Versions/*/bin", // Postgres.app
		filepath.Join(os.Getenv("PROGRAMFILES"), "PostgreSQL", "*", "bin"),
	} {
		dirs, _ := filepath.Glob(pattern) // the only error is a bad pattern
		found = append(found, dirs...)
	}
	return found
}

// newest returns the newest release in some folders, if any is new enough.
func newest(ctx context.Context, dirs []string) (Binaries, bool) {
	var all []Binaries
	for _, dir := range dirs {
		if bin, err := inspect(ctx, dir); err == nil {
			all = append(all, bin)
		}
	}
	if len(all) == 0 {
		return Binaries{}, false
	}
	return slices.MaxFunc(all, func(a, b Binaries) int { return a.Major - b.Major }), true
}

// "postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)", or "18beta1".
var release = regexp.MustCompile(`\(PostgreSQL\) ((\d+)\S*)`)

// inspect asks the programs in a folder for their version.
func inspect(ctx context.Context, dir string) (Binaries, error) {
	if _, err := exec.LookPath(filepath.Join(dir, "initdb")); err != nil {
		return Binaries{}, err
	}
	out, err := exec.CommandContext(ctx, filepath.Join(dir, "postgres"), "--version").Output()
	if err != nil {
		return Binaries{}, err
	}
	m := release.FindSubmatch(out)
	if m == nil {
		return Binaries{}, fmt.Errorf("%s: not a version of PostgreSQL: %q", dir, out)
	}
	major, err := strconv.Atoi(string(m[2]))
	if err != nil {
		return Binaries{}, err
	}
	if major < Oldest {
		return Binaries{}, fmt.Errorf("%s: PostgreSQL %s is older than %d", dir, m[1], Oldest)
	}
	return Binaries{Dir: dir, Version: string(m[1]), Major: major}, nil
}

// remedy is the one command that brings PostgreSQL to this machine.
func remedy() string {
	switch runtime.GOOS {
	case "darwin":
		return "run `brew install postgresql@17`"
	case "windows":
		return "run `winget install PostgreSQL.PostgreSQL.17`"
	}
	for _, manager := range [][2]string{
		{"apt-get", "apt-get install postgresql"},
		{"dnf", "dnf install postgresql-server"},
		{"apk", "apk add postgresql"},
		{"pacman", "pacman -S postgresql"},
		{"zypper", "zypper install postgresql-server"},
	} {
		if _, err := exec.LookPath(manager[0]); err == nil {
			return "run `sudo " + manager[1] + "`"
		}
	}
	return "install PostgreSQL's server package"
}

func resolved(path string) string {
	if p, err := filepath.EvalSymlinks(path); err == nil {
		return p
	}
	return path
}
