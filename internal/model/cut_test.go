package model

import (
	"reflect"
	"slices"
)

// cut leaves out of a sequence that fails whatever is not needed for that:
// commands first, many at once and then each, then the numbers in them.
func cut(commands []command, fails func([]command) bool) []command {
	for size := len(commands); size > 0; size /= 2 {
		for at := 0; at < len(commands); {
			rest := slices.Delete(slices.Clone(commands), at, min(at+size, len(commands)))
			if fails(rest) {
				commands = rest
			} else {
				at += size
			}
		}
	}
	for i := range commands {
		commands = plain(commands, i, fails)
	}
	return commands
}

// plain makes 0 of those numbers of a command that do not matter.
func plain(commands []command, i int, fails func([]command) bool) []command {
	for field := range reflect.TypeFor[command]().NumField() {
		simpler := slices.Clone(commands)
		v := reflect.ValueOf(&simpler[i]).Elem().Field(field)
		if v.Kind() != reflect.Int || v.IsZero() {
			continue
		}
		v.SetZero()
		if fails(simpler) {
			commands = simpler
		}
	}
	return commands
}
