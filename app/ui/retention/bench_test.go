package retention

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"fovea/model/trace"
)

// benchmarkDraw draws the chart of the largest log as a window of 1280x800
// would on a screen without scaling, at a width of the window's.
func benchmarkDraw(b *testing.B, width float32, next func(i, n int) int) {
	test.NewTempApp(b)
	log := huge(100)
	p := still()
	p.SetLog(log)
	p.chart.Resize(fyne.NewSize(width, 480))
	f := p.chart.frame()
	w, h := int(width-f.left), int(f.axis+f.axisH-f.top)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		p.view.at = next(i, len(log.Entries))
		p.chart.draw(w, h)
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/frame")
}

func BenchmarkDrawPane(b *testing.B) {
	benchmarkDraw(b, 420, func(i, n int) int { return i % n })
}

func BenchmarkDrawFullWidth(b *testing.B) {
	benchmarkDraw(b, 1280, func(i, n int) int { return i % n })
}

// BenchmarkDrawJump jumps about in the log: nothing of the frame before helps.
func BenchmarkDrawJump(b *testing.B) {
	benchmarkDraw(b, 1280, func(i, n int) int { return n - 1 - i%2*(remembered+1) })
}

// BenchmarkLive is all that a token costs while a person watches: it is
// encoded, added, and drawn where that is not more often than 15 times a
// second. A token takes 40 ms; the benchmark's clock moves on by that much.
func BenchmarkLive(b *testing.B) {
	test.NewTempApp(b)
	log := sampleLog(30, 400)
	first := 0
	for isWindow(log.Entries[first].Step) {
		first++
	}
	k := newFakeClock()
	p := newPane(k.clock())
	p.Resize(fyne.NewSize(420, 760))
	test.WidgetRenderer(p)
	p.SetLog(&trace.Log{Map: log.Map, Entries: log.Entries[:first]})
	f := p.chart.frame()
	w, h := int(p.chart.Size().Width-f.left), int(f.axis+f.axisH-f.top)
	encoder := trace.NewEncoder(nil)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		e := log.Entries[first+i%400]
		if err := encoder.Add(e); err != nil {
			b.Fatal(err)
		}
		if i%25 == 0 {
			encoder.Bytes()
		}
		frames := k.frames
		p.Add(e)
		k.advance(40 * time.Millisecond)
		if k.frames != frames || p.pace.last.Equal(k.time) {
			p.chart.draw(w, h)
		}
		if i%1000 == 999 { // an answer is not endless
			b.StopTimer()
			p.SetLog(&trace.Log{Map: log.Map, Entries: log.Entries[:first]})
			encoder = trace.NewEncoder(nil)
			b.StartTimer()
		}
	}
	per := b.Elapsed() / time.Duration(b.N)
	b.ReportMetric(100*per.Seconds()/0.040, "%-of-token")
}
