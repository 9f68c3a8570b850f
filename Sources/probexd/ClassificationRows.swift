package import Library

/// Answers as tab-separated fields, for `cut`, `awk` and spreadsheets. There is no line of
/// headings; a tab inside a field is written as `\u{9}`, so that fields stay apart.
package enum ClassificationRows {
  /// One row for each label, `checkpoint expert tree label score decision`, where `decision` is
  /// `yes`, `no`, empty for texts and choices, or `unsure` where the expert withholds its answer;
  /// for a number one row with the property, the value, and `low..high`; or one row
  /// `checkpoint error kind problem`.
  package static func lines(
    _ name: String, _ result: Result<Classification, LibraryError>
  ) -> [String] {
    switch result {
    case .success(let answer):
      answer.labels.map { label in
        row([
          name, answer.expert, answer.tree, label.label, label.score.description,
          decision(label, answer),
        ])
      }
        + [answer.number].compactMap(\.self).map { number in
          row([
            name, answer.expert, answer.tree, number.property, number.value.description,
            "\(number.low)..\(number.high)",
          ])
        }
    case .failure(let error):
      [row([name, "error", error.kind.rawValue, error.problem])]
    }
  }

  private static func decision(
    _ label: Classification.Label, _ answer: Classification
  ) -> String {
    if label.isUnsure == true || answer.abstains == true { return "unsure" }
    return label.decision.map { $0 ? "yes" : "no" } ?? ""
  }

  private static func row(_ fields: [String]) -> String {
    fields.map(Sanitizer.oneLine).joined(separator: "\t")
  }
}
