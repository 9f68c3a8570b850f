package import Checkpoints
import JSON
package import Tensors

/// A text table is not what it must be.
package struct TextTableError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file, as the caller named it.
  package let subject: String
  /// What is wrong, one sentence without the subject.
  package let problem: String
  /// What to do about it, one sentence.
  package let remedy: String

  package var description: String { "\(subject): \(problem) \(remedy)" }
}

/// Labels with their embeddings, and which text encoder made them.
package struct TextTable: Sendable, Equatable {
  /// n labels, none twice, in the order of the embeddings.
  package let labels: [String]
  /// n × d, finite.
  package let embeddings: Matrix
  /// Name of the text encoder, as its publisher writes it.
  package let encoder: String
  /// What was embedded for a label; `{label}` stands for it.
  package let prompt: String
  /// Whether each embedding was divided by its length.
  package let normalised: Bool

  /// A table of values that go together.
  package init(
    labels: [String], embeddings: Matrix, encoder: String, prompt: String, normalised: Bool
  ) {
    precondition(labels.count == embeddings.rows, "one embedding for each label")
    self.labels = labels
    self.embeddings = embeddings
    self.encoder = encoder
    self.prompt = prompt
    self.normalised = normalised
  }

  /// d, the numbers of one embedding.
  package var dimension: Int { embeddings.columns }

  /// Bytes that its embeddings occupy in memory.
  package var byteCount: Int { embeddings.values.count * MemoryLayout<Float>.stride }
}

extension TextTable {
  private static let labelsKey = "labels"
  private static let tensorName = "embeddings"

  /// Reads a table from a `.safetensors` file: the tensor `embeddings`, `n × d`, and the header
  /// metadata `labels` (JSON list), `encoder`, and perhaps `prompt` (else `{label}`), `normalised`
  /// (else `false`) and `dimension`.
  ///
  /// - Throws: `CheckpointError` for the file, `TextTableError` for what it says.
  package init(path: String, limits: ReadLimits = .init()) throws {
    let file = try SafetensorsFile(path: path, limits: limits)
    func stated(_ name: String) -> String? { file.metadata.first { $0.name == name }?.value }
    func wrong(_ problem: String) -> TextTableError {
      TextTableError(
        subject: path, problem: problem,
        remedy: "Write the table again; Protocol/README.md says what belongs into it.")
    }

    guard let labelText = stated(Self.labelsKey) else {
      throw wrong("is no text table: its header metadata has no “labels”.")
    }
    guard let labels = try? JSONValue.parse(labelText).array?.map(\.string),
      !labels.contains(nil)
    else {
      throw wrong("its header metadata “labels” is no JSON list of strings.")
    }
    let names = labels.compactMap(\.self)
    if let twice = Self.firstDuplicate(names) {
      throw wrong("names the label “\(twice)” twice.")
    }
    guard let encoder = stated("encoder") else {
      throw wrong("its header metadata does not say which “encoder” made it.")
    }
    let normalised = stated("normalised") ?? "false"
    guard ["true", "false"].contains(normalised) else {
      throw wrong("its header metadata “normalised” is neither true nor false.")
    }
    guard file.tensor(named: Self.tensorName) != nil else {
      throw wrong("is no text table: it has no tensor “embeddings”.")
    }
    let embeddings = try file.matrix(Self.tensorName, rows: names.count, columns: nil)
    if let dimension = stated("dimension"), dimension != String(embeddings.columns) {
      throw wrong(
        "says dimension \(dimension), but its embeddings have \(embeddings.columns) columns.")
    }
    guard embeddings.columns > 0, !names.isEmpty else { throw wrong("is empty.") }
    self.init(
      labels: names, embeddings: embeddings, encoder: encoder,
      prompt: stated("prompt") ?? "{label}", normalised: normalised == "true")
  }

  private static func firstDuplicate(_ labels: [String]) -> String? {
    var seen: Set<String> = []
    return labels.first { !seen.insert($0).inserted }
  }

  /// Writes the table; the file appears complete or not at all.
  ///
  /// - Throws: `CheckpointError`.
  package func write(to path: String) throws {
    let labels = String(
      decoding: try JSONValue.array(self.labels.map(JSONValue.string)).serialized(),
      as: UTF8.self)
    try SafetensorsWriter.write(
      [
        SafetensorsWriter.Tensor(
          name: Self.tensorName, values: embeddings.values,
          shape: [embeddings.rows, embeddings.columns])
      ],
      metadata: [
        (Self.labelsKey, labels), ("encoder", encoder), ("prompt", prompt),
        ("normalised", normalised ? "true" : "false"), ("dimension", String(dimension)),
      ],
      to: path)
  }
}
