import Experts
package import JSON
import Tensors
import Texts

/// What the library says about one of its experts.
package struct ExpertDescription: Sendable, Equatable {
  /// How a text expert's texts must be embedded.
  package struct Encoder: Sendable, Equatable {
    /// Name of the text encoder, as its publisher writes it.
    package let name: String
    /// What is embedded for a label; `{label}` stands for it.
    package let prompt: String
    /// Whether embeddings have length 1.
    package let normalised: Bool
    /// d_text, numbers in one embedding.
    package let dimension: Int
  }

  /// File name without `.safetensors`.
  package let name: String
  /// The file that it was loaded from.
  package let path: String
  /// One network of an expert and the layer that it reads.
  package struct Member: Sendable, Equatable {
    /// Canonical name of the layer.
    package let layer: String
    /// d_H of that layer.
    package let rows: Int
    /// d_W of that layer.
    package let columns: Int
    /// `probex`, `mvprobe`, …
    package let network: String
    /// r_U.
    package let probes: Int
    /// r_V.
    package let projections: Int
    /// r_T.
    package let representation: Int
    /// Its share of the whole answer; the shares of all members add up to 1.
    package let share: Double
  }

  /// What makes its probabilities honest.
  package struct Calibration: Sendable, Equatable {
    /// Positive.
    package let slope: Double
    /// Added after the slope.
    package let intercept: Double
  }

  /// When an expert withholds an answer.
  package struct Abstention: Sendable, Equatable {
    /// Confidence, 0…1.
    package let below: Double
    /// The share of wrong answers among those given that it aims at.
    package let errorRate: Double
  }

  /// A number that an expert answers with.
  package struct Property: Sendable, Equatable {
    /// As the training models called it.
    package let name: String
    /// Whether its decimal logarithm was learnt.
    package let isLogarithmic: Bool
  }

  /// `categories`, `text`, `choice` or `number`.
  package let kind: String
  /// Name of the Model Tree that it was trained on.
  package let tree: String
  /// Hub ids of the tree's root as checkpoints declare it; may be empty.
  package let bases: [String]
  /// Its networks, at least one.
  package let members: [Member]
  /// What it was trained on: `full` (whole matrices), `lora` (LoRA changes) or `any`.
  package let input: String
  /// Category experts: one yes/no question each; choice experts: what is chosen from; in the order
  /// of the outputs.
  package let labels: [String]?
  /// Category experts: above which probability a label is a yes, 0…1.
  package let threshold: Double?
  /// Text experts: how their texts must be embedded.
  package let encoder: Encoder?
  /// Text experts: temperature of the softmax over cosines, above 0.
  package let temperature: Double?
  /// Text experts: the text table that they answer over when none is named; `nil` when none is
  /// stated.
  package let table: String?
  /// Number experts: what they answer with.
  package let property: Property?
  /// What probabilities are taken of: `slope · logit + intercept`; `nil` for logits as trained.
  package let calibration: Calibration?
  /// When it says that it does not know; `nil` for never.
  package let abstention: Abstention?
  /// How it was trained and how well it did; `nil` when nobody said.
  package let training: JSONObject?
  /// Bytes that its numbers occupy, projections of text tables included.
  package let bytes: Int
}

/// What the library says about one of its text tables.
package struct TableDescription: Sendable, Equatable {
  /// File name without `.safetensors`.
  package let name: String
  /// The file that it was loaded from.
  package let path: String
  /// n labels, none twice, in the order of the embeddings.
  package let labels: [String]
  /// d, numbers in one embedding.
  package let dimension: Int
  /// Name of the text encoder, as its publisher writes it.
  package let encoder: String
  /// What was embedded for a label; `{label}` stands for it.
  package let prompt: String
  /// Whether each embedding was divided by its length.
  package let normalised: Bool
  /// Bytes that the embeddings occupy.
  package let bytes: Int
}

extension LibrarySnapshot {
  /// Every expert, by name.
  package func describeExperts() -> [ExpertDescription] {
    experts.map { ExpertDescription($0) }
  }

  /// Every text table, by name.
  package func describeTables() -> [TableDescription] {
    tables.map { resident in
      TableDescription(
        name: resident.name, path: resident.path, labels: resident.table.labels,
        dimension: resident.table.dimension, encoder: resident.table.encoder,
        prompt: resident.table.prompt, normalised: resident.table.normalised,
        bytes: resident.table.byteCount)
    }
  }
}

extension ExpertDescription {
  init(_ resident: ResidentExpert) {
    let facts = resident.facts
    var threshold: Float?
    var encoder: Encoder?
    var temperature: Float?
    var table: String?
    var property: Property?
    switch facts.output {
    case .categories(_, let limit): threshold = limit
    case .choice: break
    case .text(let space, let warmth, let standard):
      encoder = Encoder(
        name: space.encoder, prompt: space.prompt, normalised: space.normalised,
        dimension: space.dimension)
      temperature = warmth
      table = standard
    case .number(let scale):
      property = Property(name: scale.property, isLogarithmic: scale.isLogarithmic)
    }
    self.init(
      name: resident.name, path: resident.path, kind: facts.kind.rawValue, tree: facts.tree,
      bases: facts.bases, members: Member.all(of: resident.expert), input: facts.input.rawValue,
      labels: facts.output.labels, threshold: threshold.map(Double.init(asWritten:)),
      encoder: encoder, temperature: temperature.map(Double.init(asWritten:)), table: table,
      property: property,
      calibration: facts.calibration == .none
        ? nil
        : Calibration(
          slope: Double(asWritten: facts.calibration.slope),
          intercept: Double(asWritten: facts.calibration.intercept)),
      abstention: facts.abstention.map {
        Abstention(
          below: Double(asWritten: $0.below), errorRate: Double(asWritten: $0.errorRate))
      },
      training: facts.training, bytes: resident.byteCount)
  }
}

extension ExpertDescription.Member {
  static func all(of expert: Expert) -> [ExpertDescription.Member] {
    let sum = expert.facts.readings.reduce(0) { $0 + $1.weight }
    return zip(expert.facts.readings, expert.members).map { reading, member in
      ExpertDescription.Member(
        layer: reading.layer.name, rows: reading.layer.rows, columns: reading.layer.columns,
        network: reading.network.rawValue, probes: member.network.probeCount,
        projections: member.network.projectionCount, representation: member.network.dimension,
        share: Double(asWritten: reading.weight / sum))
    }
  }
}

/// Facts about the numeric library, for status reports.
package enum NumericFacts {
  /// The kernel family that OpenBLAS chose for this processor.
  package static var coreName: String { BLAS.coreName }
  /// OpenBLAS's version and build.
  package static var configuration: String { BLAS.configuration }
  /// Threads that one product may use.
  package static var threads: Int { BLAS.threads }
  /// Prepares numeric work; call once, before the first question. One thread for each product:
  /// requests run side by side instead.
  package static func prepare() { BLAS.setThreads(1) }
}
