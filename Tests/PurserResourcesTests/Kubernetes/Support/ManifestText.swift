import PurserEngine
import PurserSyntax

extension Value {
    /// As YAML with sorted keys, for goldens.
    var yaml: String { get throws { try YAMLEmitter.text(of: yamlValue) } }

    private var yamlValue: YAMLValue {
        switch self {
        case .null, .unknown: .null
        case .bool(let flag): .bool(flag)
        case .integer(let number): .int(number)
        case .number(let number): .double(number)
        case .string(let text): .string(text)
        case .list(let items): .list(items.map(\.yamlValue))
        case .object(let members):
            .object(members.sorted { $0.key < $1.key }.map { YAMLField($0.key, $0.value.yamlValue) })
        }
    }
}
