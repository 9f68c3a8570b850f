import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("safetensors: writing")
struct WriterTests {
  private typealias Tensor = SafetensorsWriter.Tensor

  /// Tensors of every type, with names that JSON must escape.
  private static let everything: [SafetensorsWriter.Tensor] =
    ScalarType.allCases.map { type in
      let bytes = (0..<type.bits).map { UInt8(truncatingIfNeeded: $0 &* 37) }
      return Tensor(name: "type \(type.rawValue)", type: type, shape: [2, 4], bytes: bytes)
    } + [
      Tensor(name: "scalar", values: [1.5], shape: []),
      Tensor(name: "empty", values: [], shape: [3, 0]),
      Tensor(name: "", values: [0.1, -0.0, .infinity], shape: [3]),
      Tensor(name: "\"\\/\u{8}\n\u{1F}\u{7F}é😀", matrix: Matrix(rows: 1, columns: 2)),
    ]

  private static let metadata = [
    (name: "z", value: "last first"), (name: "a", value: "\"\n\u{0}é"), (name: "", value: ""),
  ]

  /// The names in a folder, sorted.
  private func names(in folder: TemporaryFolder) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  @Test("what is written is read back, in the same order")
  func roundTrip() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/t.safetensors"
    try SafetensorsWriter.write(Self.everything, metadata: Self.metadata, to: path)
    let file = try SafetensorsFile(path: path)
    #expect(file.metadata.map(\.name) == Self.metadata.map(\.name))
    #expect(file.metadata.map(\.value) == Self.metadata.map(\.value))
    #expect(file.tensors.count == Self.everything.count)
    for tensor in Self.everything {
      let record = try #require(file.tensor(named: tensor.name))
      #expect(record.type == tensor.type && record.shape == tensor.shape)
      #expect(try file.bytes(record) == tensor.bytes)
    }
    // The header keeps the order too; of tensors without bytes only it does.
    let bytes = Array(try Data(contentsOf: URL(filePath: path)))
    let size = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    #expect(size % 8 == 0)
    let header = String(decoding: bytes[8..<8 + size], as: UTF8.self)
    #expect(header.hasPrefix(#"{"__metadata__":{"z":"last first","a":"#))
    let places = ScalarType.allCases.map { header.range(of: "\"type \($0.rawValue)\"")?.lowerBound }
    #expect(places.compactMap(\.self).count == ScalarType.allCases.count)
    #expect(places.compactMap(\.self) == places.compactMap(\.self).sorted())
    #expect(try names(in: folder) == ["t.safetensors"])
  }

  @Test(
    "the reference reads it, and its checksum is ours",
    .enabled(if: Python.isThere, Comment(rawValue: Python.missing)))
  func reference() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/t.safetensors"
    try SafetensorsWriter.write(Self.everything, metadata: Self.metadata, to: path)
    let bytes = Array(try Data(contentsOf: URL(filePath: path)))
    let checksum = SafetensorsWriter.checksum(Self.everything)
    #expect(try Reference.answers([bytes]) == [checksum])
    #expect(try SafetensorsFile(path: path).checksum() == checksum)
    let metadata = try Python.run(
      #"""
      import json, sys
      from safetensors import safe_open
      with safe_open(sys.argv[1], "numpy") as file:
          print(json.dumps(file.metadata(), sort_keys=True))
      """#, path)
    #expect(metadata == #"{"": "", "a": "\"\n\u0000\u00e9", "z": "last first"}"# + "\n")
  }

  @Test("the same input gives the same bytes, and the checksum does not depend on the order")
  func deterministic() throws {
    let folder = try TemporaryFolder()
    let files = try (0..<2).map { number in
      let path = folder.path + "/\(number)"
      try SafetensorsWriter.write(Self.everything, metadata: Self.metadata, to: path)
      return try Data(contentsOf: URL(filePath: path))
    }
    #expect(files[0] == files[1])
    let checksum = SafetensorsWriter.checksum(Self.everything)
    #expect(SafetensorsWriter.checksum(Self.everything.reversed()) == checksum)
    #expect(SafetensorsWriter.checksum(Array(Self.everything.dropLast())) != checksum)
    let reshaped = Self.everything.map {
      Tensor(name: $0.name, type: $0.type, shape: $0.shape.reversed(), bytes: $0.bytes)
    }
    #expect(SafetensorsWriter.checksum(reshaped) != checksum)
    #expect(checksum.count == 64 && checksum.allSatisfy { $0.isHexDigit && !$0.isUppercase })
  }

  @Test("no tensors, no metadata: still a file")
  func empty() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/t"
    try SafetensorsWriter.write([], metadata: [], to: path)
    let bytes = try Data(contentsOf: URL(filePath: path))
    #expect(Array(bytes) == [8, 0, 0, 0, 0, 0, 0, 0] + Array("{}      ".utf8))
  }

  @Test("what could not be read back is not written")
  func refused() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/t"
    let one = Tensor(name: "a", values: [1], shape: [1])
    let lists: [([SafetensorsWriter.Tensor], [(name: String, value: String)])] = [
      ([one, one], []), ([Tensor(name: "__metadata__", values: [1], shape: [1])], []),
      ([Tensor(name: "a\0", values: [1], shape: [1])], []), ([], [("k", "1"), ("k", "2")]),
      ([], [("k\0", "1")]),
    ]
    for (tensors, metadata) in lists {
      let fault = error { () throws(CheckpointError) in
        try SafetensorsWriter.write(tensors, metadata: metadata, to: path)
      }
      #expect(fault?.kind == .writeFailed)
    }
    #expect(try names(in: folder) == [])
  }

  @Test("a file that exists is replaced with its permissions, behind a link too")
  func replaces() throws {
    let folder = try TemporaryFolder()
    let manager = FileManager.default
    let target = try folder.write(Array("old".utf8), to: "real/t.safetensors")
    try manager.setAttributes([.posixPermissions: 0o640], ofItemAtPath: target)
    let link = folder.path + "/link"
    try manager.createSymbolicLink(atPath: link, withDestinationPath: "real/t.safetensors")
    for (number, path) in [target, link].enumerated() {
      let tensor = Tensor(name: "t", values: [Float(number)], shape: [1])
      try SafetensorsWriter.write([tensor], metadata: [], to: path)
      let file = try SafetensorsFile(path: target)
      #expect(try file.floats(file.tensors[0]) == [Float(number)])
      let attributes = try manager.attributesOfItem(atPath: target)
      #expect(attributes[.posixPermissions] as? Int == 0o640)
      #expect(try manager.destinationOfSymbolicLink(atPath: link) == "real/t.safetensors")
    }
    #expect(try manager.contentsOfDirectory(atPath: folder.path + "/real") == ["t.safetensors"])
  }

  @Test("what is no regular file is not replaced")
  func targets() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write([], to: "folder/x")
    _ = try folder.write([], to: "file")
    try #require(makePipe(folder.path + "/pipe"))
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/dangling", withDestinationPath: "gone")
    let rows = [
      ("folder", "a folder"), ("pipe", "a named pipe"), ("/dev/null", "a character device"),
      ("/dev/full", "a character device"), ("dangling", "leads nowhere"), ("", "name"),
      ("missing/t", "its folder does not exist (ENOENT)"),
      ("file/t", "its folder does not exist (ENOTDIR)"), ("a\0b", "name"),
      (String(repeating: "n", count: 300), "the name is too long (ENAMETOOLONG)"),
    ]
    for (name, words) in rows {
      let path = name.hasPrefix("/") || name.isEmpty ? name : folder.path + "/" + name
      let fault = error { () throws(CheckpointError) in
        try SafetensorsWriter.write([], metadata: [], to: path)
      }
      #expect(fault?.kind == .writeFailed)
      #expect(fault?.problem.contains(words) == true, "\(fault?.description ?? name)")
    }
    #expect(try names(in: folder) == ["dangling", "file", "folder", "pipe"])
  }

  /// In a process of its own, which may write no file beyond 100,000 bytes.
  @Test("a disk that fills up leaves the old file and nothing else")
  func full() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      let path = try folder.write(Array("old".utf8), to: "t.safetensors")
      try #require(limitFileSize(100_000))
      let small = SafetensorsWriter.Tensor(
        name: "t", values: [Float](repeating: 1, count: 1000), shape: [1000])
      let great = SafetensorsWriter.Tensor(
        name: "t", values: [Float](repeating: 1, count: 100_000), shape: [100_000])
      for target in [path, folder.path + "/new.safetensors"] {
        let fault = error { () throws(CheckpointError) in
          try SafetensorsWriter.write([great], metadata: [], to: target)
        }
        #expect(fault?.kind == .writeFailed)
        #expect(fault?.problem.contains("(EFBIG)") == true)
        let manager = FileManager.default
        #expect(try manager.contentsOfDirectory(atPath: folder.path) == ["t.safetensors"])
        #expect(try Data(contentsOf: URL(filePath: path)) == Data("old".utf8))
      }
      try SafetensorsWriter.write([small], metadata: [], to: path)
      #expect(try SafetensorsFile(path: path).tensors.map(\.elementCount) == [1000])
    }
  }

  @Test("many at once: the file is always whole, and one of them")
  func concurrent() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/t.safetensors"
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<8 {
        group.addTask {
          for round in 0..<20 {
            let values = [Float](repeating: Float(writer), count: 1000 + writer)
            let tensor = Tensor(name: "w\(writer)", values: values, shape: [values.count])
            try SafetensorsWriter.write([tensor], metadata: [("round", "\(round)")], to: path)
            let file = try SafetensorsFile(path: path)
            #expect(file.tensors.count == 1)
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(try names(in: folder) == ["t.safetensors"])
  }
}
