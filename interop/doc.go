// Package interop has no code: its tests have others' libraries check what this
// one sends. It is a module of its own, so that none of them is in the library's
// graph.
package interop
