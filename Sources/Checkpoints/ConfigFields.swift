import JSON

/// The members of a JSON configuration file, each checked for its kind as it is taken. `null`
/// counts as absent, as the Python programs that write these files mean it.
struct ConfigFields {
  /// The file, for errors.
  let path: String
  private let object: JSONObject

  /// - Throws: `.malformed`.
  init(_ bytes: [UInt8], path: String) throws(CheckpointError) {
    let value: JSONValue
    do throws(JSONError) {
      value = try JSONValue.parse(bytes)
    } catch {
      throw Self.fault(path, "it is not valid JSON: \(error.problem)")
    }
    guard let object = value.object else {
      throw Self.fault(path, "it is of kind \(value.kind), not a JSON object")
    }
    self.path = path
    self.object = object
  }

  func text(_ name: String) throws(CheckpointError) -> String? {
    guard let value = present(name) else { return nil }
    guard let text = value.string else { throw mismatch(name, value, "a string") }
    return text
  }

  /// False when absent.
  func flag(_ name: String) throws(CheckpointError) -> Bool {
    guard let value = present(name) else { return false }
    guard let flag = value.bool else { throw mismatch(name, value, "true or false") }
    return flag
  }

  func number(_ name: String) throws(CheckpointError) -> Double? {
    guard let value = present(name) else { return nil }
    guard let number = value.double else { throw mismatch(name, value, "a number") }
    return number
  }

  func positiveInteger(_ name: String) throws(CheckpointError) -> Int? {
    guard let value = present(name) else { return nil }
    guard let number = value.integer, number > 0 else {
      throw mismatch(name, value, "a positive integer")
    }
    return Int(number)
  }

  /// An object of numbers, in its order; empty when absent.
  func numbers(_ name: String) throws(CheckpointError) -> [(pattern: String, value: Double)] {
    guard let value = present(name) else { return [] }
    guard let members = value.object?.members else { throw mismatch(name, value, "an object") }
    var numbers: [(pattern: String, value: Double)] = []
    for (pattern, value) in members {
      guard let number = value.double else {
        throw mismatch("\(name).\(pattern)", value, "a number")
      }
      numbers.append((pattern, number))
    }
    return numbers
  }

  /// An object of strings, in its order; nil when absent.
  func texts(_ name: String) throws(CheckpointError) -> [(name: String, text: String)]? {
    guard let value = present(name) else { return nil }
    guard let members = value.object?.members else { throw mismatch(name, value, "an object") }
    var texts: [(name: String, text: String)] = []
    for (member, value) in members {
      guard let text = value.string else { throw mismatch("\(name).\(member)", value, "a string") }
      texts.append((member, text))
    }
    return texts
  }

  /// The names of all members that are `true`, in their order.
  var trueFlags: [String] { object.members.filter { $0.value == true }.map(\.name) }

  func isNonEmptyArray(_ name: String) -> Bool { object[name]?.array?.isEmpty == false }

  private func present(_ name: String) -> JSONValue? {
    guard let value = object[name], !value.isNull else { return nil }
    return value
  }

  private func mismatch(_ name: String, _ value: JSONValue, _ wanted: String) -> CheckpointError {
    Self.fault(path, "its member \(quoted(name)) is of kind \(value.kind) and must be \(wanted)")
  }

  private static func fault(_ path: String, _ problem: String) -> CheckpointError {
    CheckpointError(
      .malformed, path, problem: problem, remedy: "Download the file again or correct it")
  }
}
