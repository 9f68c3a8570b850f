import Checkpoints
import Foundation
import TestSupport
import Testing

/// Opens `name` as a checkpoint, relative to a folder, with a Hub cache that has nothing.
private func refusal(of name: String, in folder: TemporaryFolder) -> CheckpointError? {
  error { () throws(CheckpointError) in
    try Checkpoint.open(
      name, relativeTo: folder.path, hub: HubCache(root: folder.path + "/no-hub"))
  }
}

@Suite("what is no file of weights is refused, and nothing waits for it")
struct FileKindTests {
  struct Row: CustomTestStringConvertible, Sendable {
    let name: String
    let kind: CheckpointError.Kind
    let words: String
    /// Makes what `name` stands for.
    var make: @Sendable (TemporaryFolder) throws -> Void = { _ in }
    var testDescription: String { String(name.prefix(40)) }
  }

  private static func link(_ target: String, _ name: String)
    -> @Sendable (TemporaryFolder) throws
    -> Void
  {
    { folder in
      try FileManager.default.createSymbolicLink(
        atPath: folder.path + "/" + name, withDestinationPath: target)
    }
  }

  static let rows: [Row] = [
    Row(name: "missing.safetensors", kind: .notFound, words: "no such file or folder (ENOENT)"),
    Row(name: "/nowhere/at/all", kind: .notFound, words: "(ENOENT)"),
    Row(
      name: "file/below", kind: .notFound, words: "(ENOTDIR)",
      make: { _ = try $0.write([1], to: "file") }),
    Row(
      name: String(repeating: "n", count: 300) + ".bin", kind: .notFound, words: "(ENAMETOOLONG)"),
    Row(
      name: String(repeating: "n/", count: 4000) + "x", kind: .notFound, words: "(ENAMETOOLONG)"),
    Row(name: "", kind: .notFound, words: "empty"),
    Row(name: "a\0b.safetensors", kind: .notFound, words: "NUL"),
    Row(name: "empty", kind: .notACheckpoint, words: "the file is empty") {
      _ = try $0.write([], to: "empty")
    },
    Row(name: "empty.safetensors", kind: .malformed, words: "the file is empty") {
      _ = try $0.write([], to: "empty.safetensors")
    },
    Row(name: "/dev/null", kind: .notACheckpoint, words: "a character device"),
    Row(name: "/dev/zero", kind: .notACheckpoint, words: "a character device"),
    Row(name: "/proc/self/mem", kind: .notACheckpoint, words: "the file is empty"),
    Row(name: "pipe", kind: .notACheckpoint, words: "a named pipe (FIFO)") {
      try #require(makePipe($0.path + "/pipe"))
    },
    Row(name: "socket", kind: .notACheckpoint, words: "a socket") {
      try #require(makeSocket($0.path + "/socket"))
    },
    Row(
      name: "loop", kind: .unreadable, words: "(ELOOP)",
      make: { folder in
        try link("loop2", "loop")(folder)
        try link("loop", "loop2")(folder)
      }),
    Row(
      name: "link0", kind: .unreadable, words: "(ELOOP)",
      make: { folder in
        for number in 0..<41 { try link("link\(number + 1)", "link\(number)")(folder) }
        _ = try folder.write(try goodFile([("w", [1, 1])]), to: "link41")
      }),
    Row(
      name: "dangling.safetensors", kind: .notFound, words: "a symbolic link to \"../gone\"",
      make: link("../gone", "dangling.safetensors")),
    Row(
      name: "org/dangling", kind: .notFound, words: "a symbolic link to \"gone\"",
      make: { folder in
        _ = try folder.file("org/x")
        try link("gone", "org/dangling")(folder)
      }),
    Row(name: "~/model.safetensors", kind: .notFound, words: "(ENOENT)"),
  ]

