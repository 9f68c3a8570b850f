package import Library

/// Answers as tab-separated fields, for `cut`, `awk` and spreadsheets. There is no line of
/// headings; a tab inside a field is written as `\u{9}`, so that fields stay apart.
package enum ClassificationRows {
  /// One row for each label, `checkpoint expert tree label score decision`, where `decision` is
  /// `yes`, `no`, or empty for texts; or one row `checkpoint error kind problem`.
  package static func lines(
    _ name: String, _ result: Result<Classification, LibraryError>
  ) -> [String] {
    switch result {
    case .success(let answer):
      answer.labels.map { label in
        row([
          name, answer.expert, answer.tree, label.label, label.score.description,
          label.decision.map { $0 ? "yes" : "no" } ?? "",
        ])
      }
    case .failure(let error):
      [row([name, "error", error.kind.rawValue, error.problem])]
    }
  }

  private static func row(_ fields: [String]) -> String {
    fields.map(Sanitizer.oneLine).joined(separator: "\t")
  }
}
