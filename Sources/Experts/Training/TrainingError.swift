/// Why an expert cannot be trained or what it was trained on cannot be used.
package struct TrainingError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What callers tell apart.
  package enum Kind: String, Sendable, CaseIterable {
    /// The data does not say what training needs, or contradicts itself.
    case unusableData
    /// The loss is no number any more.
    case diverged
    /// A model's file is gone, was changed, or cannot be read any more.
    case unreadable
    /// What an interrupted run left is of another run, damaged, or cannot be written.
    case badCheckpoint
    /// Nobody wants the result any more.
    case cancelled
  }

  /// What sort of failure this is.
  package let kind: Kind
  /// The zoo, layer, label or setting it is about.
  package let subject: String
  /// What is wrong, one sentence without the subject.
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
