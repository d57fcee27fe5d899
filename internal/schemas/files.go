package schemas

import (
	"io/fs"
	"os"
	"path"
	"strings"
)

// Published is where the schemas of the last release are, from the root of the
// library's module.
const Published = "internal/schemas/testdata/published"

// Read reads the schemas of a folder, by their types. A folder that is not there
// has none.
func Read(module fs.FS, folder string) (map[string][]byte, error) {
	files, err := fs.Glob(module, folder+"/*.json")
	all := map[string][]byte{}
	for _, file := range files {
		text, err := fs.ReadFile(module, file)
		if err != nil {
			return nil, err
		}
		all[strings.TrimSuffix(path.Base(file), ".json")] = text
	}
	return all, err
}

// Write makes a folder's schemas these, and no other.
func Write(root *os.Root, folder string, all map[string][]byte) error {
	if err := root.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	old, err := Read(root.FS(), folder)
	if err != nil {
		return err
	}
	for name := range old {
		if _, stays := all[name]; !stays {
			if err := root.Remove(folder + "/" + name + ".json"); err != nil {
				return err
			}
		}
	}
	for _, name := range Types(all) {
		if err := root.WriteFile(folder+"/"+name+".json", all[name], 0o644); err != nil {
			return err
		}
	}
	return nil
}
