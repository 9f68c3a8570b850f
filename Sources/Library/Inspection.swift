import Checkpoints
import Tensors

/// What a checkpoint is, without asking any expert.
package struct Inspection: Sendable, Equatable {
  /// A file that weights are read from.
  package struct File: Sendable, Equatable {
    package let path: String
    package let bytes: Int
  }

  /// A stored tensor.
  package struct Tensor: Sendable, Equatable {
    package let name: String
    /// As safetensors names it: `F32`, `BF16`, …
    package let type: String
    package let shape: [Int]
  }

  /// What makes a layer a LoRA change.
  package struct LoRA: Sendable, Equatable {
    package let rank: Int
    /// As declared; `nil` where nothing declares it and the scale is 1.
    package let alpha: Double?
    /// What B · A is multiplied with.
    package let scale: Double
  }

  /// A weight matrix.
  package struct Layer: Sendable, Equatable {
    /// Canonical name.
    package let name: String
    package let rows: Int
    package let columns: Int
    package let type: String
    package let lora: LoRA?
    /// The stored tensors that make it: one, or the two factors of a LoRA pair.
    package let tensorNames: [String]
  }

  /// What a checkpoint says it was fine-tuned from.
  package struct Base: Sendable, Equatable {
    package let model: String
    /// Where it says so.
    package let source: String
  }

  /// The name as asked, and the file or folder that it led to.
  package let checkpoint: String
  package let path: String
  /// `safetensors`, `sharded` or `adapter`.
  package let format: String
  package let files: [File]
  /// Numbers in all tensors.
  package let parameters: Int
  package let tensors: [Tensor]
  package let layers: [Layer]
  package let declaredBases: [Base]
  package let metadata: [(name: String, value: String)]
  /// What the reader had to assume.
  package let notes: [String]

  package static func == (left: Inspection, right: Inspection) -> Bool {
    left.checkpoint == right.checkpoint && left.path == right.path && left.format == right.format
      && left.files == right.files && left.tensors == right.tensors && left.layers == right.layers
      && left.declaredBases == right.declaredBases && left.notes == right.notes
      && left.metadata.elementsEqual(right.metadata, by: ==)
  }
}

extension LibrarySnapshot {
  /// Describes a checkpoint; reads headers only, and needs no library.
  package static func inspect(
    _ name: String, options: LibraryOptions
  ) throws(LibraryError) -> Inspection {
    do throws(CheckpointError) {
      return Inspection(try open(name, options: options))
    } catch {
      throw LibraryError(error)
    }
  }
}

extension Inspection {
  init(_ checkpoint: Checkpoint) {
    let tensors = checkpoint.tensors
    self.init(
      checkpoint: checkpoint.name, path: checkpoint.path, format: checkpoint.format.rawValue,
      files: checkpoint.files.map { File(path: $0.path, bytes: $0.byteCount) },
      parameters: tensors.reduce(0) { $0 + $1.elementCount },
      tensors: tensors.map { Tensor(name: $0.name, type: $0.type.rawValue, shape: $0.shape) },
      layers: checkpoint.layers.map(Layer.init),
      declaredBases: checkpoint.declaredBases.map { Base(model: $0.model, source: $0.source) },
      metadata: checkpoint.metadata, notes: checkpoint.notes)
  }
}

extension Inspection.Layer {
  init(_ record: LayerRecord) {
    self.init(
      name: record.name, rows: record.rows, columns: record.columns, type: record.type.rawValue,
      lora: record.lowRank.map {
        Inspection.LoRA(
          rank: $0.rank, alpha: $0.alpha.flatMap { Double($0.description) },
          scale: Double($0.scale.description) ?? 1)
      }, tensorNames: record.tensorNames)
  }
}
