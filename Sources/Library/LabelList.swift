import Glibc
import JSON

/// A file of labels, as people keep them.
package enum LabelList {
  private static let limit = 16 << 20

  /// Reads a JSON list of strings, or one label on each line (blank lines are left out).
  ///
  /// - Throws: `LibraryError` naming the file.
  package static func read(_ path: String) throws(LibraryError) -> [String] {
    let bytes = try contents(path)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw wrong(path, "is not UTF-8.")
    }
    let labels: [String]
    if text.drop(while: \.isWhitespace).first == "[" {
      guard let list = try? JSONValue.parse(text).array?.map(\.string), !list.contains(nil) else {
        throw wrong(path, "starts like a JSON list but is no list of strings.")
      }
      labels = list.compactMap(\.self)
    } else {
      labels = text.split(whereSeparator: \.isNewline).map(String.init)
    }
    guard !labels.isEmpty else { throw wrong(path, "holds no label.") }
    return labels
  }

  private static func wrong(_ path: String, _ problem: String) -> LibraryError {
    LibraryError(
      .invalidArgument, path, problem: problem,
      remedy: "Give a JSON list of strings, or one label on each line.")
  }

  private static func contents(_ path: String) throws(LibraryError) -> [UInt8] {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      let missing = errno == ENOENT
      throw LibraryError(
        missing ? .checkpointNotFound : .unreadableFile, path,
        problem: "cannot be opened: \(unsafe String(cString: strerror(errno))).",
        remedy: "Check the path and its permissions.")
    }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: limit + 1)
    var count = 0
    while count < bytes.count {
      let got = unsafe bytes.withUnsafeMutableBytes { buffer in
        unsafe Glibc.read(
          descriptor, buffer.baseAddress.map { unsafe $0 + count }, buffer.count - count)
      }
      if got < 0 && errno == EINTR { continue }
      guard got >= 0 else { throw wrong(path, "cannot be read.") }
      if got == 0 { break }
      count += got
    }
    guard count <= limit else { throw wrong(path, "is longer than \(limit) bytes.") }
    return Array(bytes.prefix(count))
  }
}
