/// Plain files and folders for the modules above, so that these need no system calls of their own.
/// Errors name the path.
package enum LocalFiles {
  /// The names in a folder, in the order of their bytes, without `.` and `..`. Names that are not
  /// UTF-8 are left out, because no client could be told of them.
  ///
  /// - Throws: `.notFound` (also where a file stands), `.unreadable`.
  ///
  /// Cost: one pass over the folder.
  package static func names(in folder: String) throws(CheckpointError) -> [String] {
    try CheckedFile.refuseNUL(folder)
    do throws(SystemFailure) {
      return try FileAccess.listing(of: folder).names
    } catch {
      throw .reading(folder, error)
    }
  }

  /// All bytes of a small regular file.
  ///
  /// - Throws: `.notFound`, `.unreadable`, `.notACheckpoint` (a folder, a pipe, a device),
  ///   `.limitExceeded` (more than `limit` bytes), `.changedWhileRead`.
  package static func contents(of path: String, limit: Int) throws(CheckpointError) -> [UInt8] {
    try CheckedFile.contents(of: path, limit: limit)
  }
}
