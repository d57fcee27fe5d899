package postgres

// Session is the one connection that migrates.
var Session = session
