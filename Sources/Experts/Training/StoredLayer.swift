package import Checkpoints
import Tensors

/// A layer that is in memory: in 16 bits where the file has 16, so that a zoo takes no more memory
/// than its files.
package enum HeldLayer: Sendable {
  /// In the numbers of its file.
  case packed(PackedLayer)
  /// In single precision.
  case layer(Layer)

  /// The layer in single precision. Costs the decoding of a packed one.
  package var layer: Layer {
    switch self {
    case .layer(let layer): layer
    case .packed(let packed): packed.layer
    }
  }

  /// Whether it is a LoRA change.
  package var isLowRank: Bool {
    switch self {
    case .packed(let packed): packed.isLowRank
    case .layer(.lowRank): true
    case .layer(.full): false
    }
  }

  /// Bytes that its numbers occupy.
  package var byteCount: Int {
    switch self {
    case .packed(let packed): packed.byteCount
    case .layer(.full(let matrix)): 4 * matrix.values.count
    case .layer(.lowRank(let pair)): 4 * (pair.up.values.count + pair.down.values.count)
    }
  }
}

/// A layer as training keeps it: in memory, or in its file where a zoo is greater than the memory
/// it may take.
package enum StoredLayer: Sendable {
  /// In memory.
  case held(HeldLayer)
  /// In its file, read anew each time it is needed.
  case file(Checkpoint, LayerRecord, LoRAScaling)

  /// A layer that was read already.
  package init(_ layer: Layer) { self = .held(.layer(layer)) }

  /// Reads a layer to keep it in memory.
  package init(
    reading record: LayerRecord, of checkpoint: Checkpoint, scaling: LoRAScaling = .apply
  ) throws(CheckpointError) {
    let packed = try checkpoint.packedLayer(record, scaling: scaling)
    self = .held(packed.isHalf ? .packed(packed) : .layer(packed.layer))
  }

  /// Whether it has to be read each time.
  package var isInFile: Bool { if case .file = self { true } else { false } }

  /// The layer in memory.
  ///
  /// - Throws: `TrainingError.unreadable` for a file that is gone, was changed since the zoo was
  ///   read, or cannot be read.
  package func held() throws(TrainingError) -> HeldLayer {
    switch self {
    case .held(let layer): return layer
    case .file(let checkpoint, let record, let scaling):
      do throws(CheckpointError) {
        return .packed(try checkpoint.packedLayer(record, scaling: scaling))
      } catch {
        throw TrainingError(
          .unreadable, error.subject, problem: error.problem + ".",
          remedy: error.remedy + "; the models must stay as they are until training ends.")
      }
    }
  }

  /// The layer in single precision.
  ///
  /// - Throws: as `held`.
  package var layer: Layer {
    get throws(TrainingError) { try held().layer }
  }
}

/// Decides which layers of a zoo stay in memory: as many as fit, in the order in which they come.
package struct LayerKeeper: Sendable {
  /// Bytes that layers in memory may take.
  package let budget: Int
  /// Bytes that they take so far.
  package private(set) var byteCount = 0

  /// - Parameter budget: in bytes; `nil` keeps everything in memory.
  package init(budget: Int? = nil) { self.budget = budget ?? .max }

  /// Reads a layer, which shows that it can be read, and keeps it in memory if there is room.
  package mutating func keep(
    _ record: LayerRecord, of checkpoint: Checkpoint, scaling: LoRAScaling = .apply
  ) throws(CheckpointError) -> StoredLayer {
    let stored = try StoredLayer(reading: record, of: checkpoint, scaling: scaling)
    guard case .held(let layer) = stored, layer.byteCount <= budget - byteCount else {
      return .file(checkpoint, record, scaling)
    }
    byteCount += layer.byteCount
    return stored
  }
}
