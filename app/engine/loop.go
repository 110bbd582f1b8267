package engine

// Small models, above all when they take the most likely token each time, may
// fall into writing one passage over and over. Nothing new comes of it.
const (
	loopTimes  = 3  // the same passage in a row
	loopTokens = 32 // in all of them together, at least
	loopPeriod = 64 // the longest passage, in tokens
)

// loops says whether ids end in the same passage several times in a row. Fewer
// and shorter repetitions are left alone: tables, rows of dots and songs have
// them.
func loops(ids []int32) bool {
	for period := 1; period <= loopPeriod; period++ {
		n := max(loopTimes*period, loopTokens)
		if n > len(ids) {
			return false // longer periods need more
		}
		tail, same := ids[len(ids)-n:], true
		for i := period; i < n && same; i++ {
			same = tail[i] == tail[i-period]
		}
		if same {
			return true
		}
	}
	return false
}
