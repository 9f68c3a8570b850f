import Checkpoints
import JSON

/// The header metadata of an expert file: `ExpertFacts` as strings, since safetensors holds nothing
/// else there, and back. Structured facts are JSON inside the string.
enum ExpertMetadata {
  /// The version of the layout written here.
  static let version = "1"
  /// The name whose presence says that a file describes itself.
  static let versionKey = "probexd.expert"
  /// The name of the tensors' checksum, `sha256:` and 64 hex digits.
  static let checksumKey = "checksum"

  /// The facts as header metadata, in a fixed order.
  static func strings(_ facts: ExpertFacts, checksum: String) throws -> [(
    name: String, value: String
  )] {
    let layer: JSONValue = [
      "name": .string(facts.layer.name), "rows": .integer(Int64(facts.layer.rows)),
      "columns": .integer(Int64(facts.layer.columns)),
    ]
    var result: [(name: String, value: String)] = [
      (versionKey, version),
      ("kind", facts.kind.rawValue),
      ("tree", facts.tree),
      ("bases", try text(.array(facts.bases.map(JSONValue.string)))),
      ("layers", try text([layer])),
      ("input", facts.input.rawValue),
      ("input_scale", decimal(facts.inputScale)),
      ("lora_scaling", facts.loraScaling.rawValue),
    ]
    switch facts.output {
    case .categories(let labels, let threshold):
      result.append(("labels", try text(.array(labels.map(JSONValue.string)))))
      result.append(("threshold", decimal(threshold)))
    case .text(let space, let temperature, let table):
      result.append(("text_encoder", space.encoder))
      result.append(("text_prompt", space.prompt))
      result.append(("text_normalised", space.normalised ? "true" : "false"))
      result.append(("text_dimension", String(space.dimension)))
      result.append(("temperature", decimal(temperature)))
      if let table { result.append(("table", table)) }
    }
    if let training = facts.training {
      result.append(("training", try text(.object(training))))
    }
    result.append((checksumKey, checksum))
    return result
  }

  /// The facts of a file's header metadata, complete and consistent in themselves.
  ///
  /// - Throws: `ExpertError` naming the file and the first entry that is missing or wrong.
  static func facts(
    _ metadata: [(name: String, value: String)], path: String
  ) throws(ExpertError) -> ExpertFacts {
    let reader = MetadataReader(path: path, metadata: metadata)
    let version = try reader.string(versionKey)
    guard version == Self.version else {
      throw ExpertError(
        path,
        problem: "is an expert of layout version \(version); this probexd reads \(Self.version).",
        remedy: "Use a newer probexd.")
    }
    return ExpertFacts(
      tree: try reader.string("tree"),
      bases: try reader.strings("bases"),
      layer: try reader.layer("layers"),
      input: try reader.choice("input", ExpertFacts.Input.self),
      inputScale: try inputScale(reader),
      loraScaling: try reader.choice("lora_scaling", LoRAScaling.self),
      output: try output(reader),
      training: try reader.optionalObject("training"))
  }

  /// A layer times 0 would give every checkpoint the same answer.
  private static func inputScale(_ reader: MetadataReader) throws(ExpertError) -> Float {
    let scale = try reader.number("input_scale")
    guard scale != 0 else { throw reader.wrong("input_scale", "must not be 0") }
    return scale
  }

  private static func output(_ reader: MetadataReader) throws(ExpertError) -> ExpertFacts.Output {
    switch try reader.choice("kind", ExpertFacts.Kind.self) {
    case .categories:
      let threshold = try reader.number("threshold")
      guard (0...1).contains(threshold) else {
        throw reader.wrong("threshold", "must lie between 0 and 1")
      }
      return .categories(labels: try reader.labels("labels"), threshold: threshold)
    case .text:
      let temperature = try reader.number("temperature")
      guard temperature > 0 else { throw reader.wrong("temperature", "must be positive") }
      return .text(
        ExpertFacts.TextSpace(
          encoder: try reader.string("text_encoder"),
          prompt: try reader.string("text_prompt"),
          normalised: try reader.bool("text_normalised"),
          dimension: try reader.count("text_dimension")),
        temperature: temperature, table: reader.optionalString("table"))
    }
  }

  private static func text(_ value: JSONValue) throws -> String {
    String(decoding: try value.serialized(), as: UTF8.self)
  }

  /// The shortest decimal that reads back as the same `Float`; whole numbers without `.0`.
  private static func decimal(_ number: Float) -> String {
    Int(exactly: number).map { String($0) } ?? number.description
  }
}

extension ExpertFacts {
  /// The two kinds of experts, by the names that files and messages use.
  package enum Kind: String, Sendable, CaseIterable {
    case categories
    case text
  }

  /// Which kind of answer the expert gives.
  package var kind: Kind {
    switch output {
    case .categories: .categories
    case .text: .text
    }
  }
}
