/// Carries out one write within a transaction: fills in what the server decides, checks, notes the owners of fields.
struct ObjectWriter: Sendable {
    struct Written: Sendable {
        var object: JSON
        var warnings: [String] = []
    }

    let objects: ObjectStore
    let resource: ResourceRequest

    private var type: ResourceType { resource.type }
    private var rules: MergeRules { MergeRules(type, version: resource.version) }

    /// Adds an object. - Throws: 404 for a missing namespace, 409 if the name is taken, 422 if the object is invalid.
    func create(_ body: JSON, on store: isolated Store) throws -> Written {
        var object = try identified(body, name: nil)
        if object.objectName.isEmpty, let prefix = object[path: "metadata", "generateName"]?.stringValue {
            object[path: "metadata", "name"] = .string(String(prefix.prefix(58)) + NameSuffix.random())
        }
        try checkNamespace(object, on: store)
        let (checked, warnings) = try withKnownFields(object)
        return Written(object: try insert(checked, on: store) { noteCreation(&$0) }, warnings: warnings)
    }

    /// Replaces an object, or its status.
    func update(_ body: JSON, _ name: String, on store: isolated Store) throws -> Written {
        let live = try existing(name, on: store)
        let (object, warnings) = try withKnownFields(try identified(body, name: name))
        return Written(object: try replace(live, with: object, on: store), warnings: warnings)
    }

    /// Changes an object by a JSON patch, a merge patch or a strategic merge patch.
    func patch(_ patch: JSON, _ mediaType: String, _ name: String, on store: isolated Store) throws -> Written {
        let live = try existing(name, on: store)
        let shown = type.presented(live, version: resource.version)
        var patched =
            switch mediaType {
            case "application/json-patch+json": try JSONPatch.apply(patch, to: shown)
            case "application/merge-patch+json": MergePatch.apply(try Self.map(patch), to: shown)
            default: StrategicMergePatch.apply(try Self.map(patch), to: shown, rules)
            }
        if patched[path: "metadata", "name"] == nil { patched[path: "metadata", "name"] = .string(name) }
        let (object, warnings): (JSON, [String])
        do throws(APIError) {
            (object, warnings) = try withKnownFields(try identified(patched, name: name))
        } catch {
            throw mediaType == "application/merge-patch+json" ? Self.unfit(patched, error) : error
        }
        return Written(object: try replace(live, with: object, on: store), warnings: warnings)
    }

    private static func map(_ patch: JSON) throws(APIError) -> JSON {
        if patch.objectValue != nil { return patch }
        throw .badRequest(
            "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}")
    }

    /// A value that its field cannot have is told of the whole that the patch came to.
    private static func unfit(_ patched: JSON, _ error: APIError) -> APIError {
        guard let range = error.message.firstRange(of: "json: cannot unmarshal") else { return error }
        let text = JSON.string(String(decoding: patched.bytes(), as: UTF8.self))
        let cause = APIError.Cause.invalid("patch", text, String(error.message[range.lowerBound...]))
        return APIError(
            code: 422, reason: "Invalid", message: " \"\" is invalid: \(cause.field): \(cause.message)",
            details: ["causes": [cause.document]])
    }

