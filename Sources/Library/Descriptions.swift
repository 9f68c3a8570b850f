import Experts
package import JSON
import Tensors
import Texts

/// What the library says about one of its experts.
package struct ExpertDescription: Sendable, Equatable {
  /// How a text expert's texts must be embedded.
  package struct Encoder: Sendable, Equatable {
    package let name: String
    package let prompt: String
    package let normalised: Bool
    package let dimension: Int
  }

  /// Name of the file without `.safetensors`, and where it lies.
  package let name: String
  package let path: String
  /// `categories` or `text`.
  package let kind: String
  package let tree: String
  package let bases: [String]
  package let layer: String
  package let rows: Int
  package let columns: Int
  /// `full`, `lora` or `any`.
  package let input: String
  package let probes: Int
  package let projections: Int
  /// r_T.
  package let representation: Int
  /// Category experts.
  package let labels: [String]?
  package let threshold: Double?
  /// Text experts.
  package let encoder: Encoder?
  package let temperature: Double?
  package let table: String?
  package let training: JSONObject?
  package let bytes: Int
}

/// What the library says about one of its text tables.
package struct TableDescription: Sendable, Equatable {
  package let name: String
  package let path: String
  package let labels: [String]
  package let dimension: Int
  package let encoder: String
  package let prompt: String
  package let normalised: Bool
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
        threshold: threshold.flatMap { Double($0.description) }, encoder: encoder,
        temperature: temperature.flatMap { Double($0.description) }, table: table,
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
