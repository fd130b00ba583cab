package import PurserEngine
import PurserSyntax

/// A kind whose resources live in a `ScriptedWorld`.
///
/// Outputs: `id` is new with every object that is made; `version`, where a kind has it, with every write.
package protocol ScriptedKind: ResourceKind {
    var world: ScriptedWorld { get }
    static var softDeletes: Bool { get }
}

extension ScriptedKind {
    package static var softDeletes: Bool { false }
    package static var volatileOutputs: Set<String> { ["version"] }

    package static func key(_ attributes: Attributes) -> ScriptedWorld.Key {
        let parts = identity.map { attributes.value(at: $0)?.scalarText ?? "?" }
        return ScriptedWorld.Key(kind: name, name: parts.joined(separator: "/"))
    }

    package func read(_ known: Attributes, wanted: Attributes?, _ operation: Operation) async throws -> Observation? {
        let key = Self.key(known)
        _ = try await world.begin(.read, key)
        guard let object = await world.objects[key] else { return nil }
        var sensitive: [String: SensitiveComparison] = [:]
        for attribute in Self.attributes where attribute.isSensitive {
            guard let source = wanted?.values[attribute.name] else { continue }
            sensitive[attribute.name] = compare(source, with: object.secrets[attribute.name], operation)
        }
        return Observation(object.attributes, sensitive: sensitive, owner: Self.marksOwnership ? object.owner : nil)
    }

    private func compare(_ source: Value, with held: [UInt8]?, _ operation: Operation) -> SensitiveComparison {
        guard let held else { return .different }
        if source["generate"] != nil { return .same }
        guard let bytes = try? operation.secrets.bytes(of: source).reveal() else {
            return .undecided(reason: "its source cannot be read here")
        }
        return bytes == held ? .same : .different
    }

    package func readDeleted(_ desired: Attributes, _ operation: Operation) async throws -> Attributes? {
        guard Self.softDeletes else { return nil }
        let key = Self.key(desired)
        _ = try await world.begin(.readDeleted, key)
        return await world.deleted[key]?.attributes
    }

    package func create(_ desired: Attributes, _ operation: Operation) async throws -> Attributes {
        let key = Self.key(desired)
        let lost = try await world.begin(.create, key)
        let existing = await world.objects[key]
        if let existing, Self.marksOwnership, existing.owner?.environment != operation.environment {
            throw ScriptedFailure("\(key) exists already")
        }
        if await world.deleted[key] != nil { throw ScriptedFailure("\(key) is soft-deleted") }
        let made = try await write(desired, key, operation, id: existing?.attributes.values["id"])
        if let lost { throw lost }
        return made
    }

    package func recover(_ desired: Attributes, _ operation: Operation) async throws -> Attributes {
        let key = Self.key(desired)
        let lost = try await world.begin(.recover, key)
        var former = await world.deleted[key]
        if former == nil { former = await world.objects[key] }
        guard let former else { throw ScriptedFailure("\(key) is not soft-deleted") }
        let made = try await write(desired, key, operation, id: former.attributes.values["id"])
        if let lost { throw lost }
        return made
    }

    package func update(
        _ current: Attributes, to desired: Attributes, _ operation: Operation
    ) async throws -> Attributes {
        let key = Self.key(current)
        let lost = try await world.begin(.update, key)
        guard let former = await world.objects[key] else { throw ScriptedFailure("\(key) does not exist") }
        let made = try await write(
            desired, key, operation, id: former.attributes.values["id"], secrets: former.secrets)
        if let lost { throw lost }
        return made
    }

    package func delete(_ recorded: Attributes, _ operation: Operation) async throws {
        let key = Self.key(recorded)
        let lost = try await world.begin(.delete, key)
        await world.remove(key, keeping: Self.softDeletes && !operation.purges)
        if operation.purges { await world.purge(key) }
        if let lost { throw lost }
    }

    private func write(
        _ desired: Attributes, _ key: ScriptedWorld.Key, _ operation: Operation, id: Value?,
        secrets former: [String: [UInt8]] = [:]
    ) async throws -> Attributes {
        var attributes = Attributes(desired.values.filter { $0.value != .null })
        var secrets = former
        for attribute in Self.attributes where attribute.isSensitive {
            guard let source = attributes.values.removeValue(forKey: attribute.name) else {
                secrets[attribute.name] = nil
                continue
            }
            if let length = source["generate"]?["length"]?.integer {
                secrets[attribute.name] = Array(operation.secrets.generated(length: length).reveal().utf8)
            } else {
                secrets[attribute.name] = try operation.secrets.bytes(of: source).reveal()
            }
        }
        let serial = await world.nextID()
        for attribute in Self.attributes where attribute.isComputed {
            attributes.values[attribute.name] = .string("\(key.name)-\(serial)")
        }
        if let id { attributes.values["id"] = id }
        await world.store(key, ScriptedWorld.Object(attributes, secrets: secrets, owner: operation.owner))
        return attributes
    }
}

