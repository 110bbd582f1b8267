package kvcache

import "container/list"

// lru gives a fixed number of places to more ids than that: to those that were
// used last.
type lru struct {
	places int
	by     map[int]*list.Element // by id; values are *placed
	order  *list.List            // the one used last in front
	free   []int                 // places given back
}

type placed struct{ id, place int }

func newLRU(places int) *lru {
	return &lru{places: places, by: map[int]*list.Element{}, order: list.New()}
}

// find is the place of an id, which is used by that.
func (l *lru) find(id int) (place int, ok bool) {
	e := l.by[id]
	if e == nil {
		return 0, false
	}
	l.order.MoveToFront(e)
	return e.Value.(*placed).place, true
}

// take gives an id without a place one; evicted is the id that loses it, -1
// where a place was free.
func (l *lru) take(id int) (place, evicted int) {
	evicted = -1
	switch n := len(l.free); {
	case n > 0:
		place, l.free = l.free[n-1], l.free[:n-1]
	case len(l.by) < l.places:
		place = len(l.by)
	default:
		last := l.order.Back()
		p := last.Value.(*placed)
		place, evicted = p.place, p.id
		l.order.Remove(last)
		delete(l.by, p.id)
	}
	l.by[id] = l.order.PushFront(&placed{id, place})
	return place, evicted
}

// forget takes the places of the ids from first on.
func (l *lru) forget(first int) {
	for id, e := range l.by {
		if id >= first {
			l.free = append(l.free, e.Value.(*placed).place)
			l.order.Remove(e)
			delete(l.by, id)
		}
	}
}