    /// Server-side apply; makes the object if there is none.
    func apply(_ body: JSON, _ name: String, on store: isolated Store) throws -> (Written, isNew: Bool) {
        let manager = resource.parameter("fieldManager") ?? ""
        guard body["apiVersion"]?.stringValue != nil, body["kind"]?.stringValue != nil else {
            throw APIError.badRequest("invalid object type: /, Kind=")
        }
        guard body[path: "metadata", "managedFields"] == nil else {
            throw APIError.badRequest("metadata.managedFields must be nil")
        }
        let (wanted, warnings) = try withKnownFields(
            try identified(body, name: name), isApply: true, sent: body)
        let live = objects.get(type, resource.namespace, name, on: store)
        if live == nil { try checkNamespace(wanted, on: store) }
        if let uid = wanted[path: "metadata", "uid"]?.stringValue, uid != live?.objectUID {
            throw APIError.conflict(type, name, "uid mismatch: the provided object specified uid \(uid)")
        }
        if let version = wanted[path: "metadata", "resourceVersion"]?.stringValue, !version.isEmpty,
            version != live?[path: "metadata", "resourceVersion"]?.stringValue
        {
            throw APIError.conflict(type, name)
        }
        if let twin = ServerSideApply.duplicate(in: wanted, rules) {
            throw APIError.untyped(body, type, resource.version, twin)
        }
        let apply = ServerSideApply(
            rules: rules, applier: applier(manager, wanted), force: resource.flag("force"))
        guard let live else {
            let created = try insert(try apply.applied(wanted, to: identity(of: wanted)), on: store) { _ in }
            return (Written(object: created, warnings: warnings), true)
        }
        let applied = try apply.applied(wanted, to: type.presented(live, version: resource.version))
        let written = try replace(live, with: applied, on: store, notesManager: false)
        return (Written(object: written, warnings: warnings), false)
    }

    // MARK: - The two ways into the store

    private func insert(
        _ object: JSON, on store: isolated Store, _ note: (inout JSON) -> Void
    ) throws -> JSON {
        var object = objects.withSystemFields(object, type)
        let name = object.objectName
        if type.hasStatus { object["status"] = type.firstStatus }
        try ObjectAdmission(objects: objects, type: type).admit(&object, on: store)
        applySchemaDefaults(to: &object)
        try check(object, replacing: nil)
        guard objects.get(type, object.objectNamespace, name, on: store) == nil else {
            throw APIError.alreadyExists(type, name)
        }
        note(&object)
        return resource.isDryRun ? object : try objects.insert(object, type, on: store)
    }

    private func replace(
        _ live: JSON, with wanted: JSON, on store: isolated Store, notesManager: Bool = true
    ) throws -> JSON {
        try checkPreconditions(wanted, live)
        var object = withServerFields(wanted, from: live)
        object["apiVersion"] = live["apiVersion"]
        if resource.subresource == nil { ObjectAdmission(objects: objects, type: type).admitUpdate(&object) }
        // Jobs are given a selector when they are made, and never again.
        if type == BuiltInResources.jobs, let spec = wanted["spec"],
            spec["selector"] == nil || spec["selector"] == .null
        {
            object[path: "spec", "selector"] = nil
        }
        applySchemaDefaults(to: &object)
        try check(object, replacing: live)
        if type.countsGenerations, resource.subresource == nil, wantsOther(object, than: live) {
            object[path: "metadata", "generation"] = .int((live[path: "metadata", "generation"]?.intValue ?? 0) + 1)
        }
        if notesManager { noteUpdate(&object, from: live) }
        if resource.isDryRun {
            object[path: "metadata", "resourceVersion"] = live[path: "metadata", "resourceVersion"]
            return object
        }
        return try objects.replace(live, with: object, type, on: store)
    }

    private func wantsOther(_ object: JSON, than live: JSON) -> Bool {
        let wanted = { (object: JSON) in
            (object.objectValue ?? [:]).filter { !["metadata", "status"].contains($0.key) }
        }
        if type == BuiltInResources.deployments, object.objectAnnotations != live.objectAnnotations { return true }
        return wanted(object) != wanted(live)
    }

    /// The written object with what a client cannot change taken from the live one.
    private func withServerFields(_ wanted: JSON, from live: JSON) -> JSON {
        var object = wanted
        if resource.subresource == "status" {
            object = live
            object["status"] = wanted["status"]
            object[path: "metadata", "managedFields"] = wanted[path: "metadata", "managedFields"]
        } else if type.hasStatus {
            object["status"] = live["status"]
        }
        object.update("metadata") { metadata in
            for field in [
                "uid", "creationTimestamp", "generation", "deletionTimestamp", "deletionGracePeriodSeconds",
                "generateName", "selfLink", "namespace",
            ] {
                metadata[field] = live[path: "metadata", field]
            }
            if metadata["managedFields"] == nil { metadata["managedFields"] = live[path: "metadata", "managedFields"] }
            for field in ["labels", "annotations"] where metadata[field]?.objectValue?.isEmpty == true {
                metadata[field] = nil
            }
            for field in ["labels", "annotations", "finalizers", "ownerReferences"] where metadata[field] == .null {
                metadata[field] = nil
            }
        }
        return object
    }

