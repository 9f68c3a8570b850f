package import Checkpoints
import Experts
import Texts

/// Why a question has no answer. Every error names its subject, what is wrong and what to do.
package struct LibraryError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The stable kinds; `Server` gives each its code.
  package enum Kind: String, Sendable, CaseIterable {
    case checkpointNotFound
    case notACheckpoint
    case malformedCheckpoint
    case unreadableFile
    case changedWhileRead
    case unsupportedFormat
    case limitExceeded
    case layerNotFound
    case wrongShape
    case notFinite
    case unknownExpert
    case noExpertFits
    case unknownTable
    case unknownLabel
    case malformedExpert
    case malformedTable
    case writeFailed
    case nameTaken
    case invalidArgument
    case cancelled
  }

  /// The sort of failure; callers choose codes by it.
  package let kind: Kind
  /// What the error is about, as the caller named it; for `invalidArgument` the argument's name, or
  /// the file that it names.
  package let subject: String
  /// What is wrong, one sentence.
  package let problem: String
  /// What to do about it, one sentence.
  package let remedy: String

  package init(_ kind: Kind, _ subject: String, problem: String, remedy: String) {
    self.kind = kind
    self.subject = subject
    self.problem = problem
    self.remedy = remedy
  }

  package var description: String { "\(subject): \(problem) \(remedy)" }
}

extension LibraryError {
  /// The same error in this module's terms.
  package init(_ error: CheckpointError) {
    let kind: Kind =
      switch error.kind {
      case .notFound, .notInCache: .checkpointNotFound
      case .notACheckpoint: .notACheckpoint
      case .malformed: .malformedCheckpoint
      case .unreadable: .unreadableFile
      case .changedWhileRead: .changedWhileRead
      case .unsupported: .unsupportedFormat
      case .limitExceeded: .limitExceeded
      case .layerNotFound, .layerAmbiguous: .layerNotFound
      case .wrongShape: .wrongShape
      case .notFinite: .notFinite
      case .writeFailed: .writeFailed
      }
    // There the sentences come without their full stops.
    self.init(kind, error.subject, problem: error.problem + ".", remedy: error.remedy + ".")
  }

  /// Any error of the lower modules in this module's terms.
  ///
  /// - Parameter malformed: the kind for a broken file, which depends on what the file should be.
  package init(_ error: any Error, malformed: Kind) {
    switch error {
    case let error as LibraryError: self = error
    case let error as CheckpointError:
      self.init(error)
      if kind == .malformedCheckpoint || kind == .wrongShape || kind == .notACheckpoint {
        self = LibraryError(malformed, subject, problem: problem, remedy: remedy)
      }
    case let error as ExpertError:
      self.init(malformed, error.subject, problem: error.problem, remedy: error.remedy)
    case let error as TextTableError:
      self.init(malformed, error.subject, problem: error.problem, remedy: error.remedy)
    default:
      self.init(
        malformed, "the file", problem: "could not be used: \(error).", remedy: "Make it again.")
    }
  }
}
