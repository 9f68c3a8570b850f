package import Library

/// A comparison as a table in Markdown, which a terminal shows as well.
package enum ComparisonTable {
  /// A line for each method.
  package static func lines(_ report: ComparisonReport, kind: String) -> [String] {
    let splits = ["val", "test", "val_holdout", "test_holdout", "label folds"].filter { split in
      report.rows.contains { $0.runs.contains { $0.accuracy[split] != nil } }
    }
    var lines = [
      heading(report, kind), "",
      "| method | " + splits.joined(separator: " | ")
        + " | calibration error | difference from best (95 %) | seconds |",
      "| --- |" + String(repeating: " --- |", count: splits.count + 3),
    ]
    for row in report.rows {
      let accuracies = splits.map { split in
        spread(row.runs.compactMap { $0.accuracy[split] })
      }
      let differences = row.differences.map { difference in
        "\(difference.split) \(signed(difference.mean)) "
          + "[\(signed(difference.low)), \(signed(difference.high))]"
      }.joined(separator: "; ")
      let cells =
        [row.method.rawValue] + accuracies + [
          spread(row.runs.compactMap(\.calibrationError)), differences.isEmpty ? "–" : differences,
          row.runs.first?.seconds == nil
            ? "–" : seconds(row.runs.compactMap(\.seconds)),
        ]
      lines.append("| " + cells.joined(separator: " | ") + " |")
    }
    return lines
  }

  /// What the figures are.
  private static func heading(_ report: ComparisonReport, _ kind: String) -> String {
    let count = report.rows.first?.runs.count ?? 0
    let figures =
      kind == "number"
      ? "R²; differences are of the square error, in variances of the training models, above 0 "
        + "where it is less"
      : "accuracy"
    return "\(figures); layer \(Sanitizer.oneLine(report.layer)); "
      + (count == 1 ? "1 seed" : "\(count) seeds")
  }

  private static func spread(_ values: [Double]) -> String {
    guard !values.isEmpty else { return "–" }
    let mean = values.reduce(0, +) / Double(values.count)
    guard values.count > 1 else { return Columns.share(mean) }
    let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return
      "\(Columns.share(mean)) ± \(Columns.share((square / Double(values.count - 1)).squareRoot()))"
  }

  private static func seconds(_ values: [Double]) -> String {
    let mean = values.reduce(0, +) / Double(max(values.count, 1))
    return "\((mean * 10).rounded() / 10)"
  }

  private static func signed(_ value: Double) -> String {
    (value > 0 ? "+" : "") + Columns.share(value)
  }
}