    private func checkPreconditions(_ wanted: JSON, _ live: JSON) throws(APIError) {
        let name = live.objectName
        if let version = wanted[path: "metadata", "resourceVersion"]?.stringValue, !version.isEmpty,
            version != live[path: "metadata", "resourceVersion"]?.stringValue
        {
            throw .conflict(type, name)
        }
        if let uid = wanted[path: "metadata", "uid"]?.stringValue, !uid.isEmpty, uid != live.objectUID {
            throw .conflict(
                type, name,
                "StorageError: invalid object, Code: 4, Key: /registry/\(type.plural)/"
                    + [live.objectNamespace, name].compactMap { $0 }.joined(separator: "/")
                    + ", ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: \(uid), "
                    + "UID in object meta: \(live.objectUID)")
        }
    }

    private func existing(_ name: String, on store: isolated Store) throws(APIError) -> JSON {
        guard let live = objects.get(type, resource.namespace, name, on: store) else {
            throw .notFound(type, name)
        }
        return live
    }
}

// MARK: - What a body must be

extension ObjectWriter {
    /// The body with the kind, name and namespace of the path.
    private func identified(_ body: JSON, name: String?) throws(APIError) -> JSON {
        guard body.objectValue != nil else { throw .badRequest("the object provided is not an object") }
        var object = body
        let apiVersion = type.apiVersion(resource.version)
        if let kind = object["kind"]?.stringValue, kind != type.kind {
            throw .badRequest(
                "\(kind) in version \"\(object["apiVersion"]?.stringValue ?? "")\" cannot be handled as a \(type.kind): "
                    + "converting (\(resource.version).\(kind)) to (\(type.internalPackage).\(type.kind)): unknown conversion"
            )
        }
        if let version = object["apiVersion"]?.stringValue, version != apiVersion {
            throw .badRequest(
                "the API version in the data (\(version)) does not match the expected API version (\(apiVersion))")
        }
        object["apiVersion"] = .string(apiVersion)
        object["kind"] = .string(type.kind)
        if object["metadata"]?.objectValue == nil { object["metadata"] = [:] }
        if let name {
            let given = object.objectName
            guard given.isEmpty || given == name else {
                throw .badRequest(
                    "the name of the object (\(given)) does not match the name on the URL (\(name))")
            }
            object[path: "metadata", "name"] = .string(name)
        }
        let given = object.objectNamespace ?? ""
        guard given.isEmpty || given == resource.namespace || !type.namespaced else {
            throw .badRequest("the namespace of the provided object does not match the namespace sent on the request")
        }
        object[path: "metadata", "namespace"] = nil
        if type.namespaced, let namespace = resource.namespace {
            object[path: "metadata", "namespace"] = .string(namespace)
        }
        if type.namespaced, resource.namespace == nil { throw .methodNotAllowed }
        return object
    }

    private func identity(of object: JSON) -> JSON {
        var identity: JSON = [
            "apiVersion": object["apiVersion"] ?? "", "kind": object["kind"] ?? "",
            "metadata": ["name": .string(object.objectName)],
        ]
        identity[path: "metadata", "namespace"] = object[path: "metadata", "namespace"]
        return identity
    }

    private func checkNamespace(_ object: JSON, on store: isolated Store) throws(APIError) {
        guard type.namespaced, let name = resource.namespace else { return }
        guard let namespace = objects.get(BuiltInResources.namespaces, nil, name, on: store) else {
            throw .notFound(BuiltInResources.namespaces, name)
        }
        if namespace.isBeingDeleted {
            throw .forbidden(
                type, object.objectName,
                "unable to create new content in namespace \(name) because it is being terminated",
                causes: [
                    APIError.Cause(
                        reason: "NamespaceTerminating", message: "namespace \(name) is being terminated",
                        field: "metadata.namespace")
                ])
        }
    }

