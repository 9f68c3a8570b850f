import Checkpoints

/// Why a zoo or its labels cannot be used.
package struct ZooError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What sort of failure this is.
  package enum Kind: String, Sendable, CaseIterable {
    /// The folder or label file leads to no model at all.
    case noModels
    /// Nothing is known that could be learnt: the label is empty.
    case noLabels
    /// All training models have the same label, which teaches nothing.
    case oneLabelOnly
    /// The label file breaks its format, or contradicts itself.
    case badLabelFile
    /// More models are broken than the limit allows.
    case tooManyBroken
    /// The system refuses to read the folder or the label file.
    case unreadable
    /// A model does not have the label that was asked for.
    case missingLabelKey
  }

  /// The sort of failure.
  package let kind: Kind
  /// The zoo, label file with its line, or model.
  package let subject: String
  /// What is wrong: one sentence without the subject, with its full stop.
  package let problem: String
  /// What to do about it: one sentence with its full stop.
  package let remedy: String

  package init(_ kind: Kind, _ subject: String, problem: String, remedy: String) {
    self.kind = kind
    self.subject = subject
    self.problem = problem
    self.remedy = remedy
  }

  package var description: String { "\(subject): \(problem) \(remedy)" }
}

extension ZooError {
  /// The zoo itself cannot be read.
  static func unreadable(_ error: CheckpointError) -> ZooError {
    ZooError(
      .unreadable, error.subject, problem: error.problem + ".", remedy: error.remedy + ".")
  }
}
