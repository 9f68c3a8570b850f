package import JSON

/// `probex/embed`: the representation that an expert makes of a checkpoint.
package enum EmbedMessage: RequestMessage {
  package static let method = "probex/embed"
  package static let order = MethodOrder.concurrent
  package static let parameters: [ParameterName] = [.required("checkpoint"), .optional("expert")]

  /// The checkpoint, and who shall read it.
  package struct Params: Codable, Sendable {
    /// A path, a `file:` URI, or a Hub id `org/name[@revision]` in the local cache.
    package var checkpoint: String
    /// Name of the expert to ask; absent: the one that fits best.
    package var expert: String?

    package init(checkpoint: String) { self.checkpoint = checkpoint }
  }

  /// The representation, and where it comes from: two may be compared when their experts agree.
  package struct Result: Encodable, Sendable {
    /// The checkpoint as it was asked about.
    package var checkpoint: String
    /// The file or folder that the name led to.
    package var path: String
    /// Name of the expert that read it.
    package var expert: String
    /// The expert's Model Tree.
    package var tree: String
    /// The layer that was read; of several the first.
    package var layer: String
    /// Every layer that was read; absent where there is one.
    package var layers: [String]?
    /// How many numbers the representation has.
    package var dimension: Int
    /// `dimension` little-endian single-precision numbers.
    package var representation: Base64Floats
    /// Why this expert read it.
    package var choice: ChoiceEntry
    /// What to know before using the numbers, whole sentences; mostly empty.
    package var warnings: [String]

    /// `layers` are all that were read.
    package init(
      checkpoint: String, path: String, expert: String, tree: String, layer: String,
      layers: [String], dimension: Int, representation: Base64Floats, choice: ChoiceEntry,
      warnings: [String]
    ) {
      self.checkpoint = checkpoint
      self.path = path
      self.expert = expert
      self.tree = tree
      self.layer = layer
      self.layers = layers.count > 1 ? layers : nil
      self.dimension = dimension
      self.representation = representation
      self.choice = choice
      self.warnings = warnings
    }
  }
}
