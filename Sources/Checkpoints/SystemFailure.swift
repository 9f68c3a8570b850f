import Glibc

/// A system call that failed, with what it means to a user.
package struct SystemFailure: Error, Hashable, Sendable {
  /// The value of `errno`.
  package let code: Int32

  /// Whether it says that nothing has that name.
  var meansMissing: Bool { [ENOENT, ENOTDIR].contains(code) }

  /// Whether it says that nothing can have that name.
  var meansImpossible: Bool { code == ENAMETOOLONG }

  /// Whether it says that nothing has that name, though all folders before it could be passed.
  var meansAbsent: Bool { code == ENOENT }

  /// Whether it says that something has that name already.
  var meansExisting: Bool { code == EEXIST }

  /// The symbolic name, such as `EACCES`.
  package var name: String { entry?.name ?? "errno \(code)" }

  /// One sentence without a full stop, with the symbolic name.
  var problem: String { "\(entry?.problem ?? "the system reports a failure") (\(name))" }

  /// What to do: one sentence without a full stop.
  var remedy: String { entry?.remedy ?? "Look the name up in errno(3)" }

  private var entry: Entry? { Self.entries.first { $0.code == code } }

  private struct Entry {
    let code: Int32
    let name: String
    let problem: String
    let remedy: String
  }

  /// Our own words instead of `strerror`: they do not depend on a locale, and they say what to do.
  private static let entries: [Entry] = [
    Entry(
      code: ENOENT, name: "ENOENT", problem: "there is no such file or folder",
      remedy: "Check the spelling and the folder that relative paths start from"),
    Entry(
      code: ENOTDIR, name: "ENOTDIR", problem: "a part of the path is not a folder",
      remedy: "Check the path"),
    Entry(
      code: ENAMETOOLONG, name: "ENAMETOOLONG", problem: "the name is too long",
      remedy: "Check the path"),
    Entry(
      code: EACCES, name: "EACCES", problem: "permission is denied",
      remedy: "Give the user that probexd runs as permission on the file and its folders"),
    Entry(
      code: EPERM, name: "EPERM", problem: "the system does not permit it",
      remedy: "Check the attributes and the security policy of the file"),
    Entry(
      code: ELOOP, name: "ELOOP", problem: "its symbolic links form a loop or a long chain",
      remedy: "Name the file that the links should lead to"),
    Entry(
      code: EISDIR, name: "EISDIR", problem: "it is a folder, not a file",
      remedy: "Name a file in it"),
    Entry(
      code: ENXIO, name: "ENXIO", problem: "it is a socket or a device without anything behind it",
      remedy: "Name a .safetensors file, or a folder that holds one"),
    Entry(
      code: EIO, name: "EIO", problem: "the disk reports an input or output error",
      remedy: "Check the disk, or copy the file to another one"),
    Entry(
      code: EMFILE, name: "EMFILE", problem: "this process has too many files open",
      remedy: "Raise its limit of open files (ulimit -n)"),
    Entry(
      code: ENFILE, name: "ENFILE", problem: "the whole system has too many files open",
      remedy: "Raise the system's limit of open files (fs.file-max)"),
    Entry(
      code: ENOSPC, name: "ENOSPC", problem: "the disk is full",
      remedy: "Make room or choose another disk"),
    Entry(
      code: EDQUOT, name: "EDQUOT", problem: "the disk quota is used up",
      remedy: "Make room or choose another disk"),
    Entry(
      code: EFBIG, name: "EFBIG", problem: "the file would exceed the greatest size allowed",
      remedy: "Raise the limit (ulimit -f) or choose another disk"),
    Entry(
      code: EROFS, name: "EROFS", problem: "the disk is mounted read-only",
      remedy: "Choose another folder"),
    Entry(
      code: ESTALE, name: "ESTALE", problem: "the network file is gone",
      remedy: "Check the network mount"),
    Entry(
      code: ENOMEM, name: "ENOMEM", problem: "memory is short",
      remedy: "Free memory and ask again"),
    Entry(
      code: EBUSY, name: "EBUSY", problem: "it is in use", remedy: "Ask again later"),
    Entry(
      code: EINVAL, name: "EINVAL", problem: "the system rejects the request for this file",
      remedy: "Name a regular file on a local disk"),
  ]
}