  @Test("each has its answer", arguments: rows)
  func answers(_ row: Row) throws {
    let folder = try TemporaryFolder()
    try row.make(folder)
    let fault = try #require(refusal(of: row.name, in: folder))
    #expect(fault.kind == row.kind)
    #expect(fault.problem.contains(row.words), "\(fault)")
    #expect(!fault.remedy.isEmpty && !fault.subject.isEmpty)
    #expect(!fault.description.contains("\0"))
  }

  @Test("the same without resolution: the reader itself waits for nothing")
  func readerAlone() throws {
    let folder = try TemporaryFolder()
    try #require(makePipe(folder.path + "/pipe"))
    try #require(makeSocket(folder.path + "/socket"))
    for (path, words) in [
      (folder.path + "/pipe", "a named pipe"), (folder.path + "/socket", "a socket"),
      (folder.path, "a folder"), ("/dev/zero", "a character device"),
    ] {
      let fault = error { () throws(CheckpointError) in try SafetensorsFile(path: path) }
      #expect(fault?.kind == .notACheckpoint)
      #expect(fault?.problem.contains(words) == true, "\(path)")
    }
  }

  @Test("a loop of folders below a folder is not followed")
  func folderLoop() throws {
    let folder = try TemporaryFolder()
    _ = try folder.file("a/x")
    try Self.link("..", "a/up")(folder)
    #expect(refusal(of: "a", in: folder)?.kind == .notACheckpoint)
  }

  @Test("`~` and `$` are characters of a name")
  func noExpansion() throws {
    let folder = try TemporaryFolder()
    let bytes = try goodFile([("w", [1, 1])])
    for name in ["~/$HOME.safetensors", "~x", "*.safetensors", "%41 b", "file:x", "-"] {
      _ = try folder.write(bytes, to: name)
      #expect(refusal(of: name, in: folder) == nil, "\(name)")
    }
    #expect(refusal(of: "~/other.bin", in: folder)?.remedy.contains("not expanded") == true)
  }

  /// In a process of its own, which gives up root's rights: to root every file is readable.
  @Test("files that the system refuses are named with the system's reason")
  func unreadable() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      let bytes = try goodFile([("w", [1, 1])])
      let manager = FileManager.default
      let secret = try folder.write(bytes, to: "secret.safetensors")
      let hidden = try folder.write(bytes, to: "closed/hidden.safetensors")
      let config = try folder.write(Array("{}".utf8), to: "adapter/adapter_config.json")
      let adapter = try goodFile([("m.lora_A.weight", [1, 2]), ("m.lora_B.weight", [2, 1])])
      _ = try folder.write(adapter, to: "adapter/adapter_model.safetensors")
      try manager.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path)
      try manager.setAttributes([.posixPermissions: 0], ofItemAtPath: secret)
      try manager.setAttributes([.posixPermissions: 0], ofItemAtPath: config)
      try manager.setAttributes([.posixPermissions: 0], ofItemAtPath: folder.path + "/closed")
      let names = ["secret.safetensors", "closed/hidden.safetensors", "closed", "adapter"]
      try asNobody {
        for name in names {
          let fault = refusal(of: name, in: folder)
          #expect(fault?.kind == .unreadable, "\(name)")
          #expect(fault?.problem.contains("(EACCES)") == true, "\(name)")
        }
        let fault = error { () throws(CheckpointError) in try SafetensorsFile(path: hidden) }
        #expect(fault?.kind == .unreadable)
        // What cannot be written is left as it is, with nothing beside it.
        let new = folder.path + "/closed/new.safetensors"
        let written = error { () throws(CheckpointError) in
          try SafetensorsWriter.write([], metadata: [], to: new)
        }
        #expect(written?.kind == .writeFailed)
        #expect(written?.problem.contains("(EACCES)") == true)
      }
      try manager.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path + "/closed")
    }
  }
}

@Suite("files of other kinds are recognised by their first bytes")
struct FileSignatureTests {
  struct Row: CustomTestStringConvertible, Sendable {
    let words: String
    let kind: CheckpointError.Kind
    let bytes: [UInt8]
    var testDescription: String { words }

