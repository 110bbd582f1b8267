# make run       open the window, or without a display ask a question about the
#                sample document in the terminal (installs, builds, fetches)
# make build     build build/foveactl, the program for terminals
# make app       build build/fovea, the program with the window
# make test      all checks and tests
# make ui-test   the tests that drive the window in an X server of their own;
#                pictures of it come to build/screenshots
# make race      the tests under Go's race detector
# make lanes     the kernels' tests with other subgroup sizes
# make check     test, lanes, race and eval-smoke
# make bench     measure speed and memory
# make bench-peers  measure speed beside llama.cpp, in an hour or so, goes on
#                where it was interrupted; writes docs/performance.md
# make eval-smoke  measure quality on a few short texts, in two minutes or so
# make eval      measure quality in full: four hours, goes on where it was interrupted;
#                writes docs/quality.md
# make generate  compile the shaders; make manual: typeset the manual

MODEL := smollm2-135m
QUESTION := How wide is the fovea of the eye? Answer in one short sentence.
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

.PHONY: run build app test ui-test race lanes check bench bench-peers eval-smoke eval lint generate manual clean setup setup-app setup-test

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

# Vet is part of lint. The longest test begins first.
test: setup-test build lint
	model=$$($(FOVEACTL) pull $(MODEL)) && FOVEA_TEST_MODEL=$$model go test -vet=off -timeout 60m ./internal/tracerun ./...

ui-test: setup-test build
	model=$$($(FOVEACTL) pull $(MODEL)) && FOVEA_TEST_MODEL=$$model FOVEA_SCREENSHOTS=$(CURDIR)/build/screenshots \
		go test -count=1 -v -timeout 25m ./app ./app/ui

# Left out: the reference runs of internal/tracerun and what else reads long texts
# with the default model, which takes minutes and runs nothing at the same time
# that small models do not; model/kvcache, which starts no goroutine; programs that
# are killed; widgets, which are used on one goroutine; what drives programs from
# outside. Kernels' twins are many times slower under the detector, so only the
# tests of shaders run them with it. Fyne's tag ci leaves out OpenGL, which tests of
# the window do not use and which takes minutes to compile anew for the race
# detector.
RACE := go test -vet=off -race -tags ci -timeout 25m
race: setup-test build
	$(RACE) ./shaders
	model=$$($(FOVEACTL) pull $(MODEL)) && FOVEA_TEST_MODEL=$$model $(RACE) -gcflags=fovea/shaders=-race=false \
		-skip '^TestKill|^TestGolden$$|^TestJoinFindsFacts$$|^TestAskManual$$' \
		$$(go list ./... | grep -v -e /tracerun -e /kvcache -e '^fovea/shaders$$' -e '^fovea$$' -e '^fovea/app$$' -e /app/ui/ -e /uitest)

# Lavapipe's subgroups have 8 lanes by themselves; here they have 4 and 16, and
# then workgroups have several of them, as on graphics cards. Left out: what runs on
# the reference device alone, which has 8 always.
lanes: setup-test build
	for with in LP_NATIVE_VECTOR_WIDTH=128 LP_NATIVE_VECTOR_WIDTH=512 FOVEA_TEAM=4; do \
		env $$with go test -vet=off -count=1 -timeout 25m -skip '/^reference$$|//^reference$$|///^reference$$|^TestBranch$$' ./shaders ./model/kvcache && \
		env $$with go test -vet=off -count=1 -timeout 25m -run 'Agree|Neox|Window' ./model || exit 1; \
	done

check: test lanes race eval-smoke

lint: setup-test
	go vet ./...
	go tool staticcheck ./...
	@out=$$(go tool gofumpt -l .) && test -z "$$out" || { echo "not formatted, run go tool gofumpt -w: $$out"; exit 1; }
	go mod tidy -diff
	cd shaders && go run fovea/internal/shadergen -check -package shaders
	cd internal/gputest && go run fovea/internal/shadergen -check -package gputest
	cd internal/bench/peak && go run fovea/internal/shadergen -check -package peak
	cd gpu/vulkan && go run fovea/internal/shadergen -check -package vulkan

bench: build
	@$(FOVEACTL) pull $(MODEL) >/dev/null
	$(FOVEACTL) bench

# PEERS has options; PEERS=-help shows them.
PEERS :=
bench-peers: build
	@scripts/setup.sh peers
	@scripts/peers/install.sh build/peers $(if $(filter -vulkan=,$(PEERS)),novulkan)
	@model=$$($(FOVEACTL) pull $(MODEL)) && go run ./scripts/peers -model $$model $(PEERS)

