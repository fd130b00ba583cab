# Scripts stands at the end of PATH: its `helm` serves only where no helm is installed.
export PATH := $(PATH):$(CURDIR)/Scripts

SOURCES := Package.swift Sources Tests

.PHONY: all setup build test demo lint format clean

all: build

setup:
	@Scripts/setup

build: setup
	swift build

# There are no XCTest cases: the closing line is Swift Testing's.
test: setup
	swift build --build-tests
	swift test --skip-build --disable-xctest

demo: build
	Scripts/demo

lint:
	swift format lint --strict --parallel --recursive $(SOURCES)

format:
	swift format --in-place --parallel --recursive $(SOURCES)

clean:
	rm -rf .build .sandbox .venv-helm
