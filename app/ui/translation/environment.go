package translation

import "os"

// variables are those that say the language, as they were when the program
// started: [Load] changes them, and "the system's language" means these.
var variables = func() map[string]string {
	m := map[string]string{}
	for _, name := range []string{"LANGUAGE", "LC_ALL"} {
		if v, ok := os.LookupEnv(name); ok {
			m[name] = v
		}
	}
	return m
}()

// restore undoes what Load did to the environment.
func restore() {
	for _, name := range []string{"LANGUAGE", "LC_ALL"} {
		if v, ok := variables[name]; ok {
			os.Setenv(name, v)
		} else {
			os.Unsetenv(name)
		}
	}
}

// plain says whether the locale is one in which $LANGUAGE does not count.
func plain() bool {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := os.Getenv(name); v != "" {
			return v == "C" || v == "POSIX"
		}
	}
	return os.Getenv("LANGUAGE") == ""
}
