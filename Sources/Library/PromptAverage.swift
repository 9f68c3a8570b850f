import Checkpoints
import Experts
import Tensors
import Texts

/// Several prompts for each label as one text table.
enum PromptAverage {
  /// The table at one path, or the mean of several tables' embeddings: of the labels that all have,
  /// in the order of the first.
  ///
  /// - Throws: `LibraryError` where the tables are not of one text encoder.
  static func table(_ paths: [String], limits: ReadLimits) throws -> TextTable {
    guard let first = paths.first else {
      throw LibraryError(
        .invalidArgument, "texts", problem: "no text table was given.",
        remedy: "Name the table that embeds the labels.")
    }
    let tables = try paths.map { try TextTable(path: $0, limits: limits) }
    guard tables.count > 1 else { return tables[0] }
    for (path, table) in zip(paths, tables).dropFirst() {
      guard
        (table.encoder, table.dimension, table.normalised)
          == (tables[0].encoder, tables[0].dimension, tables[0].normalised)
      else {
        throw LibraryError(
          .unknownTable, path,
          problem: "its embeddings are \(nature(table)), those of \(first) \(nature(tables[0])).",
          remedy: "Average tables of one text encoder only.")
      }
    }
    let places = tables.map { Dictionary(uniqueKeysWithValues: zip($0.labels, $0.labels.indices)) }
    let labels = tables[0].labels.filter { label in places.allSatisfy { $0[label] != nil } }
    var mean = Matrix(rows: labels.count, columns: tables[0].dimension)
    for (table, places) in zip(tables, places) {
      mean = mean.adding(table.embeddings.selectingRows(labels.compactMap { places[$0] }))
    }
    for index in mean.values.indices { mean.values[index] /= Float(tables.count) }
    return TextTable(
      labels: labels, embeddings: tables[0].normalised ? mean.normalizingRows() : mean,
      encoder: tables[0].encoder, prompt: tables.map(\.prompt).joined(separator: " | "),
      normalised: tables[0].normalised)
  }

  /// What two tables must have in common.
  private static func nature(_ table: TextTable) -> String {
    "by “\(table.encoder)” with \(table.dimension) numbers"
      + (table.normalised ? ", of length 1" : "")
  }
}
