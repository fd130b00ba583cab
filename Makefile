# .tools/bin stands at the end of PATH: its helm and kubectl serve only where none are installed.
export PATH := $(PATH):$(CURDIR)/.tools/bin

SOURCES := Package.swift Sources Tests

.PHONY: all setup build test test-clients demo lint format clean

all: build

setup:
	@Scripts/setup

build: setup
	swift build

# There are no XCTest cases: the closing lines are Swift Testing's. The whole tool is tested by itself, after the fast tests:
# it is watched while it runs, and must not wait for their processor.
test: setup
	swift build --build-tests
	swift test --skip-build --disable-xctest --skip LifecycleTests
	swift test --skip-build --disable-xctest --filter LifecycleTests

# The Azure CLI, the SDKs, kubectl and helm against the sandbox and purser; two minutes, and one more the first time.
test-clients: setup
	Scripts/test-clients

demo: build
	Scripts/demo

lint:
	swift format lint --strict --parallel --recursive $(SOURCES)

format:
	swift format --in-place --parallel --recursive $(SOURCES)

clean:
	rm -rf .build .sandbox .tools .venv-sarif
