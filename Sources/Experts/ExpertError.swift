/// An expert's file or shape is not what it must be.
package struct ExpertError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file or expert, as the caller named it.
  package let subject: String
  /// What is wrong, one sentence without the subject.
  package let problem: String
  /// What to do about it, one sentence.
  package let remedy: String

  package init(_ subject: String, problem: String, remedy: String) {
    self.subject = subject
    self.problem = problem
    self.remedy = remedy
  }

  package var description: String { "\(subject): \(problem) \(remedy)" }
}
