import Tensors

/// A regular file that is open, with errors that name it.
package struct CheckedFile: Sendable {
  let path: String
  /// Which file it was when it was opened.
  package let identity: FileIdentity
  private let file: ReadableFile

  /// - Throws: `.notFound`, `.unreadable`, `.notACheckpoint` (not a regular file).
  package init(path: String) throws(CheckpointError) {
    try Self.refuseNUL(path)
    let status: FileStatus
    do throws(SystemFailure) {
      file = try ReadableFile(path: path)
      status = try file.status()
    } catch {
      if error.meansMissing, let target = FileAccess.target(ofLink: path) {
        throw .brokenLink(path, target)
      }
      // A socket cannot be opened at all; its status says why.
      if let status = try? FileAccess.status(of: path), ![.regular, .folder].contains(status.type),
        !error.meansMissing
      {
        throw .notAFile(path, status.type)
      }
      throw .reading(path, error)
    }
    guard status.type == .regular else { throw .notAFile(path, status.type) }
    self.path = path
    identity = status.identity
  }

  /// The whole of a small text file, such as a configuration.
  ///
  /// - Throws: as `init`; `.limitExceeded`, `.changedWhileRead`.
  static func contents(of path: String, limit: Int) throws(CheckpointError) -> [UInt8] {
    let file = try CheckedFile(path: path)
    guard file.identity.size <= limit else {
      throw CheckpointError(
        .limitExceeded, path, problem: "it has \(file.identity.size) bytes; \(limit) are allowed",
        remedy: "Check that it is the file it is named after")
    }
    let bytes = try file.bytes(count: file.identity.size, at: 0)
    try file.expectUnchanged()
    return bytes
  }

  /// `count` bytes from byte `offset` on. The range must lie inside the size of `identity`.
  func bytes(count: Int, at offset: Int) throws(CheckpointError) -> [UInt8] {
    do throws(ReadFailure) {
      return try file.bytes(count: count, at: offset)
    } catch {
      throw failure(error)
    }
  }

  /// `count` numbers whose bytes start at byte `offset`. The range must lie inside the size of
  /// `identity`.
  func floats(
    of type: ScalarType, count: Int, at offset: Int
  ) throws(CheckpointError) -> [Float] {
    do throws(ReadFailure) {
      return try file.floats(of: type, count: count, at: offset)
    } catch {
      throw failure(error)
    }
  }

  /// - Throws: `.changedWhileRead` when the file is no longer what it was when it was opened.
  package func expectUnchanged() throws(CheckpointError) {
    let now: FileStatus
    do throws(SystemFailure) {
      now = try file.status()
    } catch {
      throw .reading(path, error)
    }
    if now.identity != identity { throw .changed(path) }
  }

  /// A NUL would end the path early for the system, and another file would be opened.
  static func refuseNUL(_ path: String) throws(CheckpointError) {
    if path.utf8.contains(0) {
      throw CheckpointError(
        .notFound, quoted(path), problem: "the path contains a NUL character, which no path can",
        remedy: "Check how the path was put together")
    }
  }

  private func failure(_ failure: ReadFailure) -> CheckpointError {
    switch failure {
    case .short: .changed(path)
    case .system(let failure): .reading(path, failure)
    }
  }
}