/// A resource at the top level, with an attribute of every effect.
package struct ScriptedBox: ScriptedKind {
    package static let name: KindName = "test/box"
    package static let title = "box"
    package static let place = SpecPlace("boxes")
    package static let identity = ["name"]
    package static let allowsExisting = true
    package static let example = "apiVersion: purser/v1\nenvironment: example\nboxes:\n  a: {size: 2}\n"

    package static let realName = Attribute<String>("name", .text, .key, .replaces, "Name in the world.")
    package static let size = Attribute<Int>.optional("size", .integer(0...100), default: 1, .updates, "How large.")
    package static let colour = Attribute<String>.optional("colour", .text, .replaces, "Cannot be changed in place.")
    package static let label = Attribute<String>.optional("label", .text, .updates, "Any text.")
    package static let labels = Attribute<[String: String]>.optional(
        "labels", .map(keys: nil, .text), .updates, "Texts by name.")
    package static let needs = Attribute<[Referenced]>.optional(
        "needs", .list(.reference(to: ["boxes"], taking: ["id"])), .updates, "Boxes that must be there before.")
    package static let inside = Attribute<Referenced>.optional(
        "inside", .reference(to: ["boxes"], taking: ["id"]), .replaces, "The box that this one stands in.")
    package static let key = Attribute<Value>.optional("key", .secret(generated: true), .updates, "Opens the box.")
    package static let id = Attribute<String>.computed("id", "New with every box.")
    package static let version = Attribute<String>.computed("version", "New with every write.")
    package static let attributes: [any AttributeDeclaration] = [
        realName, size, colour, label, labels, needs, inside, key, id, version,
    ]

    package let world: ScriptedWorld

    package init(_ world: ScriptedWorld) { self.world = world }

    package static func trace(ofUndoing operation: Step.Operation) -> String? {
        operation == .update ? "the world keeps the former version" : nil
    }

    package static func irreversibility(of action: Action, recorded: Attributes?, desired: Attributes?) -> String? {
        let isSealed = recorded?[label] == "sealed"
        return isSealed && (action == .delete || action == .replace) ? "a sealed box cannot be made again" : nil
    }

    package static func obstacle(to action: Action, recorded: Attributes, desired: Attributes) -> Obstacle? {
        guard recorded[label] == "bolted" else { return nil }
        return Obstacle("a bolted box cannot be changed", hint: "delete the box first")
    }
}

/// A resource inside a box, which stays soft-deleted when it goes.
package struct ScriptedItem: ScriptedKind {
    package static let name: KindName = "test/item"
    package static let title = "item"
    package static let place = SpecPlace("boxes", "*", "items")
    package static let identity = ["box.name", "name"]
    package static let softDeletes = true
    package static let example =
        "apiVersion: purser/v1\nenvironment: example\nboxes:\n  a:\n    items:\n      b: {content: text}\n"

    package static let box = Attribute<Referenced>(
        "box", .json, .parent(taking: ["id", "name"]), .replaces, "The box that holds it.")
    package static let realName = Attribute<String>("name", .text, .key, .replaces, "Name in the box.")
    package static let content = Attribute<String>.optional("content", .text, .updates, "Any text.")
    package static let id = Attribute<String>.computed("id", "New with every item.")
    package static let attributes: [any AttributeDeclaration] = [box, realName, content, id]

    package let world: ScriptedWorld

    package init(_ world: ScriptedWorld) { self.world = world }
}

/// A resource that does not say whose it is.
package struct ScriptedMark: ScriptedKind {
    package static let name: KindName = "test/mark"
    package static let title = "mark"
    package static let place = SpecPlace("marks")
    package static let identity = ["box.id"]
    package static let marksOwnership = false
    package static let example =
        "apiVersion: purser/v1\nenvironment: example\nboxes:\n  a: {}\nmarks:\n  m: {box: a, text: hello}\n"

    package static let box = Attribute<Referenced>.required(
        "box", .reference(to: ["boxes"], taking: ["id"]), .replaces, "The box that is marked.")
    package static let text = Attribute<String>.optional("text", .text, .updates, "What it says.")
    package static let attributes: [any AttributeDeclaration] = [box, text]

    package let world: ScriptedWorld

    package init(_ world: ScriptedWorld) { self.world = world }
}

extension ResourceCatalog {
    /// The scripted kinds over one world.
    package static func scripted(_ world: ScriptedWorld) -> ResourceCatalog {
        ResourceCatalog([ScriptedBox(world), ScriptedItem(world), ScriptedMark(world)], settings: [])
    }
}

/// Sources of secrets that a test gives by name.
package struct ScriptedSecrets: SecretInputs {
    private let values: [String: String]

    package init(_ values: [String: String] = [:]) { self.values = values }

    package func bytes(of source: Value) throws -> Sensitive<[UInt8]> {
        guard let name = source["env"]?.string, let text = values[name] else {
            throw SecretSourceError.unset(source["env"]?.string ?? "?")
        }
        return Sensitive(Array(text.utf8))
    }

    package func generated(length: Int) -> Sensitive<String> { Sensitive(String(repeating: "g", count: length)) }
}
