import Library

/// A comparison as a table in Markdown, which a terminal shows as well.
enum ComparisonTable {
  /// A line for each method.
  static func lines(_ report: ComparisonReport) -> [String] {
    let splits = ["val", "test", "val_holdout", "test_holdout", "label folds"].filter { split in
      report.rows.contains { $0.runs.contains { $0.accuracy[split] != nil } }
    }
    var lines = [
      "layer \(Sanitizer.oneLine(report.layer)), \(report.rows.first?.runs.count ?? 0) seeds", "",
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

  private static func spread(_ values: [Double]) -> String {
    guard !values.isEmpty else { return "–" }
    let mean = values.reduce(0, +) / Double(values.count)
    guard values.count > 1 else { return decimal(mean) }
    let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return "\(decimal(mean)) ± \(decimal((square / Double(values.count - 1)).squareRoot()))"
  }

  private static func seconds(_ values: [Double]) -> String {
    let mean = values.reduce(0, +) / Double(max(values.count, 1))
    return "\((mean * 10).rounded() / 10)"
  }

  private static func signed(_ value: Double) -> String {
    (value > 0 ? "+" : "") + decimal(value)
  }

  /// Three decimals, all shown.
  private static func decimal(_ value: Double) -> String {
    let thousandths = Int((abs(value) * 1000).rounded())
    let digits = String(1000 + thousandths % 1000).dropFirst()
    return "\(value < 0 && thousandths > 0 ? "-" : "")\(thousandths / 1000).\(digits)"
  }
}
