/// `probex/texts`: the text tables in memory, by name.
package enum TextsMessage: RequestMessage {
  package static let method = "probex/texts"
  package static let order = MethodOrder.sequential
  package static let parameters: [ParameterName] = []

  /// It has no parameters.
  package typealias Params = NoParams

  /// The tables that were loaded; those that were not are problems in `probex/status`.
  package struct Result: Codable, Sendable {
    /// Labels with their embeddings, of which the wire shows all but the numbers.
    package struct Table: Codable, Sendable {
      /// Its file's name without `.safetensors`.
      package var name: String
      /// In the order of the embeddings, none twice.
      package var labels: [String]
      /// Numbers in one embedding.
      package var dimension: Int
      /// The text encoder that made the embeddings, as its publisher writes it.
      package var encoder: String
      /// What was embedded for a label; `{label}` stands for it.
      package var prompt: String
      /// Whether embeddings have length 1.
      package var normalised: Bool
      /// Bytes that the embeddings occupy in memory.
      package var bytes: Int
      /// The file that it was loaded from.
      package var path: String

      package init(
        name: String, labels: [String], dimension: Int, encoder: String, prompt: String,
        normalised: Bool, bytes: Int, path: String
      ) {
        self.name = name
        self.labels = labels
        self.dimension = dimension
        self.encoder = encoder
        self.prompt = prompt
        self.normalised = normalised
        self.bytes = bytes
        self.path = path
      }
    }

    /// By name.
    package var tables: [Table]

    package init(tables: [Table]) { self.tables = tables }
  }
}
