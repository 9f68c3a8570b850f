// CheckpointsTests: what the module reads, refuses and writes. Files are made here, a few hundred
// bytes each; the oracles are the Python packages `safetensors` and `huggingface_hub`, and Python's
// `re`, in one process per test.
//
// Start reading here, then at `ConformanceTests`.
import Checkpoints
import Foundation
import TestSupport

/// A safetensors file, or something like one, put together by hand: the size of the header, the
/// header, the data.
func safetensors(_ header: String, _ data: [UInt8] = [], size: UInt64? = nil) -> [UInt8] {
  safetensors(Array(header.utf8), data, size: size)
}

/// As above, for headers that are no text.
func safetensors(_ header: [UInt8], _ data: [UInt8] = [], size: UInt64? = nil) -> [UInt8] {
  let size = size ?? UInt64(header.count)
  return (0..<8).map { UInt8(truncatingIfNeeded: size >> (8 * $0)) } + header + data
}

/// A good file with F32 tensors of the given shapes, whose elements count up from 1 over all of
/// them.
func goodFile(
  _ tensors: [(String, [Int])], metadata: [(name: String, value: String)] = []
) throws -> [UInt8] {
  let folder = try TemporaryFolder()
  let path = try folder.file("good.safetensors")
  var next: Float = 1
  let written = tensors.map { name, shape in
    let count = shape.reduce(1, *)
    let values = (0..<count).map { next + Float($0) }
    next += Float(count)
    return SafetensorsWriter.Tensor(name: name, values: values, shape: shape)
  }
  try SafetensorsWriter.write(written, metadata: metadata, to: path)
  return Array(try Data(contentsOf: URL(filePath: path)))
}

/// The error that `body` throws, or nil when it throws none.
func error<Result>(of body: () throws(CheckpointError) -> Result) -> CheckpointError? {
  do throws(CheckpointError) {
    _ = try body()
    return nil
  } catch {
    return error
  }
}

/// Random numbers that are the same in every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// The Python with the packages that tests use as oracles.
enum Python {
  static let path = ProcessInfo.processInfo.environment["PROBEXD_TEST_PYTHON"].flatMap {
    $0.isEmpty ? nil : $0
  }
  static let isThere = path != nil
  static let missing = "PROBEXD_TEST_PYTHON does not name a Python with the packages of the tests"

  /// Runs a script and returns what it prints. The output goes to a file, so that no pipe can fill
  /// up. Throws when the script fails.
  static func run(_ script: String, _ arguments: String...) throws -> String {
    guard let path else { throw Failure(text: missing) }
    let folder = try TemporaryFolder()
    let output = try folder.write([], to: "output")
    let errors = try folder.write([], to: "errors")
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = ["-c", script] + arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle(forWritingAtPath: output)
    process.standardError = FileHandle(forWritingAtPath: errors)
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Failure(text: try String(contentsOfFile: errors, encoding: .utf8))
    }
    return try String(contentsOfFile: output, encoding: .utf8)
  }

  struct Failure: Error { let text: String }
}
