import Foundation
import JSON
import Testing

/// Python's `json`, which shares no code with libjansson or with us.
///
/// Values cross between the languages as tags: a notation in which two values have the same text
/// exactly when they are the same, order of members and sign of zero included.
enum Oracle {
  static let python = ProcessInfo.processInfo.environment["PROBEXD_TEST_PYTHON"]

  static let isThere: ConditionTrait = .enabled(
    if: python != nil, "set PROBEXD_TEST_PYTHON to a Python to compare with its json")

  /// Runs a script, gives it lines, and returns the lines it prints.
  static func run(_ script: String, _ lines: [String]) throws -> [String] {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "probexd-oracle-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    // Files and not pipes: a pipe that is full on both sides would stop both processes.
    let input = folder.appending(path: "in")
    let output = folder.appending(path: "out")
    try Data(lines.map { $0 + "\n" }.joined().utf8).write(to: input)
    try Data().write(to: output)
    let process = Process()
    process.executableURL = URL(filePath: try #require(python))
    process.arguments = ["-I", "-c", tagging + script]
    process.standardInput = try FileHandle(forReadingFrom: input)
    process.standardOutput = try FileHandle(forWritingTo: output)
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    let text = String(decoding: try Data(contentsOf: output), as: UTF8.self)
    return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
  }

  /// The tag of a value, in Swift.
  static func tag(_ value: JSONValue) -> String {
    switch value {
    case .null: "n"
    case .bool(let truth): truth ? "t" : "f"
    case .integer(let integer): "i\(integer)"
    case .number(let number): "r" + String(number.bitPattern, radix: 16)
    case .string(let text): tag(text)
    case .array(let elements): "[" + elements.map { tag($0) + "," }.joined() + "]"
    case .object(let object):
      "{" + object.members.map { tag($0.name) + ":" + tag($0.value) + "," }.joined() + "}"
    }
  }

  private static func tag(_ text: String) -> String {
    "s" + text.unicodeScalars.map { String($0.value, radix: 16) }.joined(separator: ".")
  }

  /// The tag of a value, in Python, and the reading that both sides agree to call valid. What is
  /// refused here beyond Python's own grammar is what this module documents.
  private static let tagging = #"""
    import binascii, json, random, struct, sys

    def tag(value):
        if value is None: return "n"
        if value is True: return "t"
        if value is False: return "f"
        if isinstance(value, int): return f"i{value}"
        if isinstance(value, float):
            return f"r{struct.unpack('>Q', struct.pack('>d', value))[0]:x}"
        if isinstance(value, str): return "s" + ".".join(f"{ord(c):x}" for c in value)
        if isinstance(value, list): return "[" + "".join(tag(v) + "," for v in value) + "]"
        return "{" + "".join(f"{tag(k)}:{tag(v)}," for k, v in value.items()) + "}"

    class Refused(ValueError): pass

    def integer(text):
        value = int(text)
        if not -2**63 <= value < 2**63: raise Refused("integer beyond 64 bits")
        return value

    def real(text):
        value = float(text)
        if value in (float("inf"), float("-inf")): raise Refused("beyond double")
        return value

    def constant(text): raise Refused("NaN and Infinity are not JSON")

    def members(pairs):
        names = [name for name, _ in pairs]
        if len(set(names)) < len(names): raise Refused("duplicate name")
        if any("\0" in name for name in names): raise Refused("NUL in name")
        return dict(pairs)

    def check(value, depth):
        if isinstance(value, str) and any(0xD800 <= ord(c) < 0xE000 for c in value):
            raise Refused("half of a surrogate pair")
        if isinstance(value, (list, dict)) and depth == 0: raise Refused("too deep")
        if isinstance(value, list):
            for element in value: check(element, depth - 1)
        if isinstance(value, dict):
            for name, element in value.items(): check(name, 0); check(element, depth - 1)

    def read(data):
        value = json.loads(data.decode("utf-8"), parse_int=integer, parse_float=real,
                           parse_constant=constant, object_pairs_hook=members)
        check(value, 128)
        return value

    lines = (binascii.unhexlify(line.strip()) for line in sys.stdin.buffer)

    """#

  /// Bytes as they are sent to the scripts.
  static func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// The bytes a script sent as `hex`.
  static func bytes(hex: some StringProtocol) -> [UInt8] {
    let digits = Array(hex)
    return stride(from: 0, to: digits.count, by: 2).compactMap { place in
      UInt8(String(digits[place...(place + 1)]), radix: 16)
    }
  }
}
