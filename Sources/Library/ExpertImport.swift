import Checkpoints
import Experts
import Tensors
import Texts

/// What an expert's file does not say and its importer must.
package struct ImportFacts: Sendable {
  /// What the expert answers with.
  package enum Answers: Sendable {
    /// The labels of a category expert, in the order of its outputs, and the decision threshold.
    case labels([String], threshold: Double)
    /// Path of the text table that a text expert answers over by default, and the softmax
    /// temperature.
    case table(String, temperature: Double)
  }

  /// Name of the Model Tree that the expert was trained on.
  package var tree: String
  /// Hub ids of the tree's root as checkpoints declare it; may be empty.
  package var bases: [String]
  /// The layer that the expert reads, with or without wrapper prefixes and `.weight`.
  package var layer: String
  /// What the expert was trained on: `full` (whole matrices), `lora` (LoRA changes) or `any`.
  package var input: String
  /// What a layer is multiplied with before the network sees it; finite and not 0 as a `Float`.
  package var inputScale: Double
  /// Whether a LoRA's own scale is applied; the published code ignored it.
  package var appliesLoRAScale: Bool
  /// What the expert answers with.
  package var answers: Answers

  package init(
    tree: String, bases: [String], layer: String, input: String, inputScale: Double,
    appliesLoRAScale: Bool, answers: Answers
  ) {
    self.tree = tree
    self.bases = bases
    self.layer = layer
    self.input = input
    self.inputScale = inputScale
    self.appliesLoRAScale = appliesLoRAScale
    self.answers = answers
  }
}

/// Experts between the published layout and the one that describes itself.
package enum ExpertExchange {
  /// Writes an expert of the published PyTorch code as one that describes itself.
  ///
  /// - Throws: `LibraryError`; nothing is left at `target` then that was not there before.
  package static func importExpert(
    _ source: String, facts: ImportFacts, to target: String
  ) throws(LibraryError) {
    do {
      let published = try PublishedExpert(path: source)
      guard let input = ExpertFacts.Input(rawValue: facts.input) else {
        throw LibraryError(
          .invalidArgument, "input", problem: "“\(facts.input)” is none of full, lora and any.",
          remedy: "Say which kind of weights the expert was trained on.")
      }
      let network = published.network.network
      let described = ExpertFacts(
        tree: facts.tree, bases: facts.bases,
        readings: [
          ExpertFacts.Reading(
            layer: ExpertFacts.LayerShape(
              name: LayerName.canonical(facts.layer), rows: network.rows, columns: network.columns),
            network: network.kind, inputScale: Float(facts.inputScale))
        ],
        input: input,
        loraScaling: facts.appliesLoRAScale ? .apply : .ignore,
        output: try output(facts.answers, published), training: published.training)
      try ExpertFile.write(described, published.tensors, to: target)
    } catch {
      throw LibraryError(error, malformed: .malformedExpert)
    }
  }

  /// Writes an expert that describes itself in the published layout: the same tensors, byte for
  /// byte, and the epoch where it is known.
  ///
  /// - Throws: `LibraryError`.
  package static func exportExpert(_ source: String, to target: String) throws(LibraryError) {
    do {
      try PublishedExpert.export(source, to: target)
    } catch {
      throw LibraryError(error, malformed: .malformedExpert)
    }
  }

  private static func output(
    _ answers: ImportFacts.Answers, _ published: PublishedExpert
  ) throws -> ExpertFacts.Output {
    let linear = published.network.head
    switch (answers, published.network.isText) {
    case (.labels(let labels, let threshold), false):
      guard Set(labels).count == labels.count, labels.count == linear.weight.rows else {
        throw LibraryError(
          .invalidArgument, "labels",
          problem:
            "\(labels.count) labels were given (\(Set(labels).count) different ones), but the "
            + "expert has \(linear.weight.rows) outputs.",
          remedy: "Give one different label for each output, in the order of training.")
      }
      return .categories(labels: labels, threshold: Float(threshold))
    case (.table(let path, let temperature), true):
      let table: TextTable
      do {
        table = try TextTable(path: path)
      } catch {
        throw LibraryError(error, malformed: .malformedTable)
      }
      guard table.dimension == linear.weight.columns else {
        throw LibraryError(
          .wrongShape, path,
          problem: "its embeddings have \(table.dimension) numbers, but the expert projects "
            + "\(linear.weight.columns).",
          remedy: "Give a text table of the encoder that the expert was trained with.")
      }
      return .text(
        ExpertFacts.TextSpace(
          encoder: table.encoder, prompt: table.prompt, normalised: table.normalised,
          dimension: table.dimension),
        temperature: Float(temperature), table: LibraryLoader.name(of: path))
    case (.labels, true):
      throw LibraryError(
        .invalidArgument, "labels", problem: "this is a text expert; it has no labels of its own.",
        remedy: "Give its text table with --texts.")
    case (.table, false):
      throw LibraryError(
        .invalidArgument, "texts", problem: "this is a category expert; it reads no texts.",
        remedy: "Give its labels with --labels.")
    }
  }
}
