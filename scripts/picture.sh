#!/bin/sh
# Takes the picture of the README: foveactl answering the question of `make run`
# in a terminal window. Needs xvfb, xterm, imagemagick and a finished `make run`.
set -eu
cd "$(dirname "$0")/.."
question=$(sed -n 's/^QUESTION := //p' Makefile)

case "${1:-}" in
'') # start a screen
	answered=$(mktemp -u)
	export answered
	exec xvfb-run -a -s '-screen 0 1120x320x24' scripts/picture.sh screen
	;;
screen) # a window on it, until the answer is there
	xterm -fa 'DejaVu Sans Mono' -fs 11 -bg '#14161b' -fg '#e6e6e6' -geometry 122x15+0+0 -b 14 -e scripts/picture.sh window &
	until [ -e "$answered" ]; do sleep 1; done
	import -window root docs/images/ask.png
	rm "$answered"
	kill $!
	;;
window)
	printf '$ foveactl ask --doc manual.pdf "%s"\n' "$question"
	build/foveactl ask --doc assets/manual.pdf "$question"
	printf '$ '
	touch "$answered"
	sleep 10
	;;
esac
