/// What a module that walks through folders of checkpoints asks of the file system, with errors
/// that name the path. Its system calls are those of `FileAccess`.
package enum FolderFiles {
  /// What stands at `path`, at the end of its symbolic links.
  ///
  /// - Throws: `.notFound` (also a link that leads nowhere), `.unreadable` (also a loop of links).
  package static func status(of path: String) throws(CheckpointError) -> FileStatus {
    try CheckedFile.refuseNUL(path)
    do throws(SystemFailure) {
      return try FileAccess.status(of: path)
    } catch {
      if error.meansMissing, let target = FileAccess.target(ofLink: path) {
        throw .brokenLink(path, target)
      }
      throw .reading(path, error)
    }
  }

  /// The names in a folder in the order of their bytes, and how many more are not UTF-8.
  ///
  /// - Throws: `.notFound`, `.unreadable`.
  package static func names(
    in folder: String
  ) throws(CheckpointError) -> (names: [String], unnameable: Int) {
    try CheckedFile.refuseNUL(folder)
    do throws(SystemFailure) {
      let listing = try FileAccess.listing(of: folder)
      return (listing.names, listing.unnameable)
    } catch {
      throw .reading(folder, error)
    }
  }

  /// Makes a folder, unless something stands there, and checks that files can be made in it.
  ///
  /// - Throws: `.writeFailed`.
  package static func makeWritable(_ folder: String) throws(CheckpointError) {
    try CheckedFile.refuseNUL(folder)
    do throws(SystemFailure) {
      try FileAccess.makeFolder(folder)
      try FileAccess.refuseUnwritable(folder)
    } catch {
      throw .writing(folder, error)
    }
  }

  /// The whole of a file of at most `limit` bytes.
  ///
  /// - Throws: `.notFound`, `.unreadable`, `.notACheckpoint` (no regular file), `.limitExceeded`,
  ///   `.changedWhileRead`.
  package static func contents(
    of path: String, limit: Int
  ) throws(CheckpointError) -> [UInt8] {
    try CheckedFile.contents(of: path, limit: limit)
  }
}
