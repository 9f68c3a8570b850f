import JSON
package import Library

/// Reports of training and evaluation as JSON texts for scripts.
package enum ReportText {
  /// An evaluation: kind, splits with their labels, models that were left out.
  package static func evaluation(_ report: EvaluationReport) throws -> String {
    try text([
      ("kind", .string(report.kind)),
      (
        "splits",
        .array(
          report.splits.map { split in
            .object(
              JSONObject(
                members(split.verdict)
                  + optional([("candidates", split.candidates.map { .integer(Int64($0)) })])
                  + [("labels", .array(split.labels.map(label)))]))
          })
      ),
      ("skipped", .array(report.skipped.map(JSONValue.string))),
    ])
  }

  /// A comparison: a row for each method with its runs and its differences from the best.
  package static func comparison(_ report: ComparisonReport) throws -> String {
    try text([
      ("layer", .string(report.layer)),
      (
        "methods",
        .array(
          report.rows.map { row in
            .object(
              JSONObject([
                ("method", .string(row.method.rawValue)), ("runs", .array(row.runs.map(run))),
                ("differences", .array(row.differences.map(difference))),
              ]))
          })
      ),
    ])
  }

  private static func run(_ run: ComparisonReport.Run) -> JSONValue {
    let splits = ["val", "test", "val_holdout", "test_holdout", "label folds"]
    return .object(
      JSONObject(
        [
          ("seed", .integer(Int64(clamping: run.seed))),
          (
            "accuracy",
            .object(
              JSONObject(
                splits.compactMap { split in run.accuracy[split].map { (split, .number($0)) } }))
          ),
        ]
          + optional([
            ("calibrationError", run.calibrationError.map(JSONValue.number)),
            ("seconds", run.seconds.map(JSONValue.number)),
          ])))
  }

  private static func difference(_ difference: ComparisonReport.Difference) -> JSONValue {
    .object(
      JSONObject([
        ("split", .string(difference.split)), ("mean", .number(difference.mean)),
        ("low", .number(difference.low)), ("high", .number(difference.high)),
      ]))
  }

  /// The members of a split's verdict; those that its kind of expert does not have are left out.
  static func members(_ verdict: SplitVerdict) -> [(String, JSONValue)] {
    [
      ("split", .string(verdict.split)), ("models", .integer(Int64(verdict.models))),
      ("accuracy", .number(verdict.accuracy)),
    ]
      + optional([
        ("calibrationError", verdict.calibrationError.map(JSONValue.number)),
        ("answered", verdict.answered.map(JSONValue.number)),
        ("errorAnswered", verdict.errorAnswered.map(JSONValue.number)),
        ("absoluteError", verdict.absoluteError.map(JSONValue.number)),
        ("rankCorrelation", verdict.rankCorrelation.map(JSONValue.number)),
      ])
  }

  private static func label(_ label: EvaluationReport.Label) -> JSONValue {
    .object(
      JSONObject([
        ("label", .string(label.label)), ("models", .integer(Int64(label.models))),
        ("accuracy", .number(label.accuracy)),
        ("precision", label.precision.map(JSONValue.number) ?? .null),
        ("recall", label.recall.map(JSONValue.number) ?? .null),
      ]))
  }

  static func optional(_ members: [(String, JSONValue?)]) -> [(String, JSONValue)] {
    members.compactMap { name, value in value.map { (name, $0) } }
  }

  static func text(_ members: [(String, JSONValue)]) throws -> String {
    String(
      decoding: try JSONValue.object(JSONObject(members)).serialized(pretty: true), as: UTF8.self)
  }
}
