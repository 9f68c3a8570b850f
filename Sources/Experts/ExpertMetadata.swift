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
    var result: [(name: String, value: String)] = [
      (versionKey, version),
      ("kind", facts.kind.rawValue),
      ("tree", facts.tree),
      ("bases", try text(.array(facts.bases.map(JSONValue.string)))),
      ("layers", try text(.array(facts.readings.map { reading($0, of: facts) }))),
      ("input", facts.input.rawValue),
      // What members say of themselves stands with them; a plain expert has one scale.
      ("input_scale", decimal(facts.readings.count == 1 ? facts.readings[0].inputScale : 1)),
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
    case .choice(let labels):
      result.append(("labels", try text(.array(labels.map(JSONValue.string)))))
    case .number(let scale):
      result.append(("property", scale.property))
      result.append(("mean", decimal(scale.mean)))
      result.append(("deviation", decimal(scale.deviation)))
      result.append(("logarithmic", scale.isLogarithmic ? "true" : "false"))
      result.append(("error", decimal(scale.error)))
    }
    if facts.calibration != .none {
      result.append(("calibration_slope", decimal(facts.calibration.slope)))
      result.append(("calibration_intercept", decimal(facts.calibration.intercept)))
    }
    if let abstention = facts.abstention {
      result.append(("abstain_below", decimal(abstention.below)))
      result.append(("abstain_error_rate", decimal(abstention.errorRate)))
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
    let scale = try reader.number("input_scale")
    // A layer times 0 would give every checkpoint the same answer.
    guard scale != 0 else { throw reader.wrong("input_scale", "must not be 0") }
    return ExpertFacts(
      tree: try reader.string("tree"),
      bases: try reader.strings("bases"),
      readings: try reader.readings("layers", inputScale: scale),
      input: try reader.choice("input", ExpertFacts.Input.self),
      loraScaling: try reader.choice("lora_scaling", LoRAScaling.self),
      output: try output(reader),
      calibration: try calibration(reader),
      abstention: try abstention(reader),
      training: try reader.optionalObject("training"))
  }

  /// What a member is, in full only where it is not as the published code trains it.
  private static func reading(
    _ reading: ExpertFacts.Reading, of facts: ExpertFacts
  ) -> JSONValue {
    var members: [(name: String, value: JSONValue)] = [
      ("name", .string(reading.layer.name)), ("rows", .integer(Int64(reading.layer.rows))),
      ("columns", .integer(Int64(reading.layer.columns))),
    ]
    let plain = ExpertFacts.Reading(layer: reading.layer, inputScale: reading.inputScale)
    if facts.readings.count > 1 || reading != plain {
      members += [
        ("network", .string(reading.network.rawValue)),
        ("input_scale", .string(decimal(reading.inputScale))),
        ("normalised", .bool(reading.isNormalised)), ("centred", .bool(reading.isCentred)),
        ("weight", .string(decimal(reading.weight))),
      ]
    }
    return .object(JSONObject(members))
  }

  private static func calibration(
    _ reader: MetadataReader
  ) throws(ExpertError) -> ExpertFacts.Calibration {
    guard reader.optionalString("calibration_slope") != nil else { return .none }
    let slope = try reader.number("calibration_slope")
    guard slope > 0 else { throw reader.wrong("calibration_slope", "must be positive") }
    return ExpertFacts.Calibration(
      slope: slope, intercept: try reader.number("calibration_intercept"))
  }

  private static func abstention(
    _ reader: MetadataReader
  ) throws(ExpertError) -> ExpertFacts.Abstention? {
    guard reader.optionalString("abstain_below") != nil else { return nil }
    return ExpertFacts.Abstention(
      below: try share("abstain_below", reader),
      errorRate: try share("abstain_error_rate", reader))
  }

  private static func share(
    _ name: String, _ reader: MetadataReader
  ) throws(ExpertError) -> Float {
    let share = try reader.number(name)
    guard (0...1).contains(share) else {
      throw reader.wrong(name, "must lie between 0 and 1")
    }
    return share
  }

  private static func output(_ reader: MetadataReader) throws(ExpertError) -> ExpertFacts.Output {
    switch try reader.choice("kind", ExpertFacts.Kind.self) {
    case .categories:
      return .categories(
        labels: try reader.labels("labels"), threshold: try share("threshold", reader))
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
    case .choice: return .choice(labels: try reader.labels("labels"))
    case .number:
      let deviation = try reader.number("deviation")
      guard deviation > 0 else { throw reader.wrong("deviation", "must be positive") }
      let error = try reader.number("error")
      guard error >= 0 else { throw reader.wrong("error", "must not be negative") }
      return .number(
        ExpertFacts.NumberScale(
          property: try reader.string("property"), mean: try reader.number("mean"),
          deviation: deviation, isLogarithmic: try reader.bool("logarithmic"), error: error))
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
  /// The kinds of experts, by the names that files and messages use.
  package enum Kind: String, Sendable, CaseIterable {
    case categories
    case text
    case choice
    case number
  }

  /// Which kind of answer the expert gives.
  package var kind: Kind {
    switch output {
    case .categories: .categories
    case .text: .text
    case .choice: .choice
    case .number: .number
    }
  }
}

extension ExpertFacts.Output {
  /// The labels that the expert itself has; `nil` for texts and numbers.
  package var labels: [String]? {
    switch self {
    case .categories(let labels, _), .choice(let labels): labels
    case .text, .number: nil
    }
  }
}
