#!/bin/sh
# Installs llama.cpp for comparisons into a folder, its first argument:
#   venv/  a virtual environment of Python with llama-cpp-python, built from
#          source for this processor: its CPU backend
#   node/  node-llama-cpp, ready-made: its Vulkan backend
# What is there already is left as it is. With the argument novulkan after the
# folder, the second is left out.
set -eu
python_version=0.3.36
node_version=3.22.1

dir=$1
mkdir -p "$dir"
die() {
	echo "peers: $*" >&2
	exit 1
}

# installed NAME VERSION: was that installed whole? note NAME VERSION: it is now.
installed() { [ "$(cat "$dir/$1.version" 2>/dev/null)" = "$2" ]; }
note() { echo "$2" >"$dir/$1.version"; }

if ! installed venv $python_version; then
	echo "building llama-cpp-python $python_version for this processor (minutes)"
	rm -rf "$dir/venv"
	python3 -m venv "$dir/venv"
	CMAKE_ARGS=-DGGML_NATIVE=ON "$dir/venv/bin/python" -m pip install --quiet --no-cache-dir \
		--no-binary llama-cpp-python llama-cpp-python==$python_version ||
		die "llama-cpp-python could not be built; it needs a C++ compiler and a package index that has it"
	note venv $python_version
fi

if [ "${2:-}" != novulkan ] && ! installed node $node_version; then
	[ "$(uname -m)" = x86_64 ] || die "llama.cpp's Vulkan backend comes ready-made for x86-64 only; leave it out: make bench-peers PEERS='-vulkan='"
	major=$(node --version | sed 's/^v//; s/\..*//')
	[ "$major" -ge 20 ] || die "node-llama-cpp needs Node.js 20 or newer, and this is $(node --version)"
	echo "installing node-llama-cpp $node_version"
	rm -rf "$dir/node"
	mkdir "$dir/node"
	npm install --silent --no-audit --no-fund --ignore-scripts --omit=optional --prefix "$dir/node" \
		node-llama-cpp@$node_version @node-llama-cpp/linux-x64@$node_version @node-llama-cpp/linux-x64-vulkan@$node_version ||
		die "node-llama-cpp could not be installed"
	note node $node_version
fi
