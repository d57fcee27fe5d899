package postgres

// Session is the one connection that migrates.
var Session = session

// Meanings are of all rules of an inspection, by their names.
func Meanings() map[string]string {
	all := map[string]string{}
	for name, r := range rules() {
		all[name] = r.meaning
	}
	return all
}

// Judge is the report on a server of a version with a safe database, and on how
// it takes strings.
func Judge(version int, standard bool) Report {
	return facts{version: version, strings: standard, migrated: true, applied: Versions()}.report()
}
