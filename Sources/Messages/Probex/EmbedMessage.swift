package import JSON

/// `probex/embed`: the representation that an expert makes of a checkpoint.
package enum EmbedMessage: RequestMessage {
  package static let method = "probex/embed"
  package static let order = MethodOrder.concurrent
  package static let parameters: [ParameterName] = [.required("checkpoint"), .optional("expert")]

  package struct Params: Codable, Sendable {
    package var checkpoint: String
    package var expert: String?

    package init(checkpoint: String) { self.checkpoint = checkpoint }
  }

  package struct Result: Encodable, Sendable {
    package var checkpoint: String
    package var path: String
    package var expert: String
    package var tree: String
    package var layer: String
    package var dimension: Int
    package var representation: Base64Floats
    package var choice: ChoiceEntry
    package var warnings: [String]

    package init(
      checkpoint: String, path: String, expert: String, tree: String, layer: String,
      dimension: Int, representation: Base64Floats, choice: ChoiceEntry, warnings: [String]
    ) {
      self.checkpoint = checkpoint
      self.path = path
      self.expert = expert
      self.tree = tree
      self.layer = layer
      self.dimension = dimension
      self.representation = representation
      self.choice = choice
      self.warnings = warnings
    }
  }
}
