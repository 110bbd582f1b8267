# make run       open the window, or without a display ask a question about the
#                sample document in the terminal (installs, builds, fetches)
# make build     build build/foveactl, the program for terminals
# make app       build build/fovea, the program with the window
# make test      all checks and tests
# make ui-test   the tests that drive the window in an X server of their own;
#                pictures of it come to build/screenshots
# make race      the tests under Go's race detector
# make lanes     the kernels' tests with other subgroup sizes
# make check     all three
# make bench     measure speed and memory
# make generate  compile the shaders; make manual: typeset the manual

MODEL := smollm2-135m
QUESTION := What is the fovea of the eye?
FOVEACTL := build/foveactl
FOVEA := build/fovea
DISPLAYED := $(or $(DISPLAY),$(WAYLAND_DISPLAY))

# Go and Fovea keep files in the home directory, which services may not name.
ifeq ($(HOME),)
export HOME := $(shell getent passwd "$$(id -u)" | cut -d: -f6)
endif

# Where Go's own installation lies, which sudo leaves out.
export PATH := $(PATH):/usr/local/go/bin

# Git refuses to look at a checkout of another user, and Go then to build it.
VCS := $(shell git status >/dev/null 2>&1 && echo auto || echo false)

.PHONY: run build app test ui-test race lanes check bench lint generate manual clean setup setup-app setup-test

run: build $(if $(DISPLAYED),app)
	@$(FOVEACTL) pull $(MODEL) >/dev/null
	$(if $(DISPLAYED),$(FOVEA),$(FOVEACTL) ask --doc assets/manual.pdf "$(QUESTION)")

build: setup
	@echo "building $(FOVEACTL) (a first build takes minutes)"
	@go build -buildvcs=$(VCS) -o $(FOVEACTL) ./cmd/foveactl

app: setup-app
	@echo "building $(FOVEA) (a first build takes minutes)"
	@go build -buildvcs=$(VCS) -o $(FOVEA) .

setup:
	@scripts/setup.sh

setup-app:
	@scripts/setup.sh desktop

setup-test:
	@scripts/setup.sh test desktop

test: setup-test build lint
	model=$$($(FOVEACTL) pull $(MODEL)) && FOVEA_TEST_MODEL=$$model go test -timeout 25m ./...

ui-test: setup-test build
	model=$$($(FOVEACTL) pull $(MODEL)) && FOVEA_TEST_MODEL=$$model FOVEA_SCREENSHOTS=$(CURDIR)/build/screenshots \
		go test -count=1 -v -timeout 25m ./app ./app/ui

# Left out: the reference runs of internal/tracerun, which take minutes and run
# nothing at the same time that the tests of package model do not; widgets,
# which are used on one goroutine; what drives programs from outside.
race: setup-test build
	model=$$($(FOVEACTL) pull $(MODEL)) && FOVEA_TEST_MODEL=$$model \
		go test -race -timeout 25m $$(go list ./... | grep -v -e /tracerun -e '^fovea$$' -e '^fovea/app$$' -e /app/ui/ -e /uitest)

# Lavapipe's subgroups have 8 lanes with AVX2; here they have 4 and 16.
lanes: setup-test build
	model=$$($(FOVEACTL) pull $(MODEL)) && for bits in 128 512; do \
		LP_NATIVE_VECTOR_WIDTH=$$bits FOVEA_TEST_MODEL=$$model go test -count=1 -timeout 25m ./shaders ./model/kvcache && \
		LP_NATIVE_VECTOR_WIDTH=$$bits FOVEA_TEST_MODEL=$$model go test -count=1 -timeout 25m -run 'Agree|Neox|Window' ./model || exit 1; \
	done

check: test lanes race

lint: setup-test
	go vet ./...
	go tool staticcheck ./...
	@out=$$(go tool gofumpt -l .) && test -z "$$out" || { echo "not formatted, run go tool gofumpt -w: $$out"; exit 1; }
	go mod tidy -diff
	cd shaders && go run fovea/internal/shadergen -check -package shaders
	cd internal/gputest && go run fovea/internal/shadergen -check -package gputest

bench: build
	@$(FOVEACTL) pull $(MODEL) >/dev/null
	$(FOVEACTL) bench

generate: setup-test
	go generate ./shaders ./internal/gputest

manual:
	go run ./scripts/manual

clean:
	rm -rf build
