package jinja

// expr is an expression.
type expr interface {
	eval(in *interp, s *scope) (any, error)
}

// stmt is a statement, or text.
type stmt interface {
	exec(in *interp, s *scope) error
}

type (
	literal struct{ value any }
	name    struct{ name string }
	listOf  struct {
		items []expr
		tuple bool
	}
	dictOf struct{ keys, values []expr }
	unary  struct {
		op string // "-", "+", "not"
		of expr
	}
	attribute struct {
		of   expr
		name string
	}
	item   struct{ of, key expr }
	slice  struct{ of, from, to, step expr } // from, to and step may be nil
	binary struct {
		op          string
		left, right expr
	}
	compare struct {
		first expr
		ops   []string
		rest  []expr
	}
	logic struct { // and, or
		and         bool
		left, right expr
	}
	conditional struct{ value, condition, other expr } // other may be nil
	arguments   struct {
		positional []expr
		names      []string
		named      []expr
	}
	call struct {
		of expr
		arguments
	}
	filter struct {
		of expr
		filterCall
	}
	filterCall struct {
		name string
		arguments
	}
	test struct {
		of   expr
		name string
		not  bool
		arguments
	}
)

type (
	text  struct{ text string }
	print struct {
		line int
		of   expr
	}
	ifStmt struct {
		line       int
		conditions []expr
		bodies     [][]stmt // one more than conditions: else, maybe empty
	}
	forStmt struct {
		line      int
		targets   []string
		unpack    bool // several targets, or one with a comma
		of, where expr // where may be nil
		body      []stmt
		otherwise []stmt
	}
	setStmt struct {
		line    int
		targets []target
		unpack  bool
		value   expr   // nil: body
		body    []stmt // rendered
	}
	target   struct{ namespace, name string } // namespace may be empty
	withStmt struct {
		line   int
		names  []string
		values []expr
		body   []stmt
	}
	filterStmt struct {
		line    int
		filters []filterCall
		body    []stmt
	}
	doStmt struct {
		line int
		of   expr
	}
	macroStmt struct {
		line     int
		name     string
		params   []string
		defaults []expr // nil: none
		body     []stmt
	}
	generation struct{ body []stmt }
	loopExit   struct{ of error }
)
