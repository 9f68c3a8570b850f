import Checkpoints
import Experts
import Foundation
import Tensors
import TestSupport
import Testing

/// Small zoos, and Python as a judge of them.
enum ZooFixture {
  static let hub = HubCache(root: "/nowhere")

  static let python = ProcessInfo.processInfo.environment["PROBEXD_TEST_PYTHON"]
  static let zoo = ProcessInfo.processInfo.environment["PROBEXD_ZOO"]

  static let hasPython: ConditionTrait = .enabled(
    if: python != nil, "set PROBEXD_TEST_PYTHON to a Python to compare with ast.literal_eval")
  static let hasZoo: ConditionTrait = .enabled(
    if: zoo != nil, "set PROBEXD_ZOO to the folder of the zoo to read it")

  /// Writes models of one small layer, each with its own path as the metadata `label`.
  static func write(_ paths: [String], in folder: TemporaryFolder) throws {
    for path in paths { try write(path, metadata: [("label", path)], in: folder) }
  }

  static func write(
    _ path: String, metadata: [(name: String, value: String)], in folder: TemporaryFolder
  ) throws {
    let tensor = SafetensorsWriter.Tensor(name: "w.weight", values: [1, 2], shape: [1, 2])
    try SafetensorsWriter.write([tensor], metadata: metadata, to: try folder.file(path))
  }

  static func link(_ path: String, to target: String, in folder: TemporaryFolder) throws {
    try FileManager.default.createSymbolicLink(
      atPath: try folder.file(path), withDestinationPath: target)
  }

  /// What a call throws, or nil.
  static func error(_ call: () throws(ZooError) -> Zoo) -> ZooError? {
    do throws(ZooError) {
      _ = try call()
      return nil
    } catch {
      return error
    }
  }

  /// Runs a script over lines, each answered by a list of strings or by nil.
  static func ask(_ script: String, _ lines: [String]) throws -> [[String]?] {
    let folder = try TemporaryFolder()
    let input = try folder.write(
      Array(lines.map { hex(Array($0.utf8)) + "\n" }.joined().utf8), to: "in")
    let output = try folder.write([], to: "out")
    let process = Process()
    process.executableURL = URL(filePath: try #require(python))
    process.arguments = ["-I", "-W", "ignore", "-c", common + script]
    // Files and not pipes: a pipe that is full on both sides would stop both processes.
    process.standardInput = try FileHandle(forReadingFrom: URL(filePath: input))
    process.standardOutput = try FileHandle(forWritingTo: URL(filePath: output))
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    let answers = String(decoding: try Data(contentsOf: URL(filePath: output)), as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    try #require(answers.count == lines.count)
    return answers.map { answer in
      if answer == "refused" { return nil }
      return answer.split(separator: ",", omittingEmptySubsequences: false).dropLast()
        .map { String(decoding: bytes(hex: $0), as: UTF8.self) }
    }
  }

  private static let common = #"""
    import ast, binascii, io, json, re, struct, sys, tokenize

    lines = (binascii.unhexlify(line.strip()).decode() for line in sys.stdin)

    def answer(strings):
        print("".join(text.encode().hex() + "," for text in strings))

    """#

  private static func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  private static func bytes(hex: Substring) -> [UInt8] {
    let digits = Array(hex)
    return stride(from: 0, to: digits.count, by: 2).compactMap { place in
      UInt8(String(digits[place...(place + 1)]), radix: 16)
    }
  }
}