# Every command of the evaluation but few questions about short texts: part of
# `make check`, so it must stay below three minutes on two cores.
SMOKE := build/eval/smoke
SMOKE_METHODS := full,streaming,infllm,fovea
eval-smoke: build
	@$(FOVEACTL) pull $(MODEL) >/dev/null
	mkdir -p $(SMOKE)
	rm -f $(SMOKE)/results.jsonl
	$(FOVEACTL) eval run --out $(SMOKE)/results.jsonl --task passkey,needle --length 1000 --questions 2 --budget 512 --method $(SMOKE_METHODS)
	$(FOVEACTL) eval run --out $(SMOKE)/results.jsonl --task passkey --length 1000 --questions 1 --budget 512 --before \
		--method fovea,fovea-no-question
	$(FOVEACTL) eval likelihood --out $(SMOKE)/results.jsonl --depth 700,900 --measure 8 --budget 512 --method $(SMOKE_METHODS)
	$(FOVEACTL) eval answers --out $(SMOKE)/results.jsonl --task needle --length 1000 --questions 2 --budget 512 --method full,fovea
	$(FOVEACTL) eval oracle --out $(SMOKE)/results.jsonl --task needle --length 1000 --questions 2 --steps 4 --budget 512 --method infllm,fovea
	$(FOVEACTL) eval report $(SMOKE)/results.jsonl --json $(SMOKE)/report.json --markdown $(SMOKE)/quality.md --command "make eval-smoke"

# Some minutes on a graphics card, four hours on two cores that read 250 tokens a
# second. Tasks that rank methods have a hundred questions a length and method up
# to 16,000 tokens, 40 at 32,000 and 20 at 64,000. A text is read once for twenty
# questions, each about another kind of thing. The other tasks show what a tiny
# model can do at all. Method paper stands for a fixed k, which its cut-off comes
# to. EVAL has options for every measurement, such as --model. A file of results is
# of one device; foveactl eval report takes several of them.
EVAL :=
EVAL_OUT := build/eval/results.jsonl
EVAL_RUN = $(FOVEACTL) eval run --out $(EVAL_OUT) $(EVAL)
RANKING := --task passkey,needle --facts 20
OTHERS := number-string,key-value,multi-needle,variables,common-words,document
SPARSE := streaming,infllm,paper,fovea,fovea-one-look
PARTS := fovea-no-question,fovea-no-bias,fovea-no-cutoff
eval: build
	@$(FOVEACTL) pull $(MODEL) >/dev/null
	mkdir -p build/eval
	$(EVAL_RUN) $(RANKING) --length 4000,8000 --questions 100 --method full,$(SPARSE)
	$(EVAL_RUN) $(RANKING) --length 4000,8000 --questions 100 --method fovea-small-blocks
	$(EVAL_RUN) --task needle --facts 20 --length 4000 --questions 100 --method $(PARTS)
	$(FOVEACTL) eval answers --out $(EVAL_OUT) $(EVAL) --task needle --facts 20 --length 5000 --questions 40 \
		--budget 512,1024,2048 --method full,infllm,fovea,fovea-one-look,$(PARTS)
	$(FOVEACTL) eval likelihood --out $(EVAL_OUT) $(EVAL) --texts 2 --depth 2048,4096,8000 \
		--budget 512,1024,2048 --method full,streaming,infllm,paper,fovea,fovea-no-cutoff
	$(FOVEACTL) eval oracle --out $(EVAL_OUT) $(EVAL) --task needle --length 7800 --questions 10 --method infllm,fovea,fovea-one-look,fovea-no-cutoff
	$(EVAL_RUN) $(RANKING) --length 8000 --questions 20 --budget 256,512,1024,4096 --method $(SPARSE)
	$(EVAL_RUN) --task $(OTHERS) --length 4000 --questions 10 --method full,infllm,fovea
	$(EVAL_RUN) --task needle --length 4000 --questions 10 --before --method paper,fovea,fovea-no-question
	$(EVAL_RUN) $(RANKING) --length 16000 --questions 100 --method $(SPARSE)
	$(EVAL_RUN) $(RANKING) --length 32000 --questions 40 --method $(SPARSE)
	$(EVAL_RUN) $(RANKING) --length 64000 --questions 20 --method infllm,fovea,fovea-one-look
	$(FOVEACTL) eval report $(EVAL_OUT) --json build/eval/report.json --markdown docs/quality.md --images docs/images --command "make eval" \
		$(foreach n,14 17 19,--see "[decision $(n)]($(patsubst docs/%,%,$(wildcard docs/decisions/00$(n)-*)))")

generate: setup-test
	go generate ./shaders ./internal/gputest ./internal/bench/peak ./gpu/vulkan

manual:
	go run ./scripts/manual

clean:
	rm -rf build
