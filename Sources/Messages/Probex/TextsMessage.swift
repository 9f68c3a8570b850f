/// `probex/texts`: the text tables in memory, by name.
package enum TextsMessage: RequestMessage {
  package static let method = "probex/texts"
  package static let order = MethodOrder.sequential
  package static let parameters: [ParameterName] = []

  package typealias Params = NoParams

  package struct Result: Codable, Sendable {
    package struct Table: Codable, Sendable {
      package var name: String
      package var labels: [String]
      package var dimension: Int
      package var encoder: String
      package var prompt: String
      package var normalised: Bool
      package var bytes: Int
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

    package var tables: [Table]

    package init(tables: [Table]) { self.tables = tables }
  }
}
