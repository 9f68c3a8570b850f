package import Foundation

/// Where this repository lies, found from this file's own place.
package enum Repository {
  /// The top folder.
  package static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// The path of something in the repository, given from its top.
  package static func path(_ relative: String) -> String {
    root.appending(path: relative).path(percentEncoded: false)
  }

  /// The bundled example: `library`, `checkpoints`.
  package static func example(_ relative: String) -> String {
    path("Clients/shell/example/" + relative)
  }
}

/// A folder that is removed when the last reference to it is gone.
package final class TemporaryFolder: Sendable {
  /// Its path, without a slash at the end.
  package let path: String

  package init() throws {
    let url = FileManager.default.temporaryDirectory
      .appending(path: "probexd-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path(percentEncoded: false)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The path of something in the folder, whose parent folders are made.
  package func file(_ relative: String) throws -> String {
    let url = URL(filePath: path).appending(path: relative)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    return url.path(percentEncoded: false)
  }

  /// Writes a file into the folder and returns its path.
  package func write(_ bytes: [UInt8], to relative: String) throws -> String {
    let path = try file(relative)
    try Data(bytes).write(to: URL(filePath: path))
    return path
  }

  /// Copies something into the folder and returns the copy's path.
  package func copy(_ source: String, to relative: String) throws -> String {
    let path = try file(relative)
    try FileManager.default.copyItem(atPath: source, toPath: path)
    return path
  }
}
