package import Library

/// What training and evaluation say, as lines.
package enum TrainingTable {
  /// A table of the splits, a line for each member, and where the expert is.
  package static func lines(_ report: TrainingReport) -> [String] {
    var lines = splits(report.splits.map { ($0, nil) }, kind: report.kind)
    if let zeroShot = report.zeroShot {
      lines.append("labels held out of training: accuracy \(Columns.share(zeroShot))")
    }
    for member in report.members {
      let epoch = member.bestEpoch.map { ", best epoch \($0)" } ?? ""
      lines.append("reads \(Sanitizer.oneLine(member.layer)) with \(member.network)\(epoch)")
    }
    let labels = report.labels > 0 ? ": \(report.labels) labels" : ""
    return lines + ["wrote \(Sanitizer.oneLine(report.path))\(labels)"]
  }

  /// An evaluation: a table of the splits, and below it one of each split's labels.
  package static func lines(_ report: EvaluationReport) -> [String] {
    splits(report.splits.map { ($0.verdict, $0.candidates) }, kind: report.kind)
      + report.splits.flatMap { split in
        split.labels.isEmpty ? [] : [""] + labels(split, isQuestion: report.kind == "categories")
      }
  }

  /// A sweep: a line for each layer, the best first.
  package static func lines(_ report: SweepReport) -> [String] {
    guard !report.rows.isEmpty else { return [] }
    let splits = ["val", "test"].filter { split in
      report.rows.contains { $0.accuracy[split] != nil }
    }
    let isZeroShot = report.rows.contains { $0.zeroShot != nil }
    let head = ["layer"] + splits + (isZeroShot ? ["held-out labels"] : []) + ["expert"]
    let rows = report.rows.map { row in
      [Sanitizer.oneLine(row.layer)] + splits.map { Columns.share(row.accuracy[$0]) }
        + (isZeroShot ? [Columns.share(row.zeroShot)] : [])
        + [Sanitizer.oneLine(row.path) + (row.wasThere ? " (was there)" : "")]
    }
    return Columns.lines([head] + rows, names: [0, head.count - 1])
  }

  /// One line for each split; columns that no split has are left out.
  private static func splits(
    _ splits: [(verdict: SplitVerdict, candidates: Int?)], kind: String
  ) -> [String] {
    let columns: [(name: String, cell: (SplitVerdict, Int?) -> String?)] = [
      (kind == "number" ? "R²" : "accuracy", { verdict, _ in Columns.share(verdict.accuracy) }),
      ("among", { _, candidates in candidates.map(String.init) }),
      ("calibration error", { verdict, _ in verdict.calibrationError.map(Columns.share) }),
      ("answered", { verdict, _ in verdict.answered.map(Columns.share) }),
      ("wrong of these", { verdict, _ in verdict.errorAnswered.map(Columns.share) }),
      (
        // In the number's own unit, which may be ten thousandths.
        "mean error",
        { verdict, _ in
          verdict.absoluteError.map { ClassificationTable.significant($0, digits: 3) }
        }
      ),
      ("Kendall τ", { verdict, _ in verdict.rankCorrelation.map(Columns.share) }),
    ]
    let shown = columns.filter { column in
      splits.contains { column.cell($0.verdict, $0.candidates) != nil }
    }
    let rows = splits.map { verdict, candidates in
      [verdict.split, "\(verdict.models)"]
        + shown.map { $0.cell(verdict, candidates) ?? "–" }
    }
    return Columns.lines([["split", "models"] + shown.map(\.name)] + rows)
  }

  /// The labels of a split. Of one label among several, accuracy is recall.
  private static func labels(_ split: EvaluationReport.Split, isQuestion: Bool) -> [String] {
    let head = [split.verdict.split, "models"] + (isQuestion ? ["accuracy"] : [])
    let rows = split.labels.map { label in
      ["  " + Sanitizer.oneLine(label.label), "\(label.models)"]
        + (isQuestion ? [Columns.share(label.accuracy)] : [])
        + [Columns.share(label.precision), Columns.share(label.recall)]
    }
    return Columns.lines([head + ["precision", "recall"]] + rows)
  }
}
