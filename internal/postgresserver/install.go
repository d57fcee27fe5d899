package postgresserver

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
)

// clusterSettings is read by Debian's packages when they are installed.
const clusterSettings = "/etc/postgresql-common/createcluster.conf"

var createMain = regexp.MustCompile(`(?m)^[\t #]*create_main_cluster\b.*$`)

// canInstall says whether the process may install a package.
func canInstall() bool {
	_, err := exec.LookPath("apt-get")
	return err == nil && os.Geteuid() == 0
}

// install brings the server's programs by Debian's packages, without the
// server that these set up and start unless they are told not to.
func install(ctx context.Context) error {
	if err := apt(ctx, "update", "-q"); err != nil {
		return err
	}
	if err := apt(ctx, "install", "-y", "-q", "--no-install-recommends", "postgresql-common"); err != nil {
		return err
	}
	before, err := os.ReadFile(clusterSettings)
	if err != nil {
		return fmt.Errorf("install: %w", err)
	}
	without := append(createMain.ReplaceAll(before, nil), "\ncreate_main_cluster = false\n"...)
	if err := os.WriteFile(clusterSettings, without, 0o644); err != nil {
		return fmt.Errorf("install: %w", err)
	}
	// The machine's own choice for the installations after this one.
	defer func() { _ = os.WriteFile(clusterSettings, before, 0o644) }()
	return apt(ctx, "install", "-y", "-q", "--no-install-recommends", "postgresql")
}

func apt(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, "apt-get", args...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("apt-get %s: %w\n%s", args[0], err, out)
	}
	return nil
}