    /// The object without fields that its resource does not know.
    /// - Throws: 400 for such fields if the client asked for strictness.
    private func withKnownFields(
        _ object: JSON, isApply: Bool = false, sent: JSON? = nil
    ) throws(APIError) -> (object: JSON, warnings: [String]) {
        let (known, unknown) = try knownFields(of: object)
        if unknown.isEmpty { return (known, []) }
        let list = unknown.map { "unknown field \"\($0)\"" }
        switch resource.fieldValidation {
        case .strict:
            throw .badRequest(
                "\(type.kind) in version \"\(resource.version)\" cannot be handled as a \(type.kind): "
                    + "strict decoding error: " + list.joined(separator: ", "))
        case .warn, .ignore:
            if isApply { throw .undeclared(unknown[0], sent ?? object, type, version: resource.version) }
            return (known, resource.fieldValidation == .warn ? list : [])
        }
    }

    private func knownFields(of object: JSON) throws(APIError) -> (JSON, unknown: [String]) {
        guard let custom = type.custom else {
            var fields = KnownFields(type, version: resource.version)
            return (try fields.pruned(object), fields.unknown)
        }
        guard let schema = custom.schemas[resource.version] else { return (object, []) }
        var validator = SchemaValidator()
        return (validator.pruned(object, schema: schema), validator.unknown)
    }

    private func applySchemaDefaults(to object: inout JSON) {
        guard let schema = type.custom?.schemas[resource.version] else { return }
        SchemaDefaults.apply(to: &object, schema)
    }

    private func check(_ object: JSON, replacing live: JSON?) throws(APIError) {
        var causes = ObjectValidation(type: type).causes(object, replacing: live)
        if let schema = type.custom?.schemas[resource.version] {
            var validator = SchemaValidator()
            _ = validator.pruned(object, schema: schema)
            causes += validator.causes
        }
        if !causes.isEmpty { throw .invalid(type, object.objectName, causes) }
    }
}

// MARK: - Field managers

extension ObjectWriter {
    private func applier(_ manager: String, _ wanted: JSON) -> ManagedFields.Entry {
        ManagedFields.Entry(
            manager: manager, operation: "Apply", subresource: resource.subresource ?? "",
            apiVersion: type.apiVersion(resource.version), time: objects.time,
            fields: FieldSet(ofObject: wanted, rules))
    }

    private var updater: ManagedFields.Entry {
        ManagedFields.Entry(
            manager: resource.fieldManager, operation: "Update", subresource: resource.subresource ?? "",
            apiVersion: type.apiVersion(resource.version), time: objects.time, fields: FieldSet())
    }

    private func noteCreation(_ object: inout JSON) {
        var managed = ManagedFields(of: [:])
        var entry = updater
        entry.fields = FieldSet(ofObject: object, rules)
        entry.fields.children["f:status"] = nil
        managed.set(entry)
        managed.write(to: &object)
    }

    private func noteUpdate(_ object: inout JSON, from live: JSON) {
        var managed = ManagedFields(of: live)
        managed.noteUpdate(from: live, to: object, by: updater, rules)
        managed.write(to: &object)
    }
}

extension APIError {
    /// A field in an apply that the resource's schema does not have.
    fileprivate static func undeclared(_ field: String, _ object: JSON, _ type: ResourceType, version: String) -> Self {
        untyped(object, type, version, ".\(field): field not declared in schema")
    }

    /// An apply whose object does not fit the schema: no failure that the server has a reason for.
    fileprivate static func untyped(_ object: JSON, _ type: ResourceType, _ version: String, _ why: String) -> Self {
        let name = "\(object.objectNamespace ?? "")/\(object.objectName)"
        let kind = "\(type.group)/\(version), Kind=\(type.kind)"
        return APIError(
            code: 500, reason: "", message: "failed to create typed patch object (\(name); \(kind)): \(why)",
            details: [:])
    }
}
