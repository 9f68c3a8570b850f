/// Why a checkpoint could not be found, read or written, in words that a user can act on.
package struct CheckpointError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What sort of failure this is; callers choose their error codes by it.
  package enum Kind: String, Sendable, CaseIterable {
    /// Nothing has that name.
    case notFound
    /// Something has that name, but it holds no weights.
    case notACheckpoint
    /// A weight file, index or adapter configuration breaks its format.
    case malformed
    /// The system refuses to read it: permission, a loop of links, a failing disk.
    case unreadable
    /// The file was rewritten or cut while we read it.
    case changedWhileRead
    /// A format, dialect or element type that probexd knows by name but cannot read.
    case unsupported
    /// Valid, but greater than a limit that can be raised.
    case limitExceeded
    /// The checkpoint has no layer of that name.
    case layerNotFound
    /// Two tensors answer to that layer name.
    case layerAmbiguous
    /// A tensor has another shape than is needed.
    case wrongShape
    /// A weight is NaN or infinite.
    case notFinite
    /// The local Hub cache does not hold the model, the revision or its weights.
    case notInCache
    /// A file could not be written; what stood there before still does.
    case writeFailed
  }

  /// The sort of failure.
  package let kind: Kind
  /// The path, id, layer or tensor, as the caller named it.
  package let subject: String
  /// What is wrong: one sentence without the subject and without its full stop.
  package let problem: String
  /// What to do about it: one sentence without its full stop.
  package let remedy: String

  package init(_ kind: Kind, _ subject: String, problem: String, remedy: String) {
    self.kind = kind
    self.subject = subject
    self.problem = problem
    self.remedy = remedy
  }

  /// `subject: problem. remedy.`
  package var description: String { "\(subject): \(problem). \(remedy)." }
}

extension CheckpointError {
  /// A failed system call on a file or folder that was to be read.
  static func reading(_ subject: String, _ failure: SystemFailure) -> CheckpointError {
    let isMissing = failure.meansMissing || failure.meansImpossible
    let kind: Kind = isMissing ? .notFound : .unreadable
    return CheckpointError(kind, subject, problem: failure.problem, remedy: failure.remedy)
  }

  /// A failed system call on the way to a file that was to be written.
  static func writing(_ path: String, _ failure: SystemFailure) -> CheckpointError {
    if failure.meansMissing {
      return CheckpointError(
        .writeFailed, path, problem: "its folder does not exist (\(failure.name))",
        remedy: "Make the folder first")
    }
    return CheckpointError(.writeFailed, path, problem: failure.problem, remedy: failure.remedy)
  }

  /// The file was rewritten or cut while it was read.
  static func changed(_ subject: String) -> CheckpointError {
    CheckpointError(
      .changedWhileRead, subject, problem: "the file changed while it was read",
      remedy: "Ask again when whoever writes it has finished")
  }

  /// A symbolic link leads nowhere, as in a Hub cache of which the blobs were removed.
  static func brokenLink(_ subject: String, _ target: String) -> CheckpointError {
    CheckpointError(
      .notFound, subject,
      problem: "it is a symbolic link to \(quoted(target)), and nothing is there (ENOENT)",
      remedy: "Put the file back, or download it again")
  }

  /// Something that is no regular file stands where weights were expected.
  static func notAFile(_ subject: String, _ type: FileType) -> CheckpointError {
    CheckpointError(
      .notACheckpoint, subject, problem: "it is \(type.noun), not a regular file",
      remedy: "Name a .safetensors file, or a folder that holds one")
  }
}

/// `text` between double quotes, fit for one line of an error message: control characters are
/// escaped and anything beyond `limit` characters is cut, because names come from files and may
/// hold a megabyte or a terminal's escape codes.
func quoted(_ text: String, limit: Int = 120) -> String {
  var result = "\""
  for scalar in text.unicodeScalars.prefix(limit) {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator:
      result += "\\u{\(String(scalar.value, radix: 16))}"
    default:
      result.unicodeScalars.append(scalar)
    }
  }
  if text.unicodeScalars.dropFirst(limit).isEmpty == false { result += "…" }
  return result + "\""
}

/// The first few of `names`, quoted, and how many more there are.
func listed(_ names: [String], limit: Int = 8) -> String {
  let shown = names.prefix(limit).map { quoted($0) }.joined(separator: ", ")
  return names.count > limit ? "\(shown) and \(names.count - limit) more" : shown
}
