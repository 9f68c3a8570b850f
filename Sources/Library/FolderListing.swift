import Glibc

/// The one place that lists a folder.
enum FolderListing {
  /// The names in a folder, in no particular order; `nil` with `errno` set when it cannot be read.
  /// Names that are not UTF-8 are left out: they cannot be told to a client.
  static func names(_ folder: String) -> [String]? {
    guard let stream = unsafe opendir(folder) else { return nil }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { tuple in
        unsafe tuple.withMemoryRebound(to: CChar.self, capacity: 256) {
          unsafe String(validatingCString: $0)
        }
      }
      if let name, name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  /// What the system says of the last call that failed.
  static var lastSystemError: String { unsafe String(cString: strerror(errno)) }
}