    init(_ words: String, _ kind: CheckpointError.Kind, _ bytes: [UInt8]) {
      self.words = words
      self.kind = kind
      self.bytes = bytes
    }

    init(_ words: String, _ kind: CheckpointError.Kind, _ text: String) {
      self.init(words, kind, Array(text.utf8))
    }
  }

  private static let torchZip: [UInt8] =
    Array("PK\u{3}\u{4}".utf8) + [0, 0, 8, 8] + [UInt8](repeating: 0, count: 18) + [16, 0, 0, 0]
    + Array("archive/data.pkl".utf8) + [0x80, 2, 0x7D, 0x71]

  static let rows = [
    Row("a PyTorch archive (a zip", .unsupported, torchZip),
    Row("a zip file", .unsupported, Array("PK\u{3}\u{4}".utf8) + [20, 0, 0, 0, 8, 0, 0, 0]),
    Row(
      "a PyTorch archive of the old kind", .unsupported,
      [0x80, 2, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E]),
    Row("another pickle", .unsupported, [0x80, 4, 0x95, 0x0A, 0, 0, 0, 0, 0, 0, 0, 0x7D, 0x94]),
    Row("a GGUF or GGML file", .unsupported, Array("GGUF".utf8) + [3, 0, 0, 0, 1, 0, 0, 0]),
    Row("an HDF5 file", .unsupported, [0x89] + Array("HDF\r\n".utf8) + [0x1A, 0x0A, 0, 0]),
    Row("a NumPy array", .unsupported, [0x93] + Array("NUMPY".utf8) + [1, 0, 0x76, 0]),
    Row(
      "a Git LFS pointer", .notACheckpoint,
      "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"),
    Row("a web page", .notACheckpoint, "<!DOCTYPE html>\n<html><head>"),
    Row("a web page", .notACheckpoint, "\n  <HTML>"),
    Row("another XML text", .notACheckpoint, "<?xml version=\"1.0\"?><Error><Code>NoSuchKey"),
    Row("a JSON text", .notACheckpoint, "{\"error\":\"Repository not found\"}"),
    Row("a JSON text", .notACheckpoint, "{}"),
    Row("a compressed file", .notACheckpoint, [0x1F, 0x8B, 8, 0, 1, 2, 3, 4, 0, 3]),
  ]

  @Test("each by name, whatever the file is called", arguments: rows, ["x.safetensors", "x"])
  func recognised(_ row: Row, name: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(row.bytes, to: name)
    let fault = error { () throws(CheckpointError) in try SafetensorsFile(path: path) }
    #expect(fault?.kind == row.kind)
    #expect(fault?.problem.contains(row.words) == true, "\(fault?.description ?? "accepted")")
  }

  /// The size of its header looks like the start of a pickle, a JSON text, a line feed.
  @Test(
    "a safetensors file is never taken for something else", arguments: [0x0280, 0x7B, 0x5B, 0x0A])
  func notMistaken(size: Int) throws {
    let folder = try TemporaryFolder()
    let header = "{}" + String(repeating: " ", count: size - 2)
    let whole = safetensors(header)
    let path = try folder.write(whole, to: "x.safetensors")
    #expect(try SafetensorsFile(path: path).tensors.isEmpty)
    for count in [8, 9, whole.count - 1] {
      let cut = try folder.write(Array(whole[..<count]), to: "cut.safetensors")
      let fault = error { () throws(CheckpointError) in try SafetensorsFile(path: cut) }
      #expect(fault?.kind == .malformed)
      #expect(fault?.problem.contains("cut short") == true)
    }
  }

  @Test("a text is no checkpoint, and the error says what the first bytes would mean")
  func plainText() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(Array("# A model card\n\nwith text".utf8), to: "README.md")
    let fault = error { () throws(CheckpointError) in try SafetensorsFile(path: path) }
    #expect(fault?.kind == .notACheckpoint)
    #expect(fault?.problem.contains("no safetensors file") == true)
  }
}
