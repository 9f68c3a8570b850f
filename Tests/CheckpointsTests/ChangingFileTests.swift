import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("safetensors: files that change while they are read")
struct ChangingFileTests {
  enum Change: CaseIterable {
    /// Cut in the middle of the tensor.
    case cut
    /// Cut to nothing.
    case emptied
    /// Grown by a byte.
    case grown
    /// Other bytes, same size, later time.
    case rewritten
    /// Another file put in its place.
    case replaced
    /// Gone.
    case removed

    func make(_ path: String) throws {
      let url = URL(filePath: path)
      let bytes = try Data(contentsOf: url)
      switch self {
      case .cut: try #require(setSize(bytes.count - 5, of: path))
      case .emptied: try #require(setSize(0, of: path))
      case .grown: try #require(setSize(bytes.count + 1, of: path))
      case .rewritten:
        try bytes.write(to: url)
        try FileManager.default.setAttributes(
          [.modificationDate: Date(timeIntervalSince1970: 1_000_000)], ofItemAtPath: path)
      case .replaced:
        try bytes.write(to: URL(filePath: path + ".new"))
        try #require(replace(path, by: path + ".new"))
      case .removed: try FileManager.default.removeItem(at: url)
      }
    }
  }

  @Test("between the header and the tensor", arguments: Change.allCases)
  func afterHeader(_ change: Change) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(try goodFile([("w", [8, 8])]), to: "t.safetensors")
    let file = try SafetensorsFile(path: path)
    let before = try file.floats(file.tensors[0])
    #expect(before.count == 64)
    try change.make(path)
    let fault = error { () throws(CheckpointError) in try file.floats(file.tensors[0]) }
    #expect(fault?.kind == (change == .removed ? .notFound : .changedWhileRead))
    #expect(fault?.subject == path)
  }

  @Test("between the reading and its end", arguments: Change.allCases)
  func afterReading(_ change: Change) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(try goodFile([("w", [8, 8])]), to: "t.safetensors")
    let file = try CheckedFile(path: path)
    try file.expectUnchanged()
    try change.make(path)
    let fault = error { () throws(CheckpointError) in try file.expectUnchanged() }
    // Another file under the same name is none of this one's business.
    let isSame = change == .replaced || change == .removed
    #expect(fault?.kind == (isSame ? nil : .changedWhileRead))
  }

  @Test("between the opening and the reading: a short read is no result")
  func shortRead() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write([UInt8](repeating: 1, count: 100), to: "t")
    let file = try ReadableFile(path: path)
    #expect(try file.bytes(count: 100, at: 0).count == 100)
    #expect(setSize(60, of: path))
    #expect(try file.bytes(count: 60, at: 0).count == 60)
    #expect(throws: ReadFailure.short) { try file.bytes(count: 100, at: 0) }
    #expect(throws: ReadFailure.short) { try file.bytes(count: 1, at: 60) }
    #expect(throws: ReadFailure.short) { try file.bytes(count: 1, at: 1 << 60) }
    #expect(throws: ReadFailure.short) { try file.floats(of: .f32, count: 16, at: 0) }
    #expect(try file.floats(of: .f16, count: 30, at: 0).count == 30)
  }

  /// One thread cuts and restores the file all the time, this one reads it: each answer is either
  /// the whole truth or an error, and the process lives (a mapped file would end it).
  @Test("at any moment")
  func anyMoment() throws {
    let folder = try TemporaryFolder()
    let whole = try goodFile([("w", [64, 64])])
    let path = try folder.write(whole, to: "t.safetensors")
    let expected = (1...4096).map(Float.init)
    let cutter = Thread {
      guard let handle = FileHandle(forUpdatingAtPath: path) else { return }
      var size = UInt64(whole.count)
      while !Thread.current.isCancelled {
        size = (size &* 6_364_136_223_846_793_005 &+ 1) % UInt64(whole.count)
        try? handle.truncate(atOffset: size)
        try? handle.seek(toOffset: 0)
        try? handle.write(contentsOf: Data(whole))
      }
    }
    cutter.start()
    defer { cutter.cancel() }
    var answers = (right: 0, refused: 0)
    for _ in 0..<2000 {
      do throws(CheckpointError) {
        let file = try SafetensorsFile(path: path)
        let values = try file.floats(file.tensors[0])
        #expect(values == expected)
        answers.right += 1
      } catch {
        #expect([.changedWhileRead, .malformed].contains(error.kind), "\(error)")
        answers.refused += 1
      }
    }
    #expect(answers.refused > 0, "the file never changed: \(answers)")
  }
}
