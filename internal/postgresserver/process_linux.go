package postgresserver

import "syscall"

func bindLife(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGQUIT }
