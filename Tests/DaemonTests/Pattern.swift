import Foundation
import JSON

/// What a transcript may say instead of a value. The Python runner has its own implementation of
/// the same rules, Tests/daemon/patterns.py.
enum Pattern {
  /// Another processor's kernels round differently; a number with a fraction need only be near.
  private static let tolerance = 1e-4

  /// Where a value differs from a pattern; empty when it matches.
  static func differences(
    _ pattern: JSONValue, _ found: JSONValue, at path: String = "$"
  ) -> [String] {
    if let members = pattern.object, members.count == 1, let only = members.members.first,
      only.name.hasPrefix("$")
    {
      return placeholder(only.name, only.value, found, path)
    }
    switch (pattern, found) {
    case (.number(let wanted), .number), (.number(let wanted), .integer):
      let number = found.double ?? .nan
      let near = abs(wanted - number) <= tolerance * max(1, abs(wanted))
      return near ? [] : ["\(path): \(number) instead of \(wanted)"]
    case (.object(let wanted), .object(let members)):
      let extra = members.members.map(\.name).filter { wanted[$0] == nil }
      return required(wanted, found, path) + extra.map { "\(path).\($0): not expected" }
    case (.array(let wanted), .array(let elements)):
      guard wanted.count == elements.count else {
        return ["\(path): \(elements.count) elements instead of \(wanted.count)"]
      }
      return zip(wanted, elements).enumerated().flatMap { place, pair in
        differences(pair.0, pair.1, at: "\(path)[\(place)]")
      }
    default:
      return pattern == found ? [] : ["\(path): \(found) instead of \(pattern)"]
    }
  }

  private static func required(
    _ wanted: JSONObject, _ found: JSONValue, _ path: String
  ) -> [String] {
    wanted.members.flatMap { member in
      guard let value = found[member.name] else { return ["\(path).\(member.name): missing"] }
      return differences(member.value, value, at: "\(path).\(member.name)")
    }
  }

  private static func placeholder(
    _ name: String, _ argument: JSONValue, _ found: JSONValue, _ path: String
  ) -> [String] {
    let matches: Bool
    switch (name, argument) {
    case ("$any", .string(let kind)):
      matches = kind == "value" || kind == found.kind || (kind == "number" && found.integer != nil)
    case ("$contains", .array(let parts)):
      matches = contains(parts.compactMap(\.string), found)
    case ("$array", .integer(let count)):
      matches = found.array?.count == Int(count)
    case ("$floats", .integer(let count)):
      let numbers = found.string.flatMap(floats)
      matches = numbers?.count == Int(count) && numbers?.allSatisfy(\.isFinite) == true
    case ("$members", .object(let wanted)):
      guard found.object != nil else { return ["\(path): \(found.kind) instead of an object"] }
      return required(wanted, found, path)
    default:
      return ["\(path): no such placeholder: \(name)"]
    }
    return matches ? [] : ["\(path): \(found) does not match \(name) \(argument)"]
  }

  /// Whether the parts occur in the text, one after the other.
  private static func contains(_ parts: [String], _ found: JSONValue) -> Bool {
    guard var rest = found.string.map({ $0[...] }) else { return false }
    for part in parts {
      guard let range = rest.firstRange(of: part) else { return false }
      rest = rest[range.upperBound...]
    }
    return true
  }

  /// Little-endian single-precision numbers in base64.
  private static func floats(_ text: String) -> [Float]? {
    guard let data = Data(base64Encoded: text), data.count % 4 == 0 else { return nil }
    let bytes = [UInt8](data)
    return stride(from: 0, to: bytes.count, by: 4).map { start in
      let pattern = bytes[start..<start + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      return Float(bitPattern: pattern)
    }
  }
}
