import Checkpoints
import Tensors

/// What a checkpoint is, without asking any expert.
package struct Inspection: Sendable, Equatable {
  /// A file that weights are read from.
  package struct File: Sendable, Equatable {
    /// Where it is.
    package let path: String
    /// Its size.
    package let bytes: Int
  }

  /// A stored tensor.
  package struct Tensor: Sendable, Equatable {
    /// As the file writes it.
    package let name: String
    /// As safetensors names it: `F32`, `BF16`, …
    package let type: String
    /// The outermost dimension first; empty for a scalar.
    package let shape: [Int]
  }

  /// What makes a layer a LoRA change.
  package struct LoRA: Sendable, Equatable {
    /// Columns of B, rows of A.
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
    /// d_H.
    package let rows: Int
    /// d_W.
    package let columns: Int
    /// As safetensors names it; of a LoRA change the type of A.
    package let type: String
    /// `nil` for a whole matrix.
    package let lora: LoRA?
    /// The stored tensors that make it: one, or the two factors of a LoRA pair.
    package let tensorNames: [String]
  }

  /// What a checkpoint says it was fine-tuned from.
  package struct Base: Sendable, Equatable {
    /// A Hub id, or a path on the machine of whoever made the checkpoint.
    package let model: String
    /// Where it says so, such as `adapter_config.json`.
    package let source: String
  }

  /// The checkpoint as it was asked about.
  package let checkpoint: String
  /// The file or folder that the name led to.
  package let path: String
  /// `safetensors`, `sharded` or `adapter`.
  package let format: String
  /// The weight files; shards in the order of their names.
  package let files: [File]
  /// Numbers in all tensors.
  package let parameters: Int
  /// File by file, in the order of their bytes.
  package let tensors: [Tensor]
  /// Every weight matrix that an expert could read.
  package let layers: [Layer]
  /// Each once, the most trusted source first; empty when nothing is declared.
  package let declaredBases: [Base]
  /// The header's metadata in the order of the file; of a sharded checkpoint the first file's.
  package let metadata: [(name: String, value: String)]
  /// What the reader had to assume, whole sentences.
  package let notes: [String]

  // Written out, because pairs are not `Equatable`; `parameters` follows from the tensors.
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
          rank: $0.rank, alpha: $0.alpha.map(Double.init(asWritten:)),
          scale: Double(asWritten: $0.scale))
      }, tensorNames: record.tensorNames)
  }
}
