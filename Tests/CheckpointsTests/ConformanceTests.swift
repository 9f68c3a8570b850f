import Checkpoints
import Foundation
import TestSupport
import Testing

@Suite("safetensors: what is accepted and what is refused")
struct ConformanceTests {
  @Test("our reader", arguments: conformanceCases)
  func ours(_ row: ConformanceCase) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(row.bytes, to: "t.safetensors")
    let fault = error { () throws(CheckpointError) in
      let file = try SafetensorsFile(path: path)
      for tensor in file.tensors { _ = try file.bytes(tensor) }
    }
    #expect((fault == nil) == row.accepted, "\(fault?.description ?? "accepted")")
    if let fault {
      #expect(fault.kind == .malformed)
      #expect(fault.subject == path)
    }
  }

  @Test("the reference", .enabled(if: Python.isThere, Comment(rawValue: Python.missing)))
  func reference() throws {
    let answers = try Reference.answers(conformanceCases.map(\.bytes))
    for (row, answer) in zip(conformanceCases, answers) {
      #expect((answer != nil) == row.reference, "\(row.name)")
    }
  }

  @Test("a file cut at every byte is refused, and nothing of it is returned")
  func everyTruncation() throws {
    let folder = try TemporaryFolder()
    let bytes = try goodFile([("a.weight", [3, 2]), ("b", [1])], metadata: [("name", "value")])
    for count in bytes.indices {
      let path = try folder.write(Array(bytes[..<count]), to: "t.safetensors")
      let fault = error { () throws(CheckpointError) in try SafetensorsFile(path: path) }
      #expect(fault?.kind == .malformed, "cut to \(count)")
    }
    let whole = try folder.write(bytes, to: "t.safetensors")
    #expect(try SafetensorsFile(path: whole).tensors.map(\.name) == ["a.weight", "b"])
  }

  @Test("the header's size has a limit that can be raised")
  func headerLimit() throws {
    let folder = try TemporaryFolder()
    let padding = [UInt8](repeating: 0x20, count: 17 << 20)
    let path = try folder.write(safetensors(Array("{}".utf8) + padding), to: "t.safetensors")
    let fault = error { () throws(CheckpointError) in try SafetensorsFile(path: path) }
    #expect(fault?.kind == .limitExceeded)
    #expect(fault?.problem.contains("\((17 << 20) + 2)") == true)
    let raised = try SafetensorsFile(path: path, limits: ReadLimits(headerBytes: 18 << 20))
    #expect(raised.tensors.isEmpty)
  }

  @Test("a hundred thousand tensors")
  func manyTensors() throws {
    let folder = try TemporaryFolder()
    let count = 100_000
    let entries = (0..<count).map {
      #""t\#($0)":{"dtype":"U8","shape":[1],"data_offsets":[\#($0),\#($0 + 1)]}"#
    }
    let data = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
    let path = try folder.write(
      safetensors("{\(entries.joined(separator: ","))}", data), to: "t.safetensors")
    let file = try SafetensorsFile(path: path)
    #expect(file.tensors.count == count)
    let last = try #require(file.tensor(named: "t99999"))
    #expect(try file.bytes(last) == [UInt8(truncatingIfNeeded: 99_999)])
  }

  @Test(
    "10,000 corruptions: our answer is the reference's",
    .enabled(if: Python.isThere, Comment(rawValue: Python.missing)))
  func corruptions() throws {
    var generator = SeededGenerator(seed: 20_241_121)
    let files = try (0..<10_000).map { _ in try Corruption.next(&generator) }
    let answers = try Reference.answers(files)
    let folder = try TemporaryFolder()
    var counts = (accepted: 0, refused: 0, deviations: 0)
    for (index, (bytes, answer)) in zip(files, answers).enumerated() {
      // A new name each time: some file systems flush a file that was cut before it was written.
      let path = "\(folder.path)/\(index).safetensors"
      try #require(writeQuickly(bytes, to: path))
      do throws(CheckpointError) {
        let file = try SafetensorsFile(path: path)
        let ours = try file.checksum()
        if answer == nil, Corruption.hasNegativeZero(bytes) {
          counts.deviations += 1
        } else {
          #expect(ours == answer, "corruption \(index)")
          counts.accepted += 1
        }
      } catch {
        if answer == nil {
          counts.refused += 1
        } else {
          // Ours alone refuses only what it says it does.
          let documented = ["a name comes twice", "beyond 64 bits", #"\u0000 is not allowed"#]
          let isDocumented = documented.contains { error.problem.contains($0) }
          #expect(isDocumented, "corruption \(index): \(error)")
          counts.deviations += 1
        }
      }
    }
    // A corpus without both kinds of answers would prove nothing.
    #expect(counts.accepted > 1000 && counts.refused > 5000, "\(counts)")
  }
}

/// The Python package `safetensors`.
enum Reference {
  /// For each file nil when it is refused, else SHA-256 over its tensors as `TensorDigest` defines
  /// it, computed by the script from that definition.
  static func answers(_ files: [[UInt8]]) throws -> [String?] {
    let folder = try TemporaryFolder()
    var container = Data()
    for file in files {
      // The size and the bytes, as a safetensors file has its header.
      container.append(contentsOf: safetensors(file))
    }
    let path = try folder.write(Array(container), to: "container")
    let lines = try Python.run(script, path).split(separator: "\n")
    try #require(lines.count == files.count)
    return lines.map { $0 == "refused" ? nil : String($0) }
  }

  private static let script = #"""
    import hashlib, struct, sys
    from safetensors import deserialize

    def digest(tensors):
        hash = hashlib.sha256()
        for name, tensor in sorted(((n.encode(), t) for n, t in tensors), key=lambda pair: pair[0]):
            hash.update(name + b"\0")
            hash.update(tensor["dtype"].encode() + b"\0")
            for size in tensor["shape"]:
                hash.update(struct.pack("<Q", size))
            hash.update(bytes(tensor["data"]))
        return hash.hexdigest()

    with open(sys.argv[1], "rb") as file:
        data = file.read()
    place = 0
    while place < len(data):
        (count,) = struct.unpack_from("<Q", data, place)
        case = data[place + 8 : place + 8 + count]
        place += 8 + count
        try:
            print(digest(deserialize(case)))
        except BaseException:
            print("refused")
    """#
}
