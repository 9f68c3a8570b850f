package import Checkpoints
package import JSON

/// What an expert says about itself: everything that is needed to use it and that its tensors do
/// not show.
package struct ExpertFacts: Sendable, Equatable {
  /// The layer that the expert reads.
  package struct LayerShape: Sendable, Equatable {
    /// Canonical name (`LayerName.canonical`).
    package var name: String
    /// d_H.
    package var rows: Int
    /// d_W.
    package var columns: Int

    package init(name: String, rows: Int, columns: Int) {
      self.name = name
      self.rows = rows
      self.columns = columns
    }
  }

  /// Which form of the layer the expert was trained on.
  package enum Input: String, Sendable, CaseIterable {
    /// Whole matrices of fine-tuned models.
    case full
    /// The change ΔW that a LoRA adapter makes.
    case lora
    /// Not said; both are accepted.
    case any
  }

  /// How text becomes an embedding for a text expert.
  package struct TextSpace: Sendable, Equatable {
    /// Name of the text encoder, as its publisher writes it.
    package var encoder: String
    /// What is embedded for a label; `{label}` stands for it.
    package var prompt: String
    /// Whether embeddings have length 1 before the expert projects them.
    package var normalised: Bool
    /// d_text.
    package var dimension: Int

    package init(encoder: String, prompt: String, normalised: Bool, dimension: Int) {
      self.encoder = encoder
      self.prompt = prompt
      self.normalised = normalised
      self.dimension = dimension
    }
  }

  /// What the expert answers with.
  package enum Output: Sendable, Equatable {
    /// One yes/no question per label; yes where the probability exceeds the threshold.
    case categories(labels: [String], threshold: Float)
    /// Cosines with texts; probabilities are the softmax of `cosine / temperature`. `table` is the
    /// text table it answers over when the request names none.
    case text(TextSpace, temperature: Float, table: String?)
  }

  /// Name of the Model Tree.
  package var tree: String
  /// Hub ids of the tree's root as checkpoints declare it; may be empty.
  package var bases: [String]
  package var layer: LayerShape
  package var input: Input
  /// What the layer is multiplied with before the network sees it.
  package var inputScale: Float
  /// Whether a LoRA's own scale is applied; the published code ignored it.
  package var loraScaling: LoRAScaling
  package var output: Output
  /// How it was trained and how well it did, as free JSON; `nil` when nobody said.
  package var training: JSONObject?

  package init(
    tree: String, bases: [String], layer: LayerShape, input: Input, inputScale: Float = 1,
    loraScaling: LoRAScaling = .apply, output: Output, training: JSONObject? = nil
  ) {
    self.tree = tree
    self.bases = bases
    self.layer = layer
    self.input = input
    self.inputScale = inputScale
    self.loraScaling = loraScaling
    self.output = output
    self.training = training
  }
}
