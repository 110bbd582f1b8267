package eval

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

// Interval is an estimate with its 95 % confidence interval.
type Interval struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
	N     int     `json:"n"` // observations
}

const (
	// z95 is the two-sided 95 % point of the normal distribution.
	z95 = 1.959963984540054
	// resamples are the draws of a bootstrap, whose seed is fixed, so that the
	// same results make the same report.
	resamples     = 2000
	bootstrapSeed = 20250213
)

// Wilson is the share of successes among n trials with Wilson's score
// interval. Of no trials nothing is known: the interval is 0 to 1.
func Wilson(successes, n int) Interval {
	if n == 0 {
		return Interval{High: 1}
	}
	trials, p := float64(n), float64(successes)/float64(n)
	scale := 1 + z95*z95/trials
	centre := (p + z95*z95/(2*trials)) / scale
	half := z95 / scale * math.Sqrt(p*(1-p)/trials+z95*z95/(4*trials*trials))
	return Interval{Value: p, Low: max(0, centre-half), High: min(1, centre+half), N: n}
}

// Bootstrap is the mean of values with the percentile interval of the means of
// resampled groups. Values of one group depend on each other, as questions
// about one text do, so groups are drawn whole. NaN of no values.
func Bootstrap(groups [][]float64) Interval {
	return resample(len(groups), func(pick []int) float64 {
		sum, n := 0.0, 0
		for _, g := range pick {
			for _, v := range groups[g] {
				sum += v
			}
			n += len(groups[g])
		}
		return sum / float64(n)
	}, count(groups))
}

// BootstrapRatio is the ratio of the sums of two lists of numbers measured on
// the same groups: part[i] and whole[i] belong together.
func BootstrapRatio(part, whole [][]float64) Interval {
	return resample(len(part), func(pick []int) float64 {
		a, b := 0.0, 0.0
		for _, g := range pick {
			for i := range part[g] {
				a += part[g][i]
				b += whole[g][i]
			}
		}
		return a / b
	}, count(part))
}

func count(groups [][]float64) (n int) {
	for _, g := range groups {
		n += len(g)
	}
	return n
}

// resample gives a statistic of the groups 0 to n-1 with its interval;
// draws for which it is not a number are left out.
func resample(n int, statistic func(pick []int) float64, observations int) Interval {
	pick := make([]int, n)
	for i := range pick {
		pick[i] = i
	}
	value := statistic(pick)
	r := rand.New(rand.NewPCG(bootstrapSeed, uint64(n)))
	var drawn []float64
	for range resamples {
		for i := range pick {
			pick[i] = r.IntN(n)
		}
		if v := statistic(pick); !math.IsNaN(v) && !math.IsInf(v, 0) {
			drawn = append(drawn, v)
		}
	}
	if len(drawn) == 0 {
		return Interval{Value: value, Low: math.NaN(), High: math.NaN(), N: observations}
	}
	slices.SortFunc(drawn, cmp.Compare[float64])
	return Interval{Value: value, Low: percentile(drawn, 0.025), High: percentile(drawn, 0.975), N: observations}
}

// percentile is a quantile of sorted values, between two of them linearly.
func percentile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i+1 == len(sorted) {
		return sorted[i]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

// SignTest is the probability, if wins and losses were equally likely, of a
// result as lopsided as this one or more (the exact two-sided sign test; for
// right and wrong answers it is McNemar's). Draws do not count.
func SignTest(wins, losses int) float64 {
	n, few := wins+losses, min(wins, losses)
	if 2*few == n {
		return 1
	}
	p := 0.0
	for i := range few + 1 {
		p += math.Exp(logChoose(n, i) - float64(n)*math.Ln2)
	}
	return min(1, 2*p)
}

func logChoose(n, k int) float64 {
	a, _ := math.Lgamma(float64(n + 1))
	b, _ := math.Lgamma(float64(k + 1))
	c, _ := math.Lgamma(float64(n - k + 1))
	return a - b - c
}
