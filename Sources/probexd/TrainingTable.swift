import Library

/// What training and evaluation say, as lines with tabs.
enum TrainingTable {
  /// One line for each split, one for each member, and where the expert is.
  static func lines(_ report: TrainingReport) -> [String] {
    var lines = report.splits.map { split($0, kind: report.kind) }
    if let zeroShot = report.zeroShot {
      lines.append("labels held out of training\taccuracy \(TrainingMeter.rounded(zeroShot))")
    }
    for member in report.members {
      let epoch = member.bestEpoch.map { ", best epoch \($0)" } ?? ""
      lines.append("reads\t\(Sanitizer.oneLine(member.layer)) with \(member.network)\(epoch)")
    }
    let labels = report.labels > 0 ? ": \(report.labels) labels" : ""
    return lines + ["wrote \(Sanitizer.oneLine(report.path))\(labels)"]
  }

  /// One split's verdict.
  static func split(_ verdict: SplitVerdict, kind: String) -> String {
    var parts = ["\(verdict.split)", "\(verdict.models) models"]
    func add(_ name: String, _ value: Double?) {
      if let value { parts.append("\(name) \(TrainingMeter.rounded(value))") }
    }
    add(kind == "number" ? "R²" : "accuracy", verdict.accuracy)
    add("calibration error", verdict.calibrationError)
    add("answered", verdict.answered)
    add("wrong of these", verdict.errorAnswered)
    add("mean error", verdict.absoluteError)
    add("Kendall τ", verdict.rankCorrelation)
    return parts.joined(separator: "\t")
  }

  /// An evaluation: a line for each split, and below it one for each label.
  static func lines(_ report: EvaluationReport) -> [String] {
    report.splits.flatMap { part in
      let among = part.candidates.map { "\tamong \($0) labels" } ?? ""
      let labels = part.labels.map { label in
        let precision = label.precision.map { "\(TrainingMeter.rounded($0))" } ?? "–"
        let recall = label.recall.map { "\(TrainingMeter.rounded($0))" } ?? "–"
        return "  \(Sanitizer.oneLine(label.label))\t\(label.models) models\taccuracy "
          + "\(TrainingMeter.rounded(label.accuracy))\tprecision \(precision)\trecall \(recall)"
      }
      return [split(part.verdict, kind: report.kind) + among] + labels
    }
  }

  /// A sweep: a line for each layer, the best first.
  static func lines(_ report: SweepReport) -> [String] {
    report.rows.map { row in
      var parts = [Sanitizer.oneLine(row.layer)]
      for split in ["val", "test"] {
        if let value = row.accuracy[split] {
          parts.append("\(split) \(TrainingMeter.rounded(value))")
        }
      }
      if let zeroShot = row.zeroShot {
        parts.append("held-out labels \(TrainingMeter.rounded(zeroShot))")
      }
      return (parts + [Sanitizer.oneLine(row.path)]).joined(separator: "\t")
        + (row.wasThere ? "\t(was there)" : "")
    }
  }
}
