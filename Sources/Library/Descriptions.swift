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
  /// `categories` or `text`.
  package let kind: String
  /// Name of the Model Tree that it was trained on.
  package let tree: String
  /// Hub ids of the tree's root as checkpoints declare it; may be empty.
  package let bases: [String]
  /// Canonical name of the layer that it reads.
  package let layer: String
  /// d_H of that layer.
  package let rows: Int
  /// d_W of that layer.
  package let columns: Int
  /// What it was trained on: `full` (whole matrices), `lora` (LoRA changes) or `any`.
  package let input: String
  /// r_U.
  package let probes: Int
  /// r_V.
  package let projections: Int
  /// r_T.
  package let representation: Int
  /// Category experts: one yes/no question each, in the order of the outputs.
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
    experts.map { resident in
      let facts = resident.facts
      let network = resident.expert.network
      var labels: [String]?
      var threshold: Float?
      var encoder: ExpertDescription.Encoder?
      var temperature: Float?
      var table: String?
      switch facts.output {
      case .categories(let names, let limit):
        labels = names
        threshold = limit
      case .text(let space, let warmth, let standard):
        encoder = ExpertDescription.Encoder(
          name: space.encoder, prompt: space.prompt, normalised: space.normalised,
          dimension: space.dimension)
        temperature = warmth
        table = standard
      }
      return ExpertDescription(
        name: resident.name, path: resident.path, kind: facts.kind.rawValue, tree: facts.tree,
        bases: facts.bases, layer: facts.layer.name, rows: facts.layer.rows,
        columns: facts.layer.columns, input: facts.input.rawValue, probes: network.probeCount,
        projections: network.projectionCount, representation: network.dimension, labels: labels,
        threshold: threshold.map(Double.init(asWritten:)), encoder: encoder,
        temperature: temperature.map(Double.init(asWritten:)), table: table,
        training: facts.training, bytes: resident.byteCount)
    }
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
