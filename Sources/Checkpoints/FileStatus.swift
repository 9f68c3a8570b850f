/// Which file it was, exactly: what must stay equal for two reads to belong together. Caches key on
/// it, never on a path.
package struct FileIdentity: Sendable, Hashable {
  /// The device that holds the file.
  package let device: UInt64
  /// The file's number on that device.
  package let inode: UInt64
  /// Size in bytes.
  package let size: Int
  /// Last modification, nanoseconds since 1970.
  package let modified: Int64
}

/// What stands at a path.
package enum FileType: Sendable, Hashable {
  case regular, folder, link, pipe, socket, characterDevice, blockDevice, other

  /// With its article, as error messages say it.
  var noun: String {
    switch self {
    case .regular: "a regular file"
    case .folder: "a folder"
    case .link: "a symbolic link"
    case .pipe: "a named pipe (FIFO)"
    case .socket: "a socket"
    case .characterDevice: "a character device"
    case .blockDevice: "a block device"
    case .other: "a special file"
    }
  }
}

/// What the system says about a file.
package struct FileStatus: Sendable, Hashable {
  /// Which file it is.
  package let identity: FileIdentity
  /// What sort of file it is.
  package let type: FileType
  /// The permission bits.
  let permissions: UInt32
}
