import Crypto
import Glibc
package import Tensors

// Every system call of this module, and with them all of its unsafe code. Pointers do not leave.
// Files are read by `pread`, never mapped: a mapped file that is cut short kills the process with
// SIGBUS, a short read is an error like any other.

/// Runs `call` until it is not interrupted by a signal; a negative result becomes an error.
private func retrying<Result: SignedInteger>(
  _ call: () -> Result
) throws(SystemFailure) -> Result {
  while true {
    let result = call()
    if result >= 0 { return result }
    let code = errno
    if code != EINTR { throw SystemFailure(code: code) }
  }
}

/// Why a read gave fewer bytes than the file's status promised.
package enum ReadFailure: Error, Hashable, Sendable {
  case system(SystemFailure)
  /// The file ends before the bytes that were asked for.
  case short
}

/// A file that is open for reading. It is closed when the last reference goes.
@safe package final class ReadableFile: Sendable {
  private let descriptor: Int32

  /// Opens without waiting, whatever stands at `path`: a FIFO without a writer would otherwise
  /// block for ever. The caller checks `status()` for a regular file before it reads.
  package init(path: String) throws(SystemFailure) {
    descriptor = try retrying { unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY) }
  }

  deinit { close(descriptor) }

  /// What the open file is now.
  package func status() throws(SystemFailure) -> FileStatus {
    var status = stat()
    _ = try retrying { unsafe fstat(descriptor, &status) }
    return FileStatus(status)
  }

  /// `count` bytes from byte `offset` on.
  package func bytes(count: Int, at offset: Int) throws(ReadFailure) -> [UInt8] {
    // The standard library's initializer rethrows untyped, so the typed error travels beside it.
    var failure: ReadFailure?
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      do throws(ReadFailure) {
        try unsafe fill(
          UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: buffer[..<count])),
          from: offset)
        initialized = count
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }

  /// `count` numbers of a floating-point type whose bytes start at byte `offset`. F32 is read
  /// straight into the result.
  package func floats(
    of type: ScalarType, count: Int, at offset: Int
  ) throws(ReadFailure) -> [Float] {
    try unsafe FloatDecoding.floats(of: type, count: count) { buffer throws(ReadFailure) in
      try unsafe fill(buffer, from: offset)
    }
  }

  private func fill(
    _ buffer: UnsafeMutableRawBufferPointer, from offset: Int
  ) throws(ReadFailure) {
    guard let start = buffer.baseAddress else { return }
    var done = 0
    while done < buffer.count {
      let got: Int
      do throws(SystemFailure) {
        got = try retrying {
          unsafe pread(descriptor, start + done, buffer.count - done, off_t(offset + done))
        }
      } catch {
        throw .system(error)
      }
      if got == 0 { throw .short }
      done += got
    }
  }
}

extension FileStatus {
  fileprivate init(_ status: stat) {
    identity = FileIdentity(
      device: UInt64(truncatingIfNeeded: status.st_dev),
      inode: UInt64(truncatingIfNeeded: status.st_ino),
      size: Int(status.st_size),
      modified: Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec))
    type =
      switch status.st_mode & S_IFMT {
      case S_IFREG: .regular
      case S_IFDIR: .folder
      case S_IFLNK: .link
      case S_IFIFO: .pipe
      case S_IFSOCK: .socket
      case S_IFCHR: .characterDevice
      case S_IFBLK: .blockDevice
      default: .other
      }
    permissions = UInt32(status.st_mode & 0o777)
  }
}

/// The names in a folder.
struct FolderListing {
  /// Names that are UTF-8, in the order of their bytes; `.` and `..` are left out.
  let names: [String]
  /// Names that are not UTF-8. A JSON text cannot hold them, so they cannot be asked for.
  let unnameable: Int
}

/// Questions to the file system, and changes to its folders.
enum FileAccess {
  /// What stands at `path`, at the end of its symbolic links or (`followingLinks: false`) as is.
  static func status(
    of path: String, followingLinks: Bool = true
  ) throws(SystemFailure) -> FileStatus {
    var status = stat()
    _ = try retrying {
      unsafe followingLinks ? stat(path, &status) : lstat(path, &status)
    }
    return FileStatus(status)
  }

  /// The names in a folder. Cost: one pass over it.
  static func listing(of folder: String) throws(SystemFailure) -> FolderListing {
    guard let stream = unsafe opendir(folder) else { throw SystemFailure(code: errno) }
    defer { unsafe closedir(stream) }
    guard let nameOffset = MemoryLayout<dirent>.offset(of: \.d_name) else {
      preconditionFailure("d_name is a stored property")
    }
    var names: [String] = []
    var unnameable = 0
    while true {
      errno = 0
      guard let entry = unsafe readdir(stream) else { break }
      // The record is as long as its name, shorter than the declared struct: it must not be copied.
      let start = unsafe (UnsafeRawPointer(entry) + nameOffset).assumingMemoryBound(to: CChar.self)
      guard let name = unsafe String(validatingCString: start) else {
        unnameable += 1
        continue
      }
      if name != ".", name != ".." { names.append(name) }
    }
    if errno != 0 { throw SystemFailure(code: errno) }
    names.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    return FolderListing(names: names, unnameable: unnameable)
  }

