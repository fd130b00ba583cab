import PurserEngine
import PurserSyntax
import PurserTestSupport
import Testing

@Suite struct SpecDecodingTests {
    private func diagnostics(_ files: [String: String], inputs: SpecInputs = SpecInputs()) -> String {
        let sources = files.sorted { $0.key < $1.key }.map { SourceFile(path: $0.key, text: $0.value) }
        do throws(Diagnostics) {
            let spec = try SpecLoader.load(
                sources: sources, catalog: .scripted(ScriptedWorld()), inputs: inputs)
            return "no problem: \(spec.resources.keys.sorted().map(\.description).joined(separator: " "))"
        } catch {
            return error.map { item in
                let lines = ["\(item.range.map { "\($0.start): " } ?? "")\(item.code): \(item.message)"]
                let notes = item.notes.map { "  note: \($0.range.map { "\($0.start): " } ?? "")\($0.message)" }
                return (lines + (item.hint.map { ["  hint: \($0)"] } ?? []) + notes).joined(separator: "\n")
            }.joined(separator: "\n")
        }
    }

    private static let head = "apiVersion: purser/v1\nenvironment: test\n"

    /// Broken specs by what is broken about them; each shows all its problems at once.
    private static let broken: [(String, String)] = [
        ("head", "apiVersion: purser/v2\nenvironment: Not Good\nboxs: {}\n"),
        ("no head", "boxes: {}\n"),
        ("a list", "- apiVersion: purser/v1\n"),
        ("unknown fields", head + "boxes:\n  a: {sise: 3, taste: sweet, id: x, existing: maybe, onDestroy: keep}\n"),
        ("wrong types", head + "boxes:\n  a: {size: many, labels: [x], needs: b, label: {}}\n  b: text\n  c: [1]\n"),
        ("limits", head + "boxes:\n  a: {size: 101}\n  -bad: {}\n"),
        (
            "references",
            head
                + "boxes:\n  alpha: {needs: [alpa, beta], label: \"${boxes/alpa.id} ${boxes/beta.ident}\"}\n  beta: {}\n"
        ),
        ("a name with its section", head + "boxes:\n  a: {needs: [boxes/b, b/items/c]}\n  b: {items: {c: {}}}\n"),
        ("missing", head + "marks:\n  m: {text: x}\n"),
        (
            "interpolation",
            head + "variables: {size: {default: x}}\nboxes:\n  a: {label: \"${var.sise} ${oops} ${env.HOME}\"}\n"
        ),
        (
            "variables",
            head + "variables:\n  a: {env: NOT_SET}\n  b: {env: AWS_SECRET}\n  c: {defualt: 1}\n  d: 5\n"
                + "boxes: {x: {label: \"${var.a}${var.b}\"}}\n"
        ),
        (
            "secrets",
            head + "boxes:\n  a: {key: hunter2}\n  b: {key: {value: hunter2}}\n  c: {key: {env: \"not a name\"}}\n"
                + "  d: {key: {generate: {length: 3}}}\n  e: {key: {env: X, file: y}}\n  f: {key: {env: \"${var.x}\"}}\n"
        ),
        ("circle", head + "boxes:\n  a: {needs: [b]}\n  b: {needs: [c]}\n  c: {needs: [a]}\n"),
        ("duplicates", head + "boxes:\n  a: {}\nboxes:\n  a: {}\n"),
    ]

    @Test func `broken specs are told all their problems with places and ways out`() throws {
        var text = ""
        for (title, spec) in Self.broken {
            text += "# \(title)\n\(spec)---\n\(diagnostics(["spec.yaml": spec]))\n\n"
        }
        expectGolden(text, "Spec/broken.txt")
    }

    @Test func `files of a directory are one spec, and a name given in two is an error`() {
        let first = Self.head + "boxes: {a: {}}\n"
        #expect(
            diagnostics(["a.yaml": first, "b.yaml": "apiVersion: purser/v1\nboxes: {b: {needs: [a]}}\n"])
                == "no problem: boxes/a boxes/b")
        expectGolden(
            diagnostics([
                "a.yaml": first, "b.yaml": "apiVersion: purser/v1\nenvironment: other\nboxes: {a: {}}\n",
            ]), "Spec/two-files.txt")
    }

    @Test func `no problem shows the text of a secret written by mistake`() {
        let spec = Self.head + "boxes: {a: {key: hunter2}, b: {key: {env: \"hunter 2\"}}, c: {key: {value: hunter2}}}\n"
        #expect(!diagnostics(["spec.yaml": spec]).contains("hunter"))
    }

    @Test func `variables come from the command line before the environment before the default`() throws {
        let spec =
            Self.head
            + "variables: {v: {env: AZURE_LOCATION, default: d}}\nboxes: {a: {label: \"<${var.v}> $${x}\"}}\n"
        func label(_ inputs: SpecInputs) throws -> Value? {
            try SpecLoader.load(
                sources: [SourceFile(path: "s.yaml", text: spec)], catalog: .scripted(ScriptedWorld()), inputs: inputs
            ).resources[Address("boxes/a")]?.known("label")
        }
        #expect(try label(SpecInputs()) == "<d> ${x}")
        #expect(try label(SpecInputs(processEnvironment: ["AZURE_LOCATION": "e"])) == "<e> ${x}")
        let inputs = SpecInputs(variables: ["v": "c"], processEnvironment: ["AZURE_LOCATION": "e"])
        #expect(try label(inputs) == "<c> ${x}")
    }

    @Test func `the digest changes with files and variables and with nothing else`() throws {
        func digest(_ text: String, _ inputs: SpecInputs = SpecInputs()) throws -> String {
            try SpecLoader.load(
                sources: [SourceFile(path: "s.yaml", text: text)], catalog: .scripted(ScriptedWorld()), inputs: inputs
            ).digest
        }
        let spec = Self.head + "variables: {v: {default: d}}\nboxes: {a: {label: \"${var.v}\"}}\n"
        let first = try digest(spec)
        #expect(try digest(spec) == first)
        #expect(try digest(spec, SpecInputs(processEnvironment: ["HOME": "/root"])) == first)
        #expect(try digest(spec + "# more\n") != first)
        #expect(try digest(spec, SpecInputs(variables: ["v": "other"])) != first)
    }

    @Test func `defaults, references and outputs become expressions`() throws {
        let spec = try SpecLoader.load(
            sources: [
                SourceFile(
                    path: "s.yaml",
                    text: Self.head + "boxes:\n  a: {items: {i: {}}}\n  b: {inside: a, label: \"id ${boxes/a.id}\"}\n")
            ], catalog: .scripted(ScriptedWorld()), inputs: SpecInputs())
        let box = try #require(spec.resources[Address("boxes/b")])
        #expect(box.attributes["size"] == .literal(1))
        #expect(box.attributes["inside"] == .object(["id": .output(Address("boxes/a"), "id")]))
        #expect(box.attributes["label"] == .template([.text("id "), .output(Address("boxes/a"), "id")]))
        #expect(box.dependencies == [Address("boxes/a")])
        let item = try #require(spec.resources[Address("boxes/a/items/i")])
        #expect(item.references == ["box": Address("boxes/a")])
    }
}
