import Checkpoints
import JSON

/// A file of labels, as people keep them.
package enum LabelList {
  /// A list of a million labels is shorter; the rest is some other file.
  private static let limit = 16 << 20

  /// Reads a JSON list of strings, or one label on each line (blank lines are left out).
  ///
  /// - Returns: at least one label, in the order of the file; they may repeat.
  /// - Throws: `LibraryError` naming the file.
  package static func read(_ path: String) throws(LibraryError) -> [String] {
    guard let whole = String(validating: try contents(path), as: UTF8.self) else {
      throw wrong(path, "is not UTF-8.")
    }
    // Some editors begin a file with a byte order mark; it belongs to no label.
    let mark = whole.unicodeScalars.first == "\u{FEFF}"
    let text = String(whole.unicodeScalars.dropFirst(mark ? 1 : 0))
    let labels: [String]
    if text.first(where: { !$0.isWhitespace }) == "[" {
      guard let list = try? JSONValue.parse(text).array?.map(\.string), !list.contains(nil)
      else {
        throw wrong(path, "starts like a JSON list but is no list of strings.")
      }
      labels = list.compactMap(\.self)
    } else {
      labels = text.split(whereSeparator: \.isNewline).map(String.init)
        .filter { !$0.allSatisfy(\.isWhitespace) }
    }
    guard !labels.isEmpty else { throw wrong(path, "holds no label.") }
    return labels
  }

  /// Labels as they are typed: separated by commas, or a JSON list where a label holds a comma.
  ///
  /// - Throws: `LibraryError` naming the option.
  package static func typed(_ text: String) throws(LibraryError) -> [String] {
    guard text.first(where: { !$0.isWhitespace }) == "[" else {
      return text.split(separator: ",").map { part in
        var label = part.drop(while: \.isWhitespace)
        while label.last?.isWhitespace == true { label.removeLast() }
        return String(label)
      }
    }
    guard let list = try? JSONValue.parse(text).array?.map(\.string), !list.contains(nil) else {
      throw LibraryError(
        .invalidArgument, "labels",
        problem: "“\(text)” starts like a JSON list but is no list of strings.",
        remedy: "Separate labels by commas, or give a JSON list of strings.")
    }
    return list.compactMap(\.self)
  }

  private static func wrong(_ path: String, _ problem: String) -> LibraryError {
    LibraryError(
      .invalidArgument, path, problem: problem,
      remedy: "Give a JSON list of strings, or one label on each line.")
  }

  private static func contents(_ path: String) throws(LibraryError) -> [UInt8] {
    do throws(CheckpointError) {
      return try FolderFiles.contents(of: path, limit: limit)
    } catch {
      // What else can be wrong is said in terms of weight files there, which this is none of.
      switch error.kind {
      case .notFound, .unreadable, .changedWhileRead: throw LibraryError(error)
      default: throw wrong(path, error.problem + ".")
      }
    }
  }
}