  /// Where a symbolic link points, as written in it; nil when it is none or not UTF-8.
  static func target(ofLink path: String) -> String? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = unsafe readlink(path, &buffer, buffer.count)
    guard count > 0 else { return nil }
    return String(validating: buffer[..<count], as: UTF8.self)
  }

  /// The absolute path behind all symbolic links; nil when the path is not UTF-8.
  static func resolvingLinks(_ path: String) throws(SystemFailure) -> String? {
    guard let resolved = unsafe realpath(path, nil) else { throw SystemFailure(code: errno) }
    defer { unsafe free(resolved) }
    return unsafe String(validatingCString: resolved)
  }

  /// Makes a folder; nothing happens where something of that name is.
  static func makeFolder(_ path: String) throws(SystemFailure) {
    do throws(SystemFailure) {
      _ = try retrying { unsafe mkdir(path, mode_t(0o777)) }
    } catch  where error.meansExisting {
      return
    }
  }

  /// Fails unless this process may make files in the folder, now.
  static func refuseUnwritable(_ folder: String) throws(SystemFailure) {
    _ = try retrying { unsafe access(folder + "/", W_OK | X_OK) }
  }

  /// Puts `source` in the place of `target`, in one step: a reader sees the old file or the new
  /// one.
  static func rename(_ source: String, to target: String) throws(SystemFailure) {
    _ = try retrying { unsafe Glibc.rename(source, target) }
  }

  /// Removes a file, if it is there.
  static func remove(_ path: String) {
    _ = unsafe unlink(path)
  }

  /// Makes a rename in that folder survive a power cut. File systems that cannot do it for a folder
  /// say EINVAL, which loses nothing that we could keep.
  static func synchronize(folder: String) throws(SystemFailure) {
    let descriptor = try retrying { unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    defer { close(descriptor) }
    do throws(SystemFailure) {
      _ = try retrying { fsync(descriptor) }
    } catch  where error.code == EINVAL {
      return
    }
  }

  /// The number of this process, which keeps temporary names of two processes apart.
  static var processNumber: Int32 { getpid() }
}

/// A new file that is open for writing.
@safe final class WritableFile {
  private var descriptor: Int32

  /// Creates the file; one that exists already is an error (EEXIST), also as a dangling link.
  init(creating path: String) throws(SystemFailure) {
    descriptor = try retrying {
      unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode_t(0o666))
    }
  }

  deinit { if descriptor >= 0 { Glibc.close(descriptor) } }

  /// Appends all of `bytes`.
  func write(_ bytes: [UInt8]) throws(SystemFailure) { try append(bytes) }

  /// Appends numbers as files hold them, without a copy where the machine holds them so too.
  func write(_ numbers: [Float]) throws(SystemFailure) {
    #if _endian(big)
      try append(littleEndianBytes(numbers))
    #else
      try append(numbers)
    #endif
  }

  private func append<Element: BitwiseCopyable>(_ elements: [Element]) throws(SystemFailure) {
    var failure: SystemFailure?
    unsafe elements.withUnsafeBytes { buffer in
      do throws(SystemFailure) {
        guard let start = buffer.baseAddress else { return }
        var done = 0
        while done < buffer.count {
          done += try retrying {
            unsafe Glibc.write(descriptor, start + done, buffer.count - done)
          }
        }
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }

  /// Sets the permission bits, regardless of the process's mask.
  func setPermissions(_ permissions: UInt32) throws(SystemFailure) {
    _ = try retrying { fchmod(descriptor, mode_t(permissions)) }
  }

  /// Waits until the bytes are on the disk, then closes. Both may report a write that failed late.
  func finish() throws(SystemFailure) {
    _ = try retrying { fsync(descriptor) }
    let closing = descriptor
    descriptor = -1
    // After an interrupted close the descriptor is gone all the same, so this is never repeated.
    if Glibc.close(closing) < 0, errno != EINTR { throw SystemFailure(code: errno) }
  }
}

/// The bytes of numbers as files hold them.
func littleEndianBytes(_ values: [Float]) -> [UInt8] {
  #if _endian(big)
    return unsafe values.map(\.bitPattern.byteSwapped).withUnsafeBytes { unsafe Array($0) }
  #else
    return unsafe values.withUnsafeBytes { unsafe Array($0) }
  #endif
}

extension SHA256 {
  /// Adds numbers, as files hold them, to what is hashed.
  mutating func add(_ numbers: [Float]) {
    #if _endian(big)
      add(littleEndianBytes(numbers))
    #else
      unsafe numbers.withUnsafeBytes { unsafe update(bufferPointer: $0) }
    #endif
  }

  /// Adds bytes to what is hashed.
  mutating func add(_ bytes: [UInt8]) {
    unsafe bytes.withUnsafeBytes { unsafe update(bufferPointer: $0) }
  }
}
