package import Checkpoints
import JSON

/// What a model of a zoo may be used for. Nothing but `train` is ever learnt from, and nothing but
/// `validation` chooses.
package enum ZooSplit: String, Sendable, CaseIterable {
  /// Learnt from.
  case train
  /// Chooses among what was learnt.
  case validation = "val"
  /// Measured at the end.
  case test
  /// Labels that training never saw, for choosing.
  case validationHoldout = "val_holdout"
  /// Labels that training never saw, measured at the end.
  case testHoldout = "test_holdout"
}

/// One model of a zoo: its headers are read, its weights are not.
package struct ZooModel: Sendable {
  /// Its path relative to the zoo, as shown to people.
  package let name: String
  /// Where its layers are.
  package let checkpoint: Checkpoint
  /// What it may be used for.
  package let split: ZooSplit
  /// What is known of it: the header metadata, or its row of the label file.
  package let facts: [(name: String, value: String)]

  /// The labels that one fact holds: a Python or JSON list of strings is taken apart, any other
  /// text is one label. Repeated and empty lists come as they are.
  ///
  /// - Throws: `.missingLabelKey` with the names there are; `.noLabels` when the text is empty, or
  ///   is in brackets like a list but is no list of strings.
  ///
  /// Cost: one pass over the text.
  package func labels(key: String) throws(ZooError) -> [String] {
    guard let text = facts.first(where: { $0.name == key })?.value else {
      let known = facts.prefix(20).map { "“\($0.name)”" }.joined(separator: ", ")
      throw ZooError(
        .missingLabelKey, name, problem: "it has no label “\(key)”.",
        remedy: known.isEmpty
          ? "Its header has no metadata: give the labels in a label file."
          : "Name one that it has (\(known)), or give the labels in a label file.")
    }
    // JSON first: where both languages could read a list, Python itself would not have written it.
    if let list = Self.jsonStrings(text) ?? PythonLiteral.strings(text) { return list }
    let trimmed = text.drop(while: \.isWhitespace)
    guard let first = trimmed.first else {
      throw ZooError(
        .noLabels, name, problem: "its label “\(key)” is empty.",
        remedy: "Give it a label, or remove the model.")
    }
    if first == "[", text.last(where: { !$0.isWhitespace }) == "]" {
      throw ZooError(
        .noLabels, name, problem: "its label “\(key)” is in brackets, but no list of strings.",
        remedy: "Write it as a JSON list of strings.")
    }
    return [text]
  }

  private static func jsonStrings(_ text: String) -> [String]? {
    guard text.first == "[", text.utf8.count <= PythonLiteral.limit,
      let elements = try? JSONValue.parse(text).array
    else { return nil }
    let strings = elements.compactMap(\.string)
    return strings.count == elements.count ? strings : nil
  }
}
