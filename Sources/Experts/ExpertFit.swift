package import Checkpoints

/// Whether an expert can read a checkpoint, and on what evidence.
///
/// This is a choice by what files say: layer, shape, kind of weights, declared base. Whether the
/// weights themselves belong to the expert's Model Tree is not judged here.
package struct ExpertFit: Sendable, Equatable {
  /// One reason for an expert, weakest first.
  package enum Evidence: String, Sendable {
    /// The checkpoint has the expert's layer.
    case layer
    /// The layer has the expert's shape.
    case shape
    /// The expert was trained on this kind of weights: whole matrices, or LoRA changes.
    case input
    /// The checkpoint declares a base of the expert's Model Tree.
    case base
  }

  /// Why an expert cannot read a checkpoint.
  package struct Misfit: Error, Sendable, Equatable {
    /// What does not fit.
    package enum Kind: Sendable {
      /// The checkpoint has no such layer, has several, or has one that cannot be read.
      case layer
      /// The layer has other rows or columns.
      case shape
      /// The expert reads whole matrices and this is a LoRA change, or the other way round.
      case input
    }

    /// What does not fit.
    package let kind: Kind
    /// One clause about the checkpoint: `has no layer “…”`.
    package let reason: String
    /// Why the checkpoint's layer cannot be read although it is there, by any expert: the adapter
    /// is of another kind than LoRA, its configuration contradicts its weights. `nil` otherwise.
    package var obstacle: CheckpointError?
  }

  /// The layer that each member of the expert would read, in their order.
  package let layers: [LayerRecord]
  /// Every piece of evidence that holds.
  package let evidence: [Evidence]
  /// Whether the checkpoint declares bases, none of which is the expert's.
  package let contradictsBase: Bool
  /// Whether the expert says what a model was trained on, rather than how.
  private let answersMainQuestion: Bool

  /// Judges one expert for one checkpoint. Reads nothing but what was already read.
  ///
  /// - Throws: `Misfit` when the expert cannot read this checkpoint.
  package init(_ facts: ExpertFacts, _ checkpoint: Checkpoint) throws(Misfit) {
    var layers: [LayerRecord] = []
    for reading in facts.readings {
      layers.append(try Self.layer(reading.layer, facts.input, checkpoint))
    }
    self.layers = layers
    answersMainQuestion = facts.kind == .categories || facts.kind == .text
    var evidence: [Evidence] = [.layer, .shape]
    if facts.input != .any { evidence.append(.input) }
    let declared = checkpoint.declaredBases.map(\.model)
    let agrees = declared.contains { base in facts.bases.contains { Self.same(base, $0) } }
    if agrees { evidence.append(.base) }
    self.evidence = evidence
    contradictsBase = !agrees && !declared.isEmpty && !facts.bases.isEmpty
  }

  /// The first layer that the expert would read.
  package var layer: LayerRecord { layers[0] }

  private static func layer(
    _ wanted: ExpertFacts.LayerShape, _ wantedInput: ExpertFacts.Input, _ checkpoint: Checkpoint
  ) throws(Misfit) -> LayerRecord {
    let layer: LayerRecord
    do {
      layer = try checkpoint.layerRecord(named: wanted.name)
    } catch {
      throw Misfit(error, wanted.name)
    }
    guard layer.rows == wanted.rows, layer.columns == wanted.columns else {
      throw Misfit(
        kind: .shape,
        reason: "has “\(wanted.name)” as \(layer.rows)×\(layer.columns) instead of "
          + "\(wanted.rows)×\(wanted.columns)")
    }
    let input: ExpertFacts.Input = layer.lowRank == nil ? .full : .lora
    guard wantedInput == .any || wantedInput == input else {
      throw Misfit(
        kind: .input,
        reason: input == .full
          ? "has “\(wanted.name)” as a whole matrix, not as a LoRA change"
          : "has “\(wanted.name)” as a LoRA change, not as a whole matrix")
    }
    return layer
  }

  /// Order of preference: a declared base that agrees, then silence, then a contradiction; after
  /// that the expert that says what a model was trained on before one that says how, and the one
  /// that says more precisely what it reads.
  package var rank: Int {
    (evidence.contains(.base) ? 8 : contradictsBase ? 0 : 4) + (answersMainQuestion ? 2 : 0)
      + (evidence.contains(.input) ? 1 : 0)
  }

  /// Whether a declared base is this Hub id. Trainers also declare folders of their own machine,
  /// so a path that ends in the id, or in the id's folder of a Hub cache, names it too.
  static func same(_ declared: String, _ base: String) -> Bool {
    let declared = declared.lowercased()
    let base = base.lowercased()
    if declared == base || declared.hasSuffix("/" + base) { return true }
    let folder = "models--" + base.split(separator: "/").joined(separator: "--")
    return declared.split(separator: "/").contains { $0 == folder }
  }
}

extension ExpertFit.Misfit {
  /// What it means for an expert that the checkpoint does not give the layer of that name.
  fileprivate init(_ error: CheckpointError, _ layer: String) {
    switch error.kind {
    case .layerNotFound: self.init(kind: .layer, reason: "has no layer “\(layer)”")
    case .layerAmbiguous:
      self.init(kind: .layer, reason: "has several layers that could be “\(layer)”")
    case .wrongShape: self.init(kind: .shape, reason: "has “\(layer)”, but not as a weight matrix")
    default:
      self.init(
        kind: .layer, reason: "has “\(layer)”, but it cannot be read", obstacle: error)
    }
  }
}
